"""
The first lines of a CSV file → its delimiter, and the names of its columns.

Excel writes `sep=;` before the header where it can. A report may have titles above it. A column
without a name, or with a name that is taken, gets one of its own: what it costs is a name.
"""

import csv
import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from waypost.errors import Malformed
from waypost.event import ItemError
from waypost.sources.formats.csv_rows import MAX_RECORD_CHARS, Lines
from waypost.sources.formats.reading import Reading

# How many of some names a reader of them knows.
Known = Callable[[Sequence[str]], int]
_DELIMITERS = ",;\t|^"
_QUOTED = re.compile('"[^"]*"')
_SEP = re.compile(r'\s*"?sep=(.)"?\1*\s*', re.IGNORECASE)
_MOST_TITLES = 10
# A date, a number or an address: nobody calls a column so.
_DATUM = re.compile(r"[\d.,:/+ TZ-]*\d[\d.,:/+ TZ-]*|[^\s@]+@[^\s@]+\.[^\s@]+")


class Header(Struct):
    """How the rows of a file are read: the delimiter, and a name for each column.

    `titles`: how many lines stood above the header. `is_told`: the file has no header of its own.
    """

    separator: str
    names: list[str]
    titles: int = 0
    is_told: bool = False


def read(lines: Lines, reading: Reading, known: Known) -> Header:
    """The header; takes its lines. Raises `Malformed` where there is none, or nobody knows it."""
    first = _first(lines)
    separator = reading.delimiter
    if (told := _SEP.fullmatch(first)) is not None:
        separator, first = separator or told[1], _first(lines)
    separator = separator or delimiter(first, known)
    if reading.header is False or isinstance(reading.header, list):
        lines.give_back(1)
        count = len(names_of(first, separator))
        return Header(separator, _told_names(reading.header or [], count), is_told=True)
    if reading.header is None and not reading.columns and not known(names_of(first, separator)):
        return _below_titles(first, separator, lines, reading, known)
    return Header(separator, unique(names_of(first, separator)))


def delimiter(header: str, known: Known) -> str:
    """The delimiter of a file, told from its header line alone: most known names, then most cells.

    Where none of them is there the header has one column, and the comma will do.
    """
    bare = _QUOTED.sub("", header)
    candidates = [one for one in _DELIMITERS if one in bare] or [","]
    # Of those that are even the first wins, so the comma.
    return max(candidates, key=lambda one: (known(_split(header, one)), bare.count(one)))


def unique(names: list[str]) -> list[str]:
    """The names, the second of one name as `name_2`."""
    taken: set[str] = set()
    for at, name in enumerate(names):
        number, free = 1, name
        while free and free in taken:
            number += 1
            free = f"{name}_{number}"
        taken.add(free)
        names[at] = free
    return names


def names_of(line: str, separator: str) -> list[str]:
    """The cells of a header. Raises `Malformed` for what no name may hold."""
    if len(line) > MAX_RECORD_CHARS:
        raise Malformed(f"the header is over {MAX_RECORD_CHARS} characters", code="csv_header")
    try:
        check_characters(line)
    except ItemError as error:
        raise Malformed(f"in the header: {error.message}", code="csv_header") from None
    return _split(line, separator)


def check_characters(text: str) -> None:
    """Raises `ItemError` for a row with a NUL, or with bytes that were none of its encoding."""
    if "\0" in text:
        raise ItemError("nul_character", "the row holds a NUL character; remove it")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ItemError("bad_encoding", "the row is not UTF-8; save the file as UTF-8") from None


def _split(line: str, separator: str) -> list[str]:
    """The cells of a header, more leniently than those of a row: it may be quoted in any way."""
    cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    return [cell.strip().strip('"').strip() for cell in cells]


def _first(lines: Lines) -> str:
    while (line := lines.pop()) is not None:
        if line.strip():
            return line
    raise Malformed("the file is empty", code="empty_body")


def _told_names(told: list[str], count: int) -> list[str]:
    names = [name.strip() for name in told]
    return unique(names + [f"column_{n + 1}" for n in range(len(names), count)])


def _below_titles(
    first: str, separator: str, lines: Lines, reading: Reading, known: Known
) -> Header:
    """The header of a report, which has titles above it. Two names tell it from a title."""
    read = lines.take(_MOST_TITLES)
    for n, line in enumerate(read):
        separator_here = reading.delimiter or delimiter(line, known)
        if len(line) <= MAX_RECORD_CHARS and known(_split(line, separator_here)) > 1:
            lines.give_back(len(read) - n - 1)
            return Header(separator_here, unique(names_of(line, separator_here)), titles=n + 1)
    raise Malformed(_no_header(names_of(first, separator)), code="csv_header")


def _no_header(cells: list[str]) -> str:
    shown = ", ".join(f'"{cell[:40]}"' for cell in cells[:8])
    if any(_DATUM.fullmatch(cell) for cell in cells):
        return (
            "the first line must be a header such as cId,id,name,email,weight,action,date,count, "
            f"and this one is a row already: {shown}; put one above it, or tell the columns as "
            '"header": ["email", "action", …]'
        )
    return (
        "the first line must be a header such as cId,id,name,email,weight,action,date,count; "
        f"of {shown} none is known; rename them, or tell which is which as "
        '"columns": {"…": "externalId"}'
    )
