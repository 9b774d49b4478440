"""What is said of a file before it is sent: its columns, how it is read, what would be refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from waypost.cli import readings
from waypost.cli.output import json_line, many
from waypost.event import Reject
from waypost.sources.formats.reading import NO_READING, Reading

SHOWN = 3


@dataclass(slots=True)
class Look:
    """What the loader's own reader makes of a file, or of its first rows.

    `reading` is all that had to be told or found to read it. `columns` holds the field that each
    column of a CSV becomes, as in `info.Plan`, or None where it is not kept. `notes` are what rows
    are taken with, by code; `broken` says why rows after the last one cannot be read.
    """

    reading: Reading = NO_READING
    columns: dict[str, str | None] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)
    rows: int = 0
    refused: int = 0
    whole: bool = True
    errors: list[Reject] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    broken: str | None = None


def told(look: Look) -> Iterator[str]:
    """What is not plain to see in a file: columns under other names, and how it is read."""
    columns = look.columns.items()
    same = {name: (name.lower(), f"info.{name}".lower()) for name in look.columns}
    renamed = [f"{name} → {to}" for name, to in columns if to and to.lower() not in same[name]]
    kept = [name for name, to in columns if to == f"info.{name}"]
    out = [name for name, to in columns if to is None]
    for title, names in (("columns", renamed), ("kept in info", kept), ("left out", out)):
        if names:
            yield f"{title}: {', '.join(names)}"
    yield from look.hints
    yield from look.notes.values()
    if not look.rows:
        yield "the file has a header and no row"


def outlook(look: Look) -> Iterator[str]:
    """How many rows would be refused, some of them with their reasons, and the same for a drop."""
    rows = many(look.rows, "row")
    yield f"{look.refused:,} of {rows if look.whole else f'the first {rows}'} would be refused"
    yield from map(_reason, look.errors)
    if look.broken:
        yield look.broken
    if members := _for_a_drop(look):
        yield f"the same for a drop, as mapping.json beside it: {json_line(members)}"


def as_json(look: Look) -> dict[str, object]:
    """The look as one object for a program."""
    return {
        "rows": look.rows,
        "rejected": look.refused,
        "columns": look.columns,
        "hints": look.hints,
        "notes": look.notes,
        "errors": [reject.answer() for reject in look.errors],
        "reading": _for_a_drop(look),
        "error": look.broken,
    }


def _for_a_drop(look: Look) -> dict[str, object]:
    """The reading as a mapping.json, without what is so of itself."""
    members = readings.told(look.reading)
    return {name: value for name, value in members.items() if value != "utf-8"}


def _reason(error: Reject) -> str:
    place = f"line {error.line}" if error.line else f"item {error.index + 1}"
    return f"{place}: {error.message.removeprefix(f'{place}: ')}"
