"""
CPU per row of a CSV file, in process, by all that the loader does with it: read, judged,
identified, framed. Beside it, in the same interleaved rounds, the limit (rows split and compressed,
nothing else) and the naive pipeline (`csv.DictReader` and pydantic, nothing stored).
"""

import csv
import io
import itertools
import resource
import sys
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from isal import igzip

from tests.benchmarks.intake_cpu import Naive, best_of
from waypost.collector import without_gc
from waypost.ingest import intake
from waypost.ingest.messages import FRAME_EVENTS, Pointer
from waypost.ingest.reception import Reception
from waypost.sources.formats import files
from waypost.tenants import Tenant

ROWS = 50_000
RECEIVED = 1_795_000_000_000


class _Row(Naive):
    plan: str | None = None


class _Nowhere:
    """Takes everything and keeps nothing."""

    def send(self, tenant: str, messages: list[bytes] | list[Pointer]) -> None: ...

    def put_chunk(self, key: str, data: bytes) -> None: ...

    def put_first(self, *_: object) -> bool:
        return True


def lines(rows: int) -> Iterator[str]:
    """Rows of about 95 bytes, of 5,000 users at 500 companies."""
    yield "email,name,cId,action,weight,count,date,plan\n"
    for n in range(rows):
        day, minute, second = 1 + n % 28, n // 60 % 60, n % 59
        date = f"2016-10-{day:02d}T08:{minute:02d}:{second:02d}.{n % 1000:03d}Z"
        user = n % 5000
        yield f"a{user}@acme.com,Ariana Lee {user},abc{n % 500},Logged in,1,1,{date},pro\n"


def limit(data: bytes) -> None:
    for line in data.decode().split("\n"):
        line.split(",")
    igzip.compress(data, 1)


def naive(data: bytes) -> None:
    for row in csv.DictReader(io.StringIO(data.decode())):
        _Row(**{name: cell for name, cell in row.items() if cell})  # type: ignore[arg-type]


def waypost(data: bytes) -> None:
    load(io.BytesIO(data))


def load(stream: BinaryIO) -> None:
    """A file through the reader and the intake, as `file_loader` does it, to nowhere."""
    reception = Reception(Tenant("t"), "b", "planhat", RECEIVED, batch="b")
    identifier, nowhere = intake.identifier(reception, "b"), _Nowhere()
    with without_gc():
        batches = files.batches(files.Counted(stream), RECEIVED, FRAME_EVENTS)
        while (first := next(batches, None)) is not None:
            part = itertools.chain([first], itertools.islice(batches, 9))
            intake.accept_all(part, reception, identifier, outbox=nowhere, rows=nowhere)


def report() -> str:
    data = "".join(lines(ROWS)).encode()
    best = best_of({"limit": limit, "naive": naive, "waypost": waypost}, data)
    rows = [
        f"  {name:<8} {seconds / ROWS * 1e6:6.2f} µs/row {ROWS / seconds:10,.0f} rows/s"
        for name, seconds in best.items()
    ]
    head = f"CSV of {ROWS:,} rows through reader and intake, in process, CPU"
    return "\n".join([head, *rows, f"  {best['naive'] / best['waypost']:.2f} × the naive pipeline"])


def memory(rows: int) -> str:
    """The peak of a process that loads a file of so many rows."""
    with tempfile.TemporaryFile() as file:
        file.writelines(line.encode() for line in lines(rows))
        file.seek(0)
        load(file)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"  {rows:,} rows: {peak:.0f} MB at most"


if __name__ == "__main__":
    print(memory(int(sys.argv[1])) if len(sys.argv) > 1 else report())
