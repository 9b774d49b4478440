"""`waypost retention`: who came back how much later."""

from typing import Annotated, Any, Literal

import typer

from waypost.cli import connection, questions
from waypost.cli.bars import sparkline
from waypost.cli.output import note, table
from waypost.cli.questions import Answer, percent


def retention(  # noqa: PLR0913, PLR0917 - one for each of its options
    context: typer.Context,
    interval: Annotated[
        Literal["day", "week", "month"], typer.Option(help="How long a cohort is.")
    ] = "week",
    per: Annotated[Literal["user", "account"], typer.Option(help="Who comes back.")] = "user",
    first: Annotated[
        str | None,
        typer.Option(metavar="STEP", help="What begins a cohort.  [default: the first activity]"),
    ] = None,
    returning: Annotated[
        str | None,
        typer.Option("--return", metavar="STEP", help="What is a return.  [default: any activity]"),
    ] = None,
    begin: questions.From = None,
    end: questions.To = None,
    last: questions.Last = None,
    filters: questions.Filters = None,
    timezone: questions.Zone = None,
    explain: questions.Explain = False,
    as_json: questions.AsJson = False,
    as_csv: questions.AsCsv = False,
    as_table: questions.AsTable = False,
) -> None:
    """Prints who came back how much later, by cohort.

    A cohort is who began in the same interval: the last 12 weeks, 12 months or 14 days, unless
    another span is given. On a terminal shares, with ~ those of intervals that are not over.
    """
    form = questions.one_form(as_json, as_csv, as_table)
    with connection.reader(context) as client:
        answer = client.read(
            "retention",
            **{"interval": interval, "per": per, "first": first, "return": returning},
            **{"from": begin, "to": end, "last": last, "filter": filters, "timezone": timezone},
            explain="true" if explain else None,
        )
    rows = matrix(answer) if form == "csv" else answer["cohorts"]
    questions.show(rows, form, lambda: as_text(answer))
    if not any(cohort["size"] for cohort in answer["cohorts"]):
        note("nobody began in this span")
    questions.tell(answer)


def matrix(answer: Answer) -> list[Answer]:
    """A row per cohort, with a column per interval."""
    return [
        {"at": cohort["at"], "size": cohort["size"]}
        | {f"{answer['interval']}_{n}": count for n, count in enumerate(cohort["returned"])}
        for cohort in answer["cohorts"]
    ]


def as_text(answer: Answer) -> str:
    """Shares by cohort and interval, and how they fall in a line."""
    cohorts = answer["cohorts"]
    columns = [answer["interval"], f"{answer['per']}s", "", *map(str, range(len(cohorts)))]
    return table(columns, [_row(cohort, len(cohorts)) for cohort in cohorts])


def _row(cohort: Answer, width: int) -> list[Any]:
    shares = [
        percent(share) + ("" if n < cohort["complete"] or share is None else "~")
        for n, share in enumerate(cohort["share"])
    ]
    drawn = sparkline(cohort["share"]) if cohort["size"] else ""
    return [cohort["at"][:10], cohort["size"], drawn, *shares, *[""] * (width - len(shares))]
