"""
Answers as CSV, in the types that a spreadsheet has.

| value          | cell                                                                          |
|----------------|-------------------------------------------------------------------------------|
| a moment       | `2026-11-20 20:30:06`, UTC: whatever is written as the API writes its times   |
| true, false    | TRUE, FALSE                                                                   |
| a list         | its values with `; ` between them; what is no plain value is JSON             |
| null           | empty                                                                         |
| text           | as it is; what would run as a formula gets a leading apostrophe               |

Columns follow from the type of the answer, so they are there without a row, too. Only the keys of
a free object (`traits`, `info`) are those that occur: the hundred most frequent, in order, each a
dotted column; what is left over is JSON in a column of the object's own name. The text is UTF-8
without a byte order mark, which most programs but Excel would take for a part of the first name.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TextIO, get_args, get_origin

import msgspec
from msgspec import Struct

from waypost import answer_size
from waypost.errors import TooMuch

MOST_KEYS = 100
_IN_MEMORY = 8_000_000  # bytes of rows, which then go on in a file

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z")
_json = msgspec.json.Encoder().encode

Row = Mapping[str, Any]
Table = tuple[type[Struct], Sequence[Struct]]


@dataclass(slots=True)
class _Column:
    """A column of every row, or those of a free object, by how often each key occurs."""

    name: str
    keys: Counter[str] | None = None

    def names(self) -> list[str]:
        if self.keys is None:
            return [self.name]
        listed = sorted(key for key, _ in self.keys.most_common(MOST_KEYS))
        return listed + ([self.name] if len(self.keys) > MOST_KEYS else [])


@dataclass(slots=True)
class _Sheet:
    """The rows so far, as cells by the name of their column, in a file once they are many."""

    rows: IO[bytes]
    columns: list[_Column] = field(default_factory=list)
    size: int = 0
    count: int = 0

    def reaches(self, total: int) -> float:
        """How large it is; or if all are so many, half of what it will be by its rows so far."""
        return max(self.size, self.size / max(self.count, 1) * total / 2)

    def add(self, row: Row) -> None:
        self.count += 1
        cells = dict(self._cells(row))
        self.size += sum(map(len, cells.values())) + len(self.columns)
        self.rows.write(_json(cells) + b"\n")

    def lines(self) -> Iterator[list[str]]:
        names = [(column, column.names()) for column in self.columns]
        yield [_safe(name) for _, listed in names for name in listed]
        self.rows.seek(0)
        for line in self.rows:
            cells = msgspec.json.decode(line, type=dict[str, str])
            yield [cell for each in names for cell in _line(*each, cells)]

    def _cells(self, row: Row) -> Iterator[tuple[str, str]]:
        flat = dict(_flat(row))
        for column in self.columns:
            if column.keys is None:
                yield column.name, cell(_at(row, column.name))
                continue
            keys = [name for name in flat if name.startswith(f"{column.name}.")]
            column.keys.update(keys)
            yield from ((name, cell(flat[name])) for name in keys)


def write(pages: Iterable[Struct], out: TextIO, most: int | None = None) -> None:
    """The rows of all pages of one answer, as one CSV. Memory is bounded.

    Raises `TooMuch`, before anything is written, where that is more than `most` bytes.
    """
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        sheet = _Sheet(file)
        for answer in pages:
            kind, rows = table(answer)
            sheet.columns = sheet.columns or list(_columns(kind))
            for row in rows:
                sheet.add(msgspec.to_builtins(row))
            if most is not None and sheet.reaches(getattr(answer, "total", 0)) > most:
                raise TooMuch
        csv.writer(out, lineterminator="\n").writerows(sheet.lines())


def text(pages: Iterable[Struct]) -> str:
    """The CSV of all pages of an answer. Raises `TooMuch` where no answer holds it."""
    out = io.StringIO()
    write(pages, out, answer_size.MOST_BYTES)
    # As the body of an answer it is a text in JSON, which escapes quotes and line ends.
    if len(_json(out.getvalue())) > answer_size.MOST_BYTES:
        raise TooMuch
    return out.getvalue()


def rows_to_csv(objects: Iterable[Row]) -> str:
    """Objects without a type as CSV, with the columns of all of them."""
    rows = [dict(_flat(row)) for row in objects]
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_safe, names))
    writer.writerows([cell(row.get(name)) for name in names] for row in rows)
    return out.getvalue()


def table(answer: Struct) -> Table:
    """What the rows of an answer are, and of which type.

    An answer may say it itself, in a method `table`. Else it is its last list of objects, or the
    answer alone.
    """
    told: Callable[[], Table] | None = getattr(answer, "table", None)
    if told is not None:
        return told()
    for each in reversed(msgspec.structs.fields(type(answer))):
        # A list of texts, such as the keys of a user, is a column: the type decides.
        if (kind := _listed(each.type)) is not None:
            return kind, getattr(answer, each.name)
    return type(answer), [answer]


def cell(value: Any) -> str:
    """A value as a spreadsheet has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return _safe("; ".join(map(_part, value)))
    return _safe(_part(value))


def _part(value: Any) -> str:
    """A value inside of a list, or alone."""
    if isinstance(value, str):
        moment = _MOMENT.fullmatch(value)
        return f"{moment[1]} {moment[2]}" if moment else value
    return _json(value).decode() if isinstance(value, list | dict) else cell(value)


def _safe(text: str) -> str:
    # A carriage return alone ends a row for some programs, even in quotes.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def _line(column: _Column, names: list[str], cells: dict[str, str]) -> Iterator[str]:
    if column.keys is None or column.name not in names:
        yield from (cells.get(name, "") for name in names)
        return
    yield from (cells.get(name, "") for name in names[:-1])
    start = len(column.name) + 1
    rare = (name for name in cells if name in column.keys and name not in names)
    rest = {name[start:]: cells[name] for name in rare}
    yield _json(rest).decode() if rest else ""


def _columns(kind: type[Struct], prefix: str = "") -> Iterator[_Column]:
    for each in msgspec.structs.fields(kind):
        name, options = prefix + each.encode_name, _options(each.type)
        nested = next((option for option in options if _is_struct(option)), None)
        if nested is not None:
            yield from _columns(nested, f"{name}.")
        elif any(get_origin(option) is dict for option in options):
            yield _Column(name, Counter())
        else:
            yield _Column(name)


def _listed(type: Any) -> type[Struct] | None:
    lists = [option for option in _options(type) if get_origin(option) is list]
    kinds = (get_args(option)[0] for option in lists)
    return next((kind for kind in kinds if _is_struct(kind)), None)


def _options(type: Any) -> tuple[Any, ...]:
    """What a value of the type may be."""
    return (type,) if get_origin(type) in {list, dict} else (type, *get_args(type))


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _flat(row: Row, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _at(row: Row, name: str) -> Any:
    """What stands under a dotted name; None where nothing does."""
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
