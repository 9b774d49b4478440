"""`waypost quiet`: accounts that went quiet, or changed otherwise."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from waypost.cli import connection, options, rows
from waypost.cli.bars import sparkline
from waypost.cli.output import is_terminal, many, note, table
from waypost.cli.rows import Row


class Kind(StrEnum):
    QUIET = "quiet"
    FELL = "fell"
    ROSE = "rose"
    BACK = "back"
    NEW = "new"


class Metric(StrEnum):
    WEIGHT = "weight"
    EVENTS = "events"
    USERS = "users"


def quiet(  # noqa: PLR0913, PLR0917 - one for each of its options
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=90, help="For so long, and compared so.")] = 28,
    kind: Annotated[
        list[Kind] | None, typer.Option(help="Other changes as well.  [default: quiet]")
    ] = None,
    metric: Annotated[Metric, typer.Option(help="What is compared.")] = Metric.WEIGHT,
    baseline: Annotated[
        int | None, typer.Option(min=1, help="With how many periods before.  [default: 4]")
    ] = None,
    least: Annotated[
        float, typer.Option(min=0, help="Deviations that are news; 0 tells of the smallest.")
    ] = 2,
    churned: Annotated[
        bool, typer.Option("--churned", help="Those known to have churned as well.")
    ] = False,
    filter: Annotated[
        list[str] | None,
        typer.Option(metavar="FILTER", help="Of which, as in account.trait.tier=gold."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=1000, help="So many accounts.")
    ] = 100,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    as_table: options.AsTable = False,
) -> None:
    """Prints the accounts that went quiet, those that did most before first.

    Quiet is who was active and has not been for --days, on a terminal with a line of what it did
    over time. Small ones scatter; --least 0 tells of them too.
    """
    form, kinds = rows.form_of(as_json, as_csv, as_table), kind or [Kind.QUIET]
    with connection.reader(context) as client:
        answer = client.read(
            "changes",
            **{"days": days, "baseline": baseline, "metric": metric, "least": f"{least:f}"},
            **{"kind": ",".join(kinds), "filter": filter, "limit": limit},
            churned="true" if churned else None,
        )
    accounts = answer["accounts"]
    rows.show(accounts, form, lambda: as_text(answer, drawn=is_terminal(sys.stdout)))
    _explain(answer)


def as_text(answer: Row, drawn: bool = False) -> str:
    """The accounts as a table; `drawn`, with a sparkline for each."""
    kinds = len(answer["totals"]) > 1
    metric = answer["metric"]
    columns = ["account", "name", *(["change", metric] if kinds else []), "last seen"]
    columns += ["days quiet", f"{metric} before", "users before", *(["trend"] if drawn else [])]
    return table(columns, [_cells(account, kinds, drawn) for account in answer["accounts"]])


def _cells(account: Row, kinds: bool, drawn: bool) -> list[object]:
    before = account["before"]
    return [
        account["id"],
        account.get("name") or "",
        *([account["kind"], account["now"]] if kinds else []),
        account["last_seen"][:10],
        account["days_quiet"],
        None if before is None else round(before, 1),
        account["users_before"],
        *([sparkline(account["periods"])] if drawn else []),
    ]


def _explain(answer: Row) -> None:
    total, shown = sum(answer["totals"].values()), len(answer["accounts"])
    if not total:
        note(f"no account changed in the last {many(answer['days'], 'day')}")
    elif shown < total:
        note(f"{shown:,} of {many(total, 'account')}; --limit shows more")
