"""The options that commands share."""

from enum import StrEnum
from typing import Annotated

import typer


class DateOrder(StrEnum):
    """What comes first in dates such as 05/10/2016."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First moment.")]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="First moment that is out.")]
Last = Annotated[
    str | None, typer.Option(metavar="LENGTH", help="Instead: the last 24h, 30d, 12w, 6m, 1y.")
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", metavar="FILTER", help="Of which events, as in info.plan=pro; all must hold."
    ),
]
Zone = Annotated[
    str | None, typer.Option(metavar="ZONE", help="Where days begin.  [default: the tenant's]")
]
Explain = Annotated[bool, typer.Option("--explain", help="The SQL, and what it read.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Comma-separated, with a header.")]
AsTable = Annotated[bool, typer.Option("--table", help="Aligned, for people.")]
Order = Annotated[
    DateOrder | None, typer.Option("--date-order", help="Of dates such as 05/10/2016.")
]
Decimal = Annotated[
    str | None, typer.Option(metavar="MARK", help="In numbers such as 1,5: a comma or a point.")
]
