"""A stretch of CSV rows judged column by column, and those rows alone that are unusual."""

import re
from collections.abc import Callable, Sequence
from operator import itemgetter

import msgspec

from waypost.event import Batch, Event
from waypost.sources import planhat_csv
from waypost.sources.formats import date_order
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.csv_stretches import Stretch
from waypost.sources.formats.placeholders import PlaceholderList
from waypost.sources.planhat_activity import Activity, same_members
from waypost.sources.planhat_columns import Column, Columns
from waypost.sources.planhat_csv import NUMBERS, Table

_FIELDS = Activity.__struct_fields__
_decode_all = msgspec.json.Decoder(list[dict[str, object]]).decode
_encode = msgspec.json.Encoder().encode
_START, _END = itemgetter(slice(0, 1)), itemgetter(slice(-1, None))
_MANY = 10  # more than one row in so many is more than a few
_LONG_NUMBER = re.compile(r"[0-9.]{16}|[0-9][eE]")


def judged(stretch: Stretch, table: Table, clock: Clock, listed: PlaceholderList) -> Batch:
    """The events and rejects of a stretch: the same as if each row were judged alone.

    Raises `Undecided` where all of the file has to be looked at first.
    """
    batch = Batch()
    if stretch.cells is None:
        planhat_csv.judge_alone(batch, stretch, table, clock, listed)
    else:
        _judge_columns(batch, stretch, table, clock, listed)
    return batch


def _judge_columns(
    batch: Batch, stretch: Stretch, table: Table, clock: Clock, listed: PlaceholderList
) -> None:
    judging = _Judging(stretch, table, Columns(listed, clock.received))
    events = judging.events()
    odd = judging.odd
    table.is_spaced |= len(odd) * _MANY > len(events)
    batch.canonical = judging.is_canonical and not odd
    batch.events = events
    if odd:
        batch.events = [event for place, event in enumerate(events) if place not in odd]
        for place in sorted(odd):
            row = stretch.row(place)
            planhat_csv.judge(batch, stretch.first + place, row, table, clock, listed)
        batch.events.sort(key=lambda event: event.n)


class _Judging:
    """The columns of one stretch on their way to events. `odd` are the places of unusual rows."""

    def __init__(self, stretch: Stretch, table: Table, columns: Columns) -> None:
        self._table, self._columns, self._first = table, columns, stretch.first
        self.odd = columns.odd
        self._by_place = self._square(stretch.cells or [])
        self._none = [None] * len(stretch)

    @property
    def is_canonical(self) -> bool:
        return self._columns.canonical

    def events(self) -> list[Event]:
        """An event for each row, of which those in odd places say nothing."""
        by_field: dict[str, Column] = dict.fromkeys(_FIELDS, self._none)
        for name, place in self._table.places.items():
            if name != "info":
                by_field[name] = self._field(name, self._by_place[place])
        by_field["info"] = self._info()
        return self._columns.events(by_field, self._first)

    def _square(self, cells: list[list[str]]) -> list[Column]:
        """The columns; a row of another length is set aside, and stands as an empty one."""
        width = self._table.columns.width
        if set(map(len, cells)) != {width}:
            self.odd.update(place for place, row in enumerate(cells) if len(row) != width)
            cells = [row if len(row) == width else [""] * width for row in cells]
        columns: list[Column] = list(zip(*cells, strict=True))
        # Where a text has outer space, its row is set aside; where many have, all are stripped.
        if self._table.is_spaced:
            return [[cell.strip() for cell in column] for column in columns]
        for place in self._table.bare:
            columns[place] = _stripped(columns[place])
        return columns

    def _field(self, name: str, column: Sequence[str]) -> Column:
        if name in NUMBERS:
            column = self._read(column, self._table.number)
        elif name == "date" and not date_order.is_plain(filter(None, column)):
            column = self._read(column, self._table.date)
        return column if "" not in column else [cell or None for cell in column]

    def _read(self, column: Sequence[str], read: Callable[[str], str]) -> Sequence[str]:
        """The cells as they are read, each once; what cannot be read is set aside."""
        by_cell: dict[str, str] = {}
        for cell in set(column):
            try:
                by_cell[cell] = read(bare) if (bare := cell.strip()) else bare
            except ValueError:
                by_cell[cell] = ""
                self.odd.update(place for place, own in enumerate(column) if own == cell)
        if all(cell is read for cell, read in by_cell.items()):
            return column
        return [by_cell[cell] for cell in column]

    def _info(self) -> Column:
        """What is kept besides: unknown columns, and the members of an object."""
        objects = self._objects()
        extra = self._table.columns.extra
        if not extra:
            return objects
        rows = self._extra([name for _, name in extra])
        if objects is self._none:
            return [row or None for row in rows]
        return [(row | own if own else row) or None for row, own in zip(rows, objects, strict=True)]

    def _extra(self, names: list[str]) -> list[dict[str, object]]:
        """The unknown columns of each row that say something; equal rows share their object."""
        columns = [self._by_place[place] for place, _ in self._table.columns.extra]
        rows = list(zip(*columns, strict=True))
        distinct = set(rows)
        made: dict[tuple[str, ...], dict[str, object]] = {
            row: {name: cell for name, cell in zip(names, row, strict=True) if cell}
            for row in distinct
        }
        return [made[row] for row in rows]

    def _objects(self) -> Column:
        """The JSON objects of the `info` column; unusual ones are set aside."""
        place = self._table.places.get("info")
        if place is None:
            return self._none
        cells = self._by_place[place]
        if (objects := _decoded(cells)) is not None:
            return objects
        decoded = [_decoded([cell]) for cell in cells]
        self.odd.update(place for place, own in enumerate(decoded) if own is None)
        return [own and own[0] for own in decoded]


def _stripped(column: Sequence[str]) -> Sequence[str]:
    """The column without outer space, which most have not."""
    # Among the ends of its cells, each looked at once.
    distinct = set(column)
    ends = {*map(_START, distinct), *map(_END, distinct)}
    if not any(map(str.isspace, ends)):
        return column
    return [cell.strip() for cell in column]


def _decoded(cells: Sequence[str]) -> list[dict[str, object] | None] | None:
    """The objects of JSON cells, None for an empty one; None where any of them is unusual."""
    text = f"[{','.join(filter(None, cells))}]"
    # Numbers that a 64-bit parser cuts, and escapes that hide a NUL or a colon.
    if "\\u" in text or _has_long_number(text):
        return None
    try:
        raw = text.encode()
        objects = _decode_all(raw)
        wire = _encode(objects)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return None
    given = iter(objects)
    if not same_members(raw, wire) or len(objects) != len(cells) - cells.count(""):
        return None
    return [next(given) or None if cell else None for cell in cells]


def _has_long_number(text: str) -> bool:
    return _LONG_NUMBER.search(text) is not None
