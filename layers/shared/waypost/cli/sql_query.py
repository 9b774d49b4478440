"""One SQL statement that only reads, over views of a tenant's lake, in a database that can do
nothing else.
"""

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from waypost.cli.output import USAGE, Failure, is_terminal, note
from waypost.lake.sql import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from waypost.lake.ports import LakeReads, ManifestReads
    from waypost.lake.reader import LakeReader, Opened, Place

MOST_BYTES = 262_144  # as many as Athena takes
_CACHE = 5_000_000_000  # bytes
_READS = "it reads only: one SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN"
# What Athena calls it, so that a query can be asked there as well.
_MACROS = "CREATE MACRO json_extract_scalar(text, path) AS json_extract_string(text, path)"


@dataclass(frozen=True, slots=True)
class Files:
    """Whose lake is asked, where its files are, and the folder that keeps those fetched."""

    tenant: str
    lake: "LakeReads"
    manifests: "ManifestReads"
    home: Path


def only_reading(text: str) -> str:
    """The one statement of a text. Raises `Failure` where it is none that only reads."""
    from waypost.insights import sql_reads

    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise Failure(f"a query has at most {MOST_BYTES:,} bytes", USAGE)
    statements = _statements(text)
    if not statements:
        raise Failure("there is no statement in the query", USAGE)
    if len(statements) > 1:
        raise Failure("one statement at a time; there is another one behind the ;", USAGE)
    for statement in (*statements, *_statements(sql_reads.explained(text))):
        if statement.type.name not in {"SELECT", "EXPLAIN"}:
            raise Failure(f"waypost sql cannot {statement.type.name}: {_READS}", USAGE)
    return _without_end(str(statements[0].query))


def _statements(text: str) -> "list[duckdb.Statement]":
    import duckdb

    with duckdb.connect() as db:
        db.execute("SET errors_as_json = true")
        with told(text):
            return db.extract_statements(text)


def _without_end(statement: str) -> str:
    """A statement without its semicolon and what is behind it: it may become a part of another."""
    from sqlglot import TokenType, tokenize

    tokens = tokenize(statement, read="duckdb")
    ends = (token.start for token in tokens if token.token_type is TokenType.SEMICOLON)
    return statement[: next(ends, len(statement))]


@contextmanager
def opened(
    query: str,
    files: Files,
    *,
    first: str | None,
    last: str | None,
    target: Path | None = None,
) -> Iterator["Opened"]:
    """What a query about the days from `first` to `last` can be asked of. Of the disk it may read
    the files that were fetched for it, and write `target`.
    """
    from waypost.insights import sql_plans
    from waypost.lake import database, scratch

    reads = sql_plans.reads(query, files.tenant, first, last)
    _make(files.home)
    with (
        scratch.folder(files.home) as folder,
        database.alone(folder) as db,
        _reader(files, (folder, db)).open(files.tenant, reads.plan) as answer,
    ):
        for statement in (*reads.statements, _MACROS):
            db.execute(statement)
        _lock(db, folder, target)
        yield answer


def _make(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Failure(f"{home} cannot keep the files of the lake: {error.strerror}") from None


def _reader(files: Files, place: "Place") -> "LakeReader":
    from waypost.lake.cache import FileCache
    from waypost.lake.limits import Limits
    from waypost.lake.reader import LakeReader

    return LakeReader(
        lake=files.lake,
        manifests=files.manifests,
        cache=FileCache(files.home / "files", _CACHE),
        clock=_now,
        limits=Limits(told=_told_how_far if is_terminal(sys.stderr) else None),
        place=lambda: nullcontext(place),
    )


def _told_how_far(fetched: int, known: int) -> None:
    if fetched < known:
        note(f"fetched {fetched / 1e6:,.1f} of {known / 1e6:,.1f} MB")


def _now() -> int:
    return time.time_ns() // 1_000_000


def _lock(db: "duckdb.DuckDBPyConnection", folder: Path, target: Path | None) -> None:
    """From here on nothing but the query runs; and it neither leaves the folder nor unlocks."""
    for setting in (
        f"allowed_directories = [{quoted(str(folder))}]",
        f"allowed_paths = [{quoted(str(target)) if target else ''}]",
        "enable_external_access = false",
        "python_enable_replacements = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "TimeZone = 'UTC'",
        "errors_as_json = true",
        "lock_configuration = true",
    ):
        db.execute(f"SET {setting}")


def until_interrupted(db: "duckdb.DuckDBPyConnection", work: "Callable[[], None]") -> None:
    """Does what a database is asked for until it is done, or Ctrl-C."""
    # DuckDB does not return for a signal: so it works in a thread, and this one hears of it.
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        try:
            done.result()
        finally:
            while not done.done():
                # Between two queries an interrupt meets nobody.
                db.interrupt()
                wait([done], 0.1)


@contextmanager
def told(query: str) -> Iterator[None]:
    """Whatever DuckDB has against a query, in one line that names the place."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise Failure(_told(str(error), query)) from None


def _told(message: str, query: str) -> str:
    kind, _, details = message.partition(": ")
    try:
        error = json.loads(details)
    except ValueError:
        return message.splitlines()[0]
    (first, *_) = str(error["exception_message"]).splitlines() or [kind]
    place = _place(query, int(error["position"])) if "position" in error else ""
    return f"{kind}: {first}{place}"


def _place(query: str, position: int) -> str:
    before = query.encode(errors="replace")[:position].decode(errors="replace")
    line = before.count("\n") + 1
    return f" (line {line}, column {len(before) - before.rfind(chr(10))})"
