"""`waypost load`: a file of any size through the upload door, and what became of its rows."""

from pathlib import Path
from typing import Annotated

import typer

from waypost.cli import connection, options, outcome


def load(  # noqa: PLR0913, PLR0917 - one for each of its options
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file, or - for standard input.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; say how all of it would be read.")
    ] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="A=FIELD", help="What column A holds; A= leaves it out."),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", help="All of this, as a mapping.json says it.")
    ] = None,
    date_order: options.Order = None,
    encoding: Annotated[str | None, typer.Option(help="As in cp1252.  [default: found]")] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Between cells, as in tab.  [default: found]")
    ] = None,
    decimal: options.Decimal = None,
    no_header: Annotated[
        bool, typer.Option("--no-header", help="The first line is a row; columns are 1, 2, …")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where refused rows go, if any.  [default: rejects.csv; .ndjson of JSON]",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No bars, and no messages but errors.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The summary as one JSON object.")
    ] = False,
) -> None:
    """Loads a CSV or JSON file of any size.

    CSV with a header, a JSON array or NDJSON; gzipped or not; up to 5 GB. Loading it again is
    safe: a row with a date counts once. Refused rows go to a new file of their own, each with its
    line and the reason (exit code 3). Fix them there and load that file: the columns waypost_line
    and waypost_reason are taken off on the way.
    """
    from waypost.cli import looking, readings, sending
    from waypost.cli import rejects as refused

    told = {"dateOrder": date_order, "encoding": encoding, "delimiter": delimiter}
    header = False if no_header else None
    reading = readings.asked(mapping, columns or [], decimal=decimal, header=header, **told)
    with sending.opened(file) as stream, refused.cleaned(stream) as plain:
        if dry_run:
            looking.dry_run(file, plain, reading, as_json=as_json)
            return
        with connection.writer(context) as client:
            known = looking.before_sending(file, plain, reading, quiet=quiet)
            batch = sending.send(client, plain, known, rejects, quiet=quiet, as_json=as_json)
    outcome.finish(file, batch)
