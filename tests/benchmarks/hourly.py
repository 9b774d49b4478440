"""
What the hourly job costs per event, from parts that are measured one by one.

An hour of a thousand events a second is too much to run here, so runs over a few are timed (CPU),
and put together as in the middle of a day. One whole run, of a single event, is counted for what
every run costs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from tests.benchmarks import landing, real_fold, shapes
from tests.benchmarks.bill import USD, WAIT_MS, WORKER_MB, lambda_usd
from tests.benchmarks.fold_inputs import TENANT
from tests.benchmarks.landing import Landing
from tests.benchmarks.meter import Meter
from waypost import services
from waypost.event import Verdict
from waypost.lake import hourly_run
from waypost.lake.records import Landed
from waypost.times import HOUR_MS

_STANDING_HOURS = 11.5  # so many hours of the day are read and written again with each
_THREADS = 16  # fetch objects side by side
_LIMIT_SECONDS = 900
_EVENTS, _OBJECTS = 20_000, 40
_HOUR = "2026-11-25T10"
# So many hours stand when the last one is folded: what they cost must not drown in noise.
_STANDING = 10
_HOURS = Landing(
    replace(shapes.FULL_DAY, events=(_STANDING + 1) * _EVENTS),
    TENANT,
    _HOUR,
    objects=_STANDING + 1,
    hours=_STANDING + 1,
)


@dataclass(frozen=True)
class Hour:
    """What one hour brings: events, landing objects, and users who are new or changed."""

    events: float
    objects: float
    changes: float


@dataclass(frozen=True)
class HourlyJob:
    """The measured parts: one run as such, and CPU seconds by what is worked on."""

    run: Meter
    per_event: float
    per_standing_event: float
    per_object: float
    per_change: float

    def seconds(self, hour: Hour) -> tuple[float, float]:
        """CPU and waiting of one run, in seconds."""
        cpu = (
            self.run.cpu
            + hour.objects * self.per_object
            + hour.events * (self.per_event + _STANDING_HOURS * self.per_standing_event)
            + hour.changes * self.per_change
        )
        return cpu, self.run.waited() + hour.objects * WAIT_MS["s3_read"] / 1000 / _THREADS

    def usd(self, hour: Hour) -> float:
        """Of one event."""
        # Listed a thousand at a time.
        fetched = hour.objects * (USD["s3_read"] + USD["s3_write"] / 1000)
        run = lambda_usd(1, *self.seconds(hour), WORKER_MB) + self.run.bill.usd()
        return (fetched + run) / hour.events

    def fits(self, hour: Hour) -> bool:
        """Whether the run ends before Lambda ends it."""
        return sum(self.seconds(hour)) < _LIMIT_SECONDS


def measure() -> HourlyJob:
    with TemporaryDirectory() as home:
        folder = Path(home)
        per_event, per_standing_event = _events(folder)
        return HourlyJob(_single_run(), per_event, per_standing_event, _fetch(), _change(folder))


def _single_run() -> Meter:
    tenant = str(uuid4())
    _land(tenant, 1)
    meter = Meter()
    with meter.running():
        report = hourly_run.run(
            tenant, stores=services.fold_stores(), name="bench", remaining_ms=_plenty
        )
    assert (report.objects, report.days) == (1, 1)
    return meter


def _plenty() -> int:
    return 900_000


def _fetch() -> float:
    """CPU seconds of fetching one landing object of ten events."""
    tenant, lake = str(uuid4()), services.lake()
    for _ in range(_OBJECTS):
        _land(tenant, 10)
    keys = [landed.key for landed in lake.landing(tenant, "")]
    with TemporaryDirectory() as folder:
        return _cpu(lambda: [lake.fetch(key, Path(folder) / "landing") for key in keys]) / _OBJECTS


def _events(folder: Path) -> tuple[float, float]:
    """CPU seconds of an event that is folded, and of one that stands in a file of its day."""
    _HOURS.write(folder)
    taken = [_hours(real_fold.Tenant(folder, folder / f"own-{number}")) for number in range(3)]
    alone, beside = (min(seconds) for seconds in zip(*taken, strict=True))
    return alone / _EVENTS, max(0.0, beside - alone) / (_STANDING * _EVENTS)


def _hours(of: real_fold.Tenant) -> tuple[float, float]:
    """CPU seconds of the first hour of a day, alone, and of its last one beside all others."""
    alone = _cpu(lambda: of.run(_HOURS.begun))
    of.run(_HOURS.begun + (_STANDING - 1) * HOUR_MS)
    return alone, _cpu(lambda: of.run(_HOURS.begun + _STANDING * HOUR_MS))


def _change(folder: Path) -> float:
    """CPU seconds of a changed user."""
    people = folder / "people"
    people.mkdir()
    shape = replace(shapes.M, days=1, events=1)
    landing.write_people(shape, TENANT, _HOUR, people)
    Landing(shape, TENANT, _HOUR, objects=1, doubled=0, rejected=0).write(people)
    of = real_fold.Tenant(people, folder / "own-people")
    return _cpu(lambda: of.run(_HOURS.begun)) / shape.identities


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
            company_id=f"account-{n % 200}",
            properties={"plan": "pro", "seats": 12},
            receipt=f"r{n}",
            received=now,
            source="planhat",
            verdict=Verdict.STORED,
            user_id=f"u_{n % 1000:032x}",
        )
        for n in range(events)
    ]


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
