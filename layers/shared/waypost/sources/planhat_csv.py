"""
Planhat's CSV stream: the header names the columns, in any order and with stray spaces.

A column that Planhat does not know is kept in `info` under its own name; an `info` column holds a
JSON object. An empty cell is an absent field.
"""

import csv
import io
import itertools
from collections.abc import Iterable

from waypost.errors import Malformed
from waypost.event import Batch, ItemError
from waypost.sources import planhat
from waypost.sources.formats import csv_rows, json_items
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.csv_rows import Row
from waypost.sources.formats.placeholders import PlaceholderList, placeholder_list
from waypost.sources.planhat_activity import FIELDS, Activity
from waypost.tenants import NO_CHANGES, Placeholders

_BY_NAME = {name.lower(): name for name in FIELDS}


class Table:
    """The columns of one file. Raises `Malformed` where Planhat knows none of them."""

    def __init__(self, header: str) -> None:
        self.separator = csv_rows.delimiter(header)
        # In Planhat's own sample a space follows each comma of the header, and none in the rows.
        cells = [cell.strip().strip('"').strip() for cell in _header(header, self.separator)]
        self.columns = [_BY_NAME.get(cell.lower(), cell) for cell in cells]
        known = [name for name in self.columns if name in FIELDS]
        if not known:
            raise Malformed(
                "the first line must be a header such as "
                "cId,id,name,email,weight,action,date,count",
                code="csv_header",
            )
        # Columns without a name may repeat: a separator too many at the end of a line makes one.
        named = [name for name in self.columns if name]
        if len(set(named)) < len(named):
            raise Malformed("a column is named twice in the header", code="csv_header")
        self._known = [(n, name) for n, name in enumerate(self.columns) if name in FIELDS]
        self._extra = [
            (n, name) for n, name in enumerate(self.columns) if name and name not in FIELDS
        ]

    def activity(self, row: Row) -> Activity:
        """The row as an activity, or `ItemError` naming the column and the remedy."""
        if row.error is not None:
            raise row.error
        cells = row.cells
        if len(cells) != len(self.columns):
            raise ItemError(
                "row_length", f"the header has {len(self.columns)} columns, this row {len(cells)}"
            )
        # Almost every row is printable, and only one that is not can hold a NUL or broken UTF-8.
        if not row.text.isprintable():
            _check_characters(row.text)
        activity = Activity()
        for n, name in self._known:
            if cell := cells[n].strip():
                setattr(activity, name, cell if name != "info" else _info(cell))
        if self._extra:
            _keep_extra(activity, {name: cells[n] for n, name in self._extra if cells[n].strip()})
        return activity


def parse(text: str, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """All rows of a whole CSV body, or one more than a body may have.

    Raises `Malformed` where there is no header.
    """
    lines = io.StringIO(text, newline=None)
    number, header = next(((n, line) for n, line in enumerate(lines, 1) if line.strip()), (0, ""))
    if not number:
        raise Malformed("the body is empty; send a header line and rows", code="empty_body")
    table = Table(header)
    rows = enumerate(csv_rows.rows(lines, table.separator, first_line=number + 1))
    batch = Batch()
    some = itertools.islice(rows, json_items.MAX_ITEMS + 1)
    fill(batch, some, table, Clock(received), placeholder_list(changes))
    return batch


def fill(
    batch: Batch,
    rows: Iterable[tuple[int, Row]],
    table: Table,
    clock: Clock,
    listed: PlaceholderList,
) -> None:
    """Judges each numbered row and adds it to the batch, as an event or as a reject."""
    for n, row in rows:
        try:
            activity, size = table.activity(row), len(row.text)
            event, struck = planhat.listed_event(activity, clock, size, listed)
        except ItemError as error:
            batch.rejects.append(error.reject(n, json_items.readable(row.text[:2000]), row.line))
            clock.refused()
        else:
            planhat.add(batch, n, event, struck, row.line)
            clock.taken(n, row.line)
    batch.rejects += clock.notes()


def _header(line: str, separator: str) -> list[str]:
    """The cells of the header, more leniently than those of a row: it may be quoted in any way."""
    if len(line) > csv_rows.MAX_RECORD_CHARS:
        raise Malformed(
            f"the header is over {csv_rows.MAX_RECORD_CHARS} characters", code="csv_header"
        )
    try:
        _check_characters(line)
    except ItemError as error:
        raise Malformed(f"in the header: {error.message}", code="csv_header") from None
    return next(csv.reader([line.strip("\r\n")], delimiter=separator, skipinitialspace=True))


def _check_characters(text: str) -> None:
    if "\0" in text:
        raise ItemError("nul_character", "the row holds a NUL character; remove it")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ItemError("bad_encoding", "the row is not UTF-8; save the file as UTF-8") from None


def _info(cell: str) -> dict[str, object]:
    try:
        return json_items.strict_object(cell.encode())
    except ItemError as error:
        if error.code in ("invalid_json", "not_an_object"):
            raise ItemError("invalid_type", "info must be a JSON object", "info") from None
        raise ItemError(error.code, error.message, "info") from None


def _keep_extra(activity: Activity, extra: dict[str, str]) -> None:
    if extra:
        activity.info = extra | (activity.info or {})
