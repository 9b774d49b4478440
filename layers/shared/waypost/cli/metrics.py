"""`waypost metrics`: how much happened, in groups or over time."""

import sys
from typing import Annotated, Any

import typer

from waypost.cli import connection, options, rows
from waypost.cli.bars import bar, sparkline
from waypost.cli.output import is_terminal, note, table
from waypost.cli.rows import explain
from waypost.insights.calendar import Interval

Answer = dict[str, Any]

_WIDTH = 30  # letters, of bars and sparklines
_BESIDE = ("name", "name2")
_COMPARED = ("previous", "change")


def metrics(  # noqa: PLR0913, PLR0917 - one for each of its options
    context: typer.Context,
    metric: Annotated[
        str, typer.Option(help="What to count: events, users, sum(info.amount), …")
    ] = "events",
    interval: Annotated[Interval, typer.Option(help="How wide a step of the series is.")] = "day",
    start: options.From = None,
    end: options.To = None,
    last: options.Last = None,
    group_by: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD", help="One number for each of these; twice for pairs."),
    ] = None,
    filter: options.Filters = None,
    top: Annotated[
        int | None, typer.Option(min=1, max=1000, help="So many groups, and the rest as one.")
    ] = None,
    timezone: options.Zone = None,
    compare: Annotated[bool, typer.Option("--compare", help="Beside the period before.")] = False,
    explain: options.Explain = False,
    series: Annotated[
        bool, typer.Option("--series", help="Groups over time, not in total.")
    ] = False,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    as_table: options.AsTable = False,
) -> None:
    """Prints how much happened, by group or over time.

    With --group-by the total of each group, without it a series; --series gives both. A table on
    a terminal, JSON lines in a pipe. What landed since the last hourly job is counted too, and
    a message says so; waypost aggregate runs the job now.
    """
    form = rows.form_of(as_json, as_csv, as_table)
    over_time = series or not group_by
    with connection.reader(context) as client:
        answer = client.read(
            "metrics",
            **{"from": start, "to": end, "last": last, "filter": filter, "top": top},
            **{"metric": metric, "interval": interval, "group_by": group_by, "timezone": timezone},
            compare="previous" if compare else None,
            explain="true" if explain else None,
            rows=None if over_time else "totals",
        )
    told = chosen(answer, over_time)
    rows.show(told, form, lambda: as_text(answer, told, drawn=is_terminal(sys.stdout)))
    explain_answer(answer, told)


def chosen(answer: Answer, over_time: bool) -> list[Answer]:
    """The rows to show, under the names of what they hold."""
    fields = [answer["group_by"], answer.get("group_by2")]
    shown = []
    for row in answer["series"] if over_time else answer["totals"]:
        keys = {
            field: row[key] for field, key in zip(fields, ("key", "key2"), strict=True) if field
        }
        at = {"at": row["at"]} if over_time else {}
        beside = {name: row[name] for name in (*_BESIDE, *_COMPARED) if name in row}
        names = {name: beside.pop(name) for name in _BESIDE if name in beside}
        shown.append(at | keys | names | {answer["metric"]: row["value"]} | beside)
    return shown


def as_text(answer: Answer, rows: list[Answer], drawn: bool = False) -> str:
    """The rows as a table that ends in their total; `drawn`, with a bar for each group, or a
    sparkline for each series.
    """
    metric, key = answer["metric"], answer["group_by"]
    columns = list(dict.fromkeys(name for row in rows for name in row)) or [key or "at", metric]
    cells = [[_cell(answer, name, row.get(name)) for name in columns] for row in rows]
    total: dict[str, Any] = {columns[0]: "total", metric: answer["total"]}
    total |= {name: _cell(answer, name, answer[name]) for name in _COMPARED if name in answer}
    cells.append([total.get(name, "") for name in columns])
    over_time = columns[0] == "at"
    if not drawn or not rows:
        return table(columns, cells)
    if over_time:
        return "\n".join([table(columns, cells), *_sparklines(answer)])
    # The rest is no group: it may be larger than all of them.
    most = max((row[metric] or 0 for row in rows if row[key] != "(other)"), default=0)
    bars = [bar(row[metric], most, _WIDTH) for row in rows]
    return table([*columns, ""], [[*row, bar] for row, bar in zip(cells, [*bars, ""], strict=True)])


def _sparklines(answer: Answer) -> list[str]:
    """How each group went over time, in a line."""
    lines: dict[str, list[float | None]] = {}
    for point in answer["series"]:
        keys = [point.get(name) for name in ("key", "key2")]
        lines.setdefault(" / ".join(key for key in keys if key), []).append(point["value"])
    drawn = [[sparkline(values, _WIDTH * 2), name] for name, values in lines.items()]
    return table(["", ""], drawn).splitlines()[1:]


def _cell(answer: Answer, name: str, value: Any) -> Any:
    if name == "at":
        return value[:16] + value[19:] if answer["interval"] == "hour" else value[:10]
    if name == "change":
        return "" if value is None else f"{value:+.1%}"
    return "" if value is None and name in _BESIDE else value


def explain_answer(answer: Answer, rows: list[Answer]) -> None:
    """Says what a reader of the rows must know, and how they came about where that was asked."""
    if not rows:
        note("no numbers here yet; waypost tail shows what arrives")
    if answer["truncated"] and answer["group_by"]:
        note(f"only the {len(answer['totals']):,} largest of {answer['groups']:,} groups are shown")
    elif answer["truncated"]:
        note(f"only the newest {len(rows):,} steps are shown")
    if answer["provisional"]:
        note("some of it landed since the last hourly job, which may find it sent twice")
    guideline, metric = answer.get("guideline"), answer["metric"]
    if guideline is not None and any((row[metric] or 0) > guideline for row in rows):
        note(f"the guideline is a weight of {guideline} by user and month at most")
    if "explain" in answer:
        explain(answer["explain"])
