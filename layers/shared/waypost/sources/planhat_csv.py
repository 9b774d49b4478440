"""
Planhat's CSV stream: the header names the columns, in any order and with stray spaces.

A column that Planhat does not know is kept in `info` under its own name; an `info` column holds a
JSON object. An empty cell is an absent field, and so is one that a row lacks at its end.
"""

from waypost.event import Batch, ItemError
from waypost.sources import planhat, planhat_header
from waypost.sources.formats import csv_header, date_order, decimals, json_items
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.csv_header import Header
from waypost.sources.formats.csv_rows import Row
from waypost.sources.formats.csv_stretches import Stretch
from waypost.sources.formats.placeholders import PlaceholderList
from waypost.sources.formats.reading import Reading
from waypost.sources.planhat_activity import Activity

NUMBERS = ("weight", "count")
_NO_OBJECT = ("invalid_json", "not_an_object")


class Undecided(Exception):
    """Raised before a stretch is judged whose rows alone do not say how they are read."""


class Table:
    """The columns of one file, and how their cells are read. Raises `Malformed` as
    `csv_header.read` does.

    `is_guess`: nobody said what the file is written in, nor does it itself.
    """

    def __init__(self, header: Header, reading: Reading, is_guess: bool) -> None:
        self.header, self.is_guess = header, is_guess
        self.columns = planhat_header.columns(header, reading)
        self.places = {name: n for n, name in self.columns.known}
        # Columns of which nobody else sees that a cell has outer space.
        self.bare = [n for n, name in self.columns.known if name == "date"]
        self.bare += [n for n, _ in self.columns.extra]
        self.is_spaced = False
        self._order = reading.date_order
        # Where a comma parts the cells, a point parts the number.
        self._mark = reading.decimal or ("." if header.separator == "," else None)
        self._is_told = reading.decimal is not None

    def activity(self, row: Row) -> Activity:
        """The row as an activity, or `ItemError` naming the column and the remedy."""
        if row.error is not None:
            raise row.error
        # Almost every row is printable, and only one that is not can hold a NUL or broken bytes.
        if not row.text.isprintable():
            self._check_characters(row.text)
        cells = [cell.strip() for cell in self._fitting(row.cells)]
        extra = {name: cell for n, name in self.columns.extra if (cell := cells[n])}
        activity = Activity()
        for n, name in self.columns.known:
            if cell := cells[n]:
                self._fill(activity, n, name, cell, extra)
        if extra:
            activity.info = extra | (activity.info or {})
        return activity

    def number(self, cell: str) -> str:
        """A number as `float` reads it. Raises `Undecided`."""
        if self._mark is None and decimals.is_either(cell):
            raise Undecided
        told = self._mark if self._is_told or decimals.is_either(cell) else None
        return decimals.as_number(cell, told)

    def date(self, cell: str) -> str:
        """A date as JavaScript reads it. Raises `Undecided`, and ValueError for what is none."""
        if not date_order.needs_order(cell):
            return date_order.in_order(cell, "dmy")
        if self._order is None:
            raise Undecided
        return date_order.in_order(cell, self._order)

    def _fill(
        self, activity: Activity, n: int, name: str, cell: str, extra: dict[str, str]
    ) -> None:
        if name in NUMBERS:
            setattr(activity, name, self.number(cell))
        elif name == "date":
            try:
                activity.date = self.date(cell)
            except ValueError as error:
                raise ItemError("invalid_date", f'date "{cell[:40]}": {error}', "date") from None
        elif name != "info":
            setattr(activity, name, cell)
        elif (info := _info(cell, is_lenient=n == self.columns.properties)) is None:
            extra[self.header.names[n]] = cell
        else:
            activity.info = info

    def _fitting(self, cells: list[str]) -> list[str]:
        """As many cells as there are columns: a row may lack empty ones, and have more of them."""
        width, count = self.columns.width, len(cells)
        if count > width and not any(cell.strip() for cell in cells[width:]):
            return cells[:width]
        # Without its date a row would be one of today, and one more whenever it comes again.
        if 1 < count < width and self.places.get("date", 0) < count:
            return cells + [""] * (width - count)
        if count == width:
            return cells
        more = f'; a cell that holds "{self.header.separator}" needs quotes around it'
        less = "; only empty cells at the end may be left out, and never the date"
        raise ItemError(
            "row_length",
            f"the header has {width} columns, this row {count}{more if count > width else less}",
        )

    def _check_characters(self, text: str) -> None:
        try:
            csv_header.check_characters(text)
        except ItemError as error:
            if self.is_guess and error.code == "bad_encoding":
                raise Undecided from None
            raise


def judge(
    batch: Batch, n: int, row: Row, table: Table, clock: Clock, listed: PlaceholderList
) -> None:
    """Adds one row to the batch under its number, as an event or as a reject."""
    try:
        activity, size = table.activity(row), len(row.text)
        event, struck = planhat.listed_event(activity, clock, size, listed)
    except ItemError as error:
        batch.rejects.append(error.reject(n, json_items.readable(row.text[:2000]), row.line))
        clock.refused()
    else:
        planhat.add(batch, n, event, struck, row.line)
        clock.taken(n, row.line)


def judge_alone(
    batch: Batch, stretch: Stretch, table: Table, clock: Clock, listed: PlaceholderList
) -> None:
    """Adds all rows of a stretch to the batch, each judged by itself."""
    for place in range(len(stretch)):
        judge(batch, stretch.first + place, stretch.row(place), table, clock, listed)


def _info(cell: str, *, is_lenient: bool) -> dict[str, object] | None:
    """The JSON object in a cell; None for other text where that is no error."""
    try:
        return json_items.strict_object(cell.encode())
    except ItemError as error:
        if error.code not in _NO_OBJECT:
            raise ItemError(error.code, error.message, "info") from None
        if is_lenient:
            return None
        raise ItemError("invalid_type", "info must be a JSON object", "info") from None
