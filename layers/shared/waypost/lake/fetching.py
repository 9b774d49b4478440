"""
The files of a question on local disk: small ones whole, of big ones what the question reads.

DuckDB reads a file with holes like any other, so long as it never looks into a hole. Which row
groups it looks at is decided here, by row numbers, and not by what DuckDB makes of a filter.
"""

import os
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from waypost.lake import footers
from waypost.lake.cache import FileCache
from waypost.lake.limits import Watch
from waypost.lake.months import File
from waypost.lake.plans import Columns, Cost
from waypost.lake.spans import Span, cut, joined, without

if TYPE_CHECKING:
    import duckdb

    from waypost.lake.ports import LakeReads

BIG = 4_000_000  # bytes: below, a whole file is here sooner than two rounds of parts of it
_THREADS = 16
_GAP = 128 * 1024  # bytes that are read for nothing sooner than asked for around
_PIECE = 4_000_000  # bytes of a request; sixteen at once are held in memory


Equal = tuple[str, tuple[str, ...]] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file, and the columns that are read of it: None for the whole file.

    `equal`: only rows with one of these values in a column are asked for.
    """

    file: File
    columns: Columns = None
    equal: Equal = None


@dataclass(slots=True)
class Local:
    """A file on local disk. `rows` are the spans of row numbers that may be read, None for all."""

    path: Path
    rows: list[Span] | None = None


@dataclass(slots=True)
class _Part:
    """A file of which parts are fetched, with the spans of bytes that are here."""

    wanted: Wanted
    path: Path
    held: list[Span]
    added: int = 0

    def missing(self, places: Iterable[Span]) -> list[Span]:
        """The spans to ask for, so that these places are here."""
        return list(cut(joined(without(places, self.held), _GAP), _PIECE))


class Fetcher:
    """Fetches for one question into its folder. Raises `Gone` for a file that was replaced, and
    `TooLong` for what is more than the question may take.
    """

    def __init__(
        self,
        lake: "LakeReads",
        cache: FileCache,
        folder: Path,
        cost: Cost,
        remembered: footers.Footers,
        watch: Watch,
    ) -> None:
        self._lake = lake
        self._cache = cache
        self._footers = remembered
        self._folder = folder
        self._cost = cost
        self._watch = watch
        self._counting = threading.Lock()
        self._numbers = count()

    def files(self, db: "duckdb.DuckDBPyConnection", wanted: Sequence[Wanted]) -> list[Local]:
        """The files in the order in which they are wanted."""
        kept = [self._kept(each.file) for each in wanted]
        absent = [each for each, path in zip(wanted, kept, strict=True) if path is None]
        fetched = iter(self._fetched(db, absent) if absent else [])
        return [Local(path) if path else next(fetched) for path in kept]

    def _kept(self, file: File) -> Path | None:
        path = self._path()
        return path if self._cache.take(_name(file), path) else None

    def _fetched(self, db: "duckdb.DuckDBPyConnection", wanted: Sequence[Wanted]) -> list[Local]:
        self._watch.claim(sum(each.file.size for each in wanted if _is_whole(each)))
        with ThreadPoolExecutor(_THREADS) as pool:
            begun = list(pool.map(self._begin, wanted))
            parts = [part for part in begun if isinstance(part, _Part)]
            rows = self._fill(db, parts, pool) if parts else {}
        return [
            Local(each.path, rows[each.path]) if isinstance(each, _Part) else Local(each)
            for each in begun
        ]

    def objects(self, keys: Sequence[str]) -> list[Path]:
        """Objects that are read once, whole: they are not kept."""
        with ThreadPoolExecutor(_THREADS) as pool:
            return list(pool.map(self._whole, keys))

    def _begin(self, wanted: Wanted) -> Path | _Part:
        """A whole file, or a part of one with its footer in it."""
        name = _name(wanted.file)
        if _is_whole(wanted):
            path = self._whole(wanted.file.key)
            self._cache.keep(name, path)
            return path
        path = self._path()
        part = _Part(wanted, path, self._cache.take_part(name, path, wanted.file.size))
        self._read_end(part, footers.TAIL)
        self._read_end(part, footers.length(path))
        return part

    def _read_end(self, part: _Part, length: int) -> None:
        size = part.wanted.file.size
        pieces = part.missing([(max(0, size - length), size)])
        self._note(part, pieces, [self._read(part, piece) for piece in pieces])

    def _fill(
        self, db: "duckdb.DuckDBPyConnection", parts: list[_Part], pool: ThreadPoolExecutor
    ) -> dict[Path, list[Span] | None]:
        """Fetches what is wanted of files whose footers are here; answers their spans of rows."""
        missing, rows = self._missing(db, parts)
        self._watch.claim(sum(end - start for _, pieces in missing for start, end in pieces))
        begun = [
            (part, pieces, [pool.submit(self._read, part, piece) for piece in pieces])
            for part, pieces in missing
        ]
        for part, pieces, reads in begun:
            self._note(part, pieces, [read.result() for read in reads])
            if part.added:
                self._cache.keep_part(_name(part.wanted.file), part.path, part.held, part.added)
        return rows

    def _missing(
        self, db: "duckdb.DuckDBPyConnection", parts: list[_Part]
    ) -> tuple[list[tuple[_Part, list[Span]]], dict[Path, list[Span] | None]]:
        """The spans of bytes to ask for, and the spans of rows that may be read then."""
        known = self._footers.of(db, {_name(part.wanted.file): part.path for part in parts})
        rows: dict[Path, list[Span] | None] = {}
        missing = []
        for part in parts:
            footer, wanted = known[_name(part.wanted.file)], part.wanted
            rows[part.path] = footer.row_groups(*wanted.equal) if wanted.equal else None
            # Where no row group can hold what is asked for, nothing of the file is read.
            columns = () if rows[part.path] == [] else wanted.columns or ()
            missing.append((part, part.missing(footer.places(columns, rows[part.path]))))
        return missing, rows

    def _read(self, part: _Part, piece: Span) -> int:
        data = self._lake.fetch_range(part.wanted.file.key, *piece)
        with part.path.open("r+b") as file:
            os.pwrite(file.fileno(), data, piece[0])
        self._count(len(data))
        return len(data)

    def _note(self, part: _Part, pieces: list[Span], sizes: list[int]) -> None:
        part.held = joined([*part.held, *pieces])
        part.added += sum(sizes)

    def _whole(self, key: str) -> Path:
        path = self._lake.fetch(key, self._path())
        self._count(path.stat().st_size)
        return path

    def _path(self) -> Path:
        return self._folder / f"{next(self._numbers)}.parquet"

    def _count(self, size: int) -> None:
        with self._counting:
            self._cost.gets += 1
            self._cost.bytes += size
        self._watch.came(size)


def _is_whole(wanted: Wanted) -> bool:
    return wanted.columns is None or wanted.file.size <= BIG


def _name(file: File) -> str:
    """What the cache knows a file by."""
    return f"{file.key}:{file.size}"
