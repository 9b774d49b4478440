"""
What the hourly job costs per event, from parts that are measured one by one.

An hour of a thousand events a second is too much to run here, so the job's parts are timed (CPU)
or weighed (bytes), and put together as `waypost.lake.hourly_run` uses them in the middle of a day
and of a month. One whole run, of a single event, is counted for what every run costs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import uuid4

from tests.benchmarks.bill import USD, WAIT_MS, WORKER_MB, lambda_usd
from tests.benchmarks.meter import Meter
from waypost import services, times
from waypost.event import Verdict
from waypost.lake import hourly_run, records, rollups
from waypost.lake.fold import ExistingFile, Fold, LandingFile
from waypost.lake.last_seen import Presence
from waypost.lake.records import Landed
from waypost.lake.rollups import RollupRow
from waypost.profiles.directory import user_id
from waypost.storage import packing

# At five past, a run reads the hour before, the one before that, and five minutes of its own.
_READS = 2 + 5 / 60
_STAYING_HOURS = 11  # other hours of the day, whose files are read to know what is counted
_HOURS_OF_DAY = 12  # so many hours' rows are written again with each hour
_HOURS_OF_MONTH = 15 * 24  # so many hours' rows are read again for who was seen last
_THREADS = 8  # fetch objects side by side
_LIMIT_SECONDS = 900
_EVENTS, _OBJECTS, _ROWS = 20_000, 40, 20_000


@dataclass(frozen=True)
class Hour:
    """What one hour brings: events, landing objects, and rows of numbers."""

    events: float
    objects: float
    rows: float
    row_bytes: float  # of a row of numbers, packed


@dataclass(frozen=True)
class HourlyJob:
    """The measured parts: one run as such, and CPU seconds by what is worked on."""

    run: Meter
    per_event: float
    per_staying_event: float
    per_object: float
    per_row: float

    def seconds(self, hour: Hour) -> tuple[float, float]:
        """CPU and waiting of one run, in seconds."""
        fetched = hour.objects * _READS
        cpu = (
            self.run.cpu
            + fetched * self.per_object
            + hour.events * (_READS * self.per_event + _STAYING_HOURS * self.per_staying_event)
            + hour.rows * (_HOURS_OF_DAY + _HOURS_OF_MONTH) * self.per_row
        )
        return cpu, self.run.waited() + fetched * WAIT_MS["s3_read"] / 1000 / _THREADS

    def usd(self, hour: Hour) -> float:
        """Of one event."""
        fetched = hour.objects * _READS
        # Replaced rows are deleted an hour later, which costs what writing them did.
        written = 2 * hour.rows * _HOURS_OF_DAY * hour.row_bytes / 1024
        read = hour.rows * _HOURS_OF_MONTH * hour.row_bytes / 4096
        units = (
            fetched * (USD["s3_read"] + USD["s3_write"] / 1000)  # listed a thousand at a time
            + written * USD["wru"]
            + read * USD["rru"]
        )
        run = lambda_usd(1, *self.seconds(hour), WORKER_MB) + self.run.bill.usd()
        return (units + run) / hour.events

    def fits(self, hour: Hour) -> bool:
        """Whether the run ends before Lambda ends it."""
        return sum(self.seconds(hour)) < _LIMIT_SECONDS


def measure() -> HourlyJob:
    with TemporaryDirectory() as folder:
        per_event, per_staying_event = _fold(Path(folder))
    return HourlyJob(_single_run(), per_event, per_staying_event, _fetch(), _row())


def _single_run() -> Meter:
    tenant = str(uuid4())
    _land(tenant, 1)
    meter = Meter()
    with meter.running():
        report = hourly_run.run(
            tenant, stores=services.aggregate_stores(), clock=services.clock, name="bench"
        )
    assert (report.objects, report.days) == (1, 1)
    return meter


def _fetch() -> float:
    """CPU seconds of fetching one landing object of ten events."""
    tenant, lake = str(uuid4()), services.lake()
    for _ in range(_OBJECTS):
        _land(tenant, 10)
    keys = [landing.key for landing in lake.landing(tenant, "")]
    with TemporaryDirectory() as folder:
        return _cpu(lambda: [lake.fetch(key, Path(folder) / "landing") for key in keys]) / _OBJECTS


def _fold(folder: Path) -> tuple[float, float]:
    """CPU seconds of an event that is folded, and of one that only stands in a file of its day."""
    now = services.clock()
    hour, day = times.hour(now), times.day(now)
    landings = [folder / f"{name}.ndjson.zst" for name in ("earlier", "fresh")]
    for landing in landings:
        landing.write_bytes(records.pack(_landed(_EVENTS)))
    homes = count()

    def run(landing: Path, existing: list[ExistingFile]) -> Path | None:
        home = folder / str(next(homes))
        home.mkdir()
        fold = Fold(home)
        fold.place({})
        fold.land([LandingFile(landing, hour)])
        fold.decide(existing)
        written = fold.write(day, hour, Verdict.STORED)
        fold.result(day, {hour})
        fold.close()
        return written

    written = run(landings[0], [])
    assert written is not None
    staying = [ExistingFile(written, Verdict.STORED, day)]
    alone, beside = (
        min(_cpu(partial(run, landings[1], existing)) for _ in range(3))
        for existing in ([], staying)
    )
    return alone / _EVENTS, max(0.0, beside - alone) / _EVENTS


@cache
def row_bytes(users: int) -> float:
    """The bytes of a row of numbers of so many users, packed, at an hour of day each."""
    return sum(map(len, _packed(_rows(users)))) / _ROWS


def _row() -> float:
    """CPU seconds of one row of numbers, packed and read again."""
    rows = _rows(1_000)

    def run() -> None:
        for chunk in _packed(rows):
            Presence({}, {}).add(0, rollups.decode(packing.unpacked(chunk)))

    return min(_cpu(run) for _ in range(3)) / _ROWS


def _rows(users: int) -> list[RollupRow]:
    chance = Random(1)
    ids = [user_id("t", f"x:user-{n}", b"") for n in range(users)]
    rows = []
    for n in range(_ROWS):
        user, hour, events = n % users, n * 24 // _ROWS, chance.randint(1, 60)
        account = f"account-{user * 7919 % 200}"
        rows.append(RollupRow(hour, "Logged in", account, ids[user], events, float(events)))
    return rows


def _packed(rows: list[RollupRow]) -> list[bytes]:
    return list(packing.packed(rows, rollups.encode, _ROWS))


def _land(tenant: str, events: int) -> None:
    landed, now = _landed(events), services.clock()
    services.lake().put_landing(tenant, landed, now, [str(uuid4())], {Verdict.STORED: events})  # type: ignore[arg-type]


def _landed(events: int) -> list[Landed]:
    now = services.clock()
    return [
        Landed(
            id=uuid4().hex,
            n=n,
            time=now,
            action="Logged in",
            external_id=f"user-{n % 1000}",
            properties={"plan": "pro", "seats": 12},
            receipt=f"r{n}",
            received=now,
            source="planhat",
            verdict=Verdict.STORED,
            user_id=f"u_{n % 1000:032x}",
            account_id=f"account-{n % 200}",
            reason="company",
            confidence=1.0,
        )
        for n in range(events)
    ]


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
