"""
A file's own order, and whether its people are known: `python -m tests.benchmarks.load_matrix`.

`waypost load` against a local default of its own: seconds, CPU of all functions and of the AWS
that is embedded, and which invocations were killed or failed. Takes minutes, so it is no part of
`make bench`. With numbers, another size: rows and users, for instance `1000000 60000`.
"""

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.conftest import Customer, Local, running

ROWS, USERS, COMPANIES = 150_000, 3_200, 400
LIMIT_SECONDS = 1_800
_DAYS = 60
_FAILED = "failed processing SQS batch"
Row = tuple[str, str, str, str, str]
COLUMNS = ("externalId", "email", "companyExternalId", "action", "date")
ORDERS: dict[str, Callable[[Row], str] | None] = {
    "by user": lambda row: row[0],
    "by time": lambda row: row[4],
    "random": None,
}


@dataclass(frozen=True)
class Case:
    order: str
    known: bool


@dataclass(frozen=True)
class Measured:
    """What one load took; `matched` of its rows, and invocations that were killed or failed."""

    seconds: float
    cpu: float
    matched: int
    killed: list[str]


def rows_of(count: int, users: int) -> list[Row]:
    """So many rows of so many people, each of them at least once."""
    chance, now = Random(1), datetime.now(UTC).replace(microsecond=0)
    rows = []
    for n in range(count):
        user = n if n < users else chance.randrange(users)
        company = user % COMPANIES
        at = now - timedelta(seconds=chance.randrange(_DAYS * 86_400))
        who = f"u{user}", f"u{user}@company-{company}.com", f"c{company}"
        rows.append((*who, f"action {chance.randrange(20)}", at.isoformat()))
    chance.shuffle(rows)
    return rows


def measure(home: Path, local: Local, rows: list[Row], case: Case) -> Measured:
    customer, key = local.customer(), ORDERS[case.order]
    if case.known:
        _load(local, customer, list({row[0]: row for row in rows}.values()), home)
    failed, cpu, begun = len(_failures(home)), _cpu(local), time.monotonic()
    _load(local, customer, sorted(rows, key=key) if key else rows, home)
    seconds = time.monotonic() - begun
    matched = sum(batch["matched"] for batch in local.get(customer, "batches")["batches"])
    return Measured(seconds, _cpu(local) - cpu, matched, _failures(home)[failed:])


def _load(local: Local, customer: Customer, rows: list[Row], home: Path) -> None:
    file = home / "rows.csv"
    with file.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    command = [sys.executable, "-m", "waypost.cli", "--url", local.url, "--tenant"]
    command += [customer.tenant, "--token", customer.token, "load", str(file), "--quiet", "--json"]
    try:
        subprocess.run(command, check=True, timeout=LIMIT_SECONDS, stdout=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        print(f"not done after {LIMIT_SECONDS} s", file=sys.stderr)


def _failures(home: Path) -> list[str]:
    lines = (home / "emulator.log").read_text().splitlines()
    return [line.partition("ESM: ")[2] for line in lines if _FAILED in line]


def _cpu(local: Local) -> float:
    """CPU seconds of the local default and of everything that it started."""
    parents: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
        # Its own, and that of children that have ended.
        ticks[int(stat.parent.name)] = sum(map(int, fields[11:15]))
    return sum(ticks[pid] for pid in _below(local.process.pid, parents)) / 100


def _below(pid: int, parents: dict[int, list[int]]) -> Iterator[int]:
    yield pid
    for child in parents.get(pid, []):
        yield from _below(child, parents)


def report(rows: int = ROWS, users: int = USERS) -> Iterator[str]:
    yield f"waypost load of {rows:,} rows of {users:,} users"
    yield f"  {'':<16}{'seconds':>9}{'ratio':>7}{'CPU s':>8}{'ratio':>7}{'matched':>11}  killed"
    data = rows_of(rows, users)
    for known in (False, True):
        sorted_one: Measured | None = None
        for order in ORDERS:
            # Each on a machine of its own: the tables of the last load would weigh on the next.
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
                home = Path(name)
                with running(home) as local:
                    case = measure(home, local, data, Case(order, known))
            sorted_one = sorted_one or case
            title = f"{'known' if known else 'new'}, {order}"
            yield (
                f"  {title:<16}{case.seconds:>9.1f}{case.seconds / sorted_one.seconds:>7.2f}"
                f"{case.cpu:>8.1f}{case.cpu / sorted_one.cpu:>7.2f}{case.matched:>11,}"
                f"  {len(case.killed)}"
            )
            yield from (f"    {line}" for line in case.killed)


if __name__ == "__main__":
    for line in report(*map(int, sys.argv[1:])):
        print(line, flush=True)
