"""What a Parquet file's footer tells: where the bytes lie that a question reads."""

import os
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from waypost.lake.spans import Span, fewer

if TYPE_CHECKING:
    import duckdb

TAIL = 64 * 1024  # bytes at the end, in which most footers lie, and bloom filters with them
_LENGTH = 8  # bytes: how long the footer is, and the magic word
# DuckDB compares each row with each span of rows that is read.
_SPANS_OF_ROWS = 16

_REMEMBERED = 32  # footers, of a megabyte each at most

_CHUNKS = """SELECT file_name, path_in_schema, row_group_num_rows,
        coalesce(nullif(dictionary_page_offset, 0), data_page_offset), total_compressed_size,
        bloom_filter_offset, bloom_filter_length,
        CASE WHEN min_is_exact THEN stats_min_value END,
        CASE WHEN max_is_exact THEN stats_max_value END
    FROM parquet_metadata($paths)
    ORDER BY file_name, row_group_id"""


@dataclass(slots=True)
class Chunk:
    """A column of a row group: its bytes, those of its bloom filter, its least and last value."""

    rows: int
    place: Span
    bloom: Span | None
    least: str | None
    last: str | None

    def may_hold(self, values: Sequence[str]) -> bool:
        """Whether one of some values in order may be in it. Python orders texts as Parquet does."""
        if self.least is None or self.last is None:
            return True
        number = bisect_left(values, self.least)
        return number < len(values) and values[number] <= self.last


@dataclass(slots=True)
class Footer:
    """The chunks of some columns, row group by row group."""

    columns: dict[str, list[Chunk]] = field(default_factory=dict)

    def row_groups(self, column: str, values: Iterable[str]) -> list[Span]:
        """The spans of rows in whose row groups a value may be; more of them than need be where
        they would be many.
        """
        ordered, spans, first = sorted(values), [], 0
        for chunk in self.columns.get(column, ()):
            if chunk.may_hold(ordered):
                spans.append((first, first + chunk.rows))
            first += chunk.rows
        return fewer(spans, _SPANS_OF_ROWS)

    def places(self, columns: Iterable[str], rows: Sequence[Span] | None) -> list[Span]:
        """The bytes of some columns in some spans of rows (None for all).

        Bloom filters are read of every row group: DuckDB may look at them before it knows whether
        it wants the rows.
        """
        # All columns have the same row groups: which of them are wanted is found once.
        numbers = self._numbers(rows)
        places: list[Span] = []
        for column in columns:
            chunks = self.columns.get(column, [])
            places += [chunk.bloom for chunk in chunks if chunk.bloom is not None]
            places += [chunks[number].place for number in numbers if chunks]
        return places

    def _numbers(self, rows: Sequence[Span] | None) -> Sequence[int]:
        """The numbers of the row groups that begin in some spans of rows."""
        chunks = next(iter(self.columns.values()), [])
        if rows is None:
            return range(len(chunks))
        begins = list(accumulate((chunk.rows for chunk in chunks[:-1]), initial=0))
        return [
            number
            for first, end in rows
            for number in range(bisect_left(begins, first), bisect_left(begins, end))
        ]


def length(path: Path) -> int:
    """How many bytes at the end of a file are its footer; the last of them are here."""
    with path.open("rb") as file:
        file.seek(-_LENGTH, os.SEEK_END)
        return int.from_bytes(file.read(4), "little") + _LENGTH


def read(db: "duckdb.DuckDBPyConnection", paths: Iterable[Path]) -> dict[str, Footer]:
    """The footers of local files, by path."""
    footers = {str(path): Footer() for path in paths}
    rows = db.execute(_CHUNKS, {"paths": list(footers)}).fetchall()
    for path, column, count, start, size, bloom, bloom_size, least, last in rows:
        chunk = Chunk(count, (start, start + size), None, least, last)
        if bloom:
            chunk.bloom = (bloom, bloom + bloom_size)
        footers[path].columns.setdefault(column, []).append(chunk)
    return footers


class Footers:
    """Footers by the name of their file; those used last are remembered, since DuckDB takes 20 ms
    of CPU to tell what stands in a footer of a hundred row groups.
    """

    def __init__(self) -> None:
        self._known: dict[str, Footer] = {}

    def of(self, db: "duckdb.DuckDBPyConnection", paths: Mapping[str, Path]) -> dict[str, Footer]:
        """The footers of local files by name."""
        known = {name: self._known[name] for name in paths.keys() & self._known.keys()}
        fresh = {name: path for name, path in paths.items() if name not in known}
        if fresh:
            told = read(db, fresh.values())
            known |= {name: told[str(path)] for name, path in fresh.items()}
        # What is asked for now comes last, and what lies before it goes first.
        others = [(name, each) for name, each in self._known.items() if name not in known]
        self._known = dict([*others, *known.items()][-_REMEMBERED:])
        return known
