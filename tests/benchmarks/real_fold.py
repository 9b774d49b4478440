"""The hourly run over landing objects in a folder: `python -m tests.benchmarks.real_fold NAME`."""

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import apart, fold_inputs
from tests.benchmarks.fold_inputs import TENANT, Input
from tests.benchmarks.folder_lake import FolderLake
from tests.benchmarks.lake_files import KEYS
from tests.fakes import FixedClock, MemoryTable
from waypost import times
from waypost.ingest.schema import Schema
from waypost.lake import hourly_run
from waypost.lake.month_run import Report
from waypost.lake.months import ledger_totals
from waypost.lake.ports import FoldStores
from waypost.storage.manifests_table import DynamoManifests
from waypost.times import HOUR_MS

_MINUTE_MS = 60_000


class _Schemas:
    def get(self, _tenant: str) -> Schema:
        return Schema(types=dict.fromkeys(KEYS, "string"))


class Tenant:
    """Runs of one tenant, five minutes past the hours."""

    def __init__(self, source: Path, own: Path) -> None:
        self.clock = FixedClock(0)
        self.manifests = DynamoManifests(MemoryTable())  # type: ignore[arg-type]
        lake = FolderLake(source, self.clock, own)
        self._stores = FoldStores(lake, self.manifests, _Schemas(), self.clock)

    def run(self, after: int, remaining_ms: Callable[[], int] = lambda: 900_000) -> Report:
        """The run after an hour that began at `after` (epoch ms)."""
        self.clock.now = max(self.clock.now, after + HOUR_MS + 5 * _MINUTE_MS) + 1
        return hourly_run.run(TENANT, stores=self._stores, name="bench", remaining_ms=remaining_ms)

    def totals(self) -> dict[str, int]:
        return ledger_totals(self.manifests.months(TENANT), [])

    def counts(self, day: str) -> dict[str, int]:
        return self.manifests.months_of(TENANT, [day[:7]])[day[:7]].counts.get(day, {})


@contextmanager
def tenant(what: Input) -> Any:
    # What is put would lie in S3: it is no part of the function's temporary disk.
    with tempfile.TemporaryDirectory(dir=Path(tempfile.gettempdir()).parent) as own:
        yield Tenant(what.folder(), Path(own))


def once(what: Input) -> None:
    """The last landing of an input, when all before it was folded."""
    *before, last = what.landings
    with tenant(what) as of:
        for landing in before:
            of.run(landing.begun + (landing.hours - 1) * HOUR_MS)

        def work() -> dict[str, int]:
            report = of.run(last.begun)
            return {"days": report.days, "left": report.left, **of.totals()}

        apart.told(work)


def until_done(what: Input) -> None:
    """Runs of 60 s until nothing is left."""
    landing = what.landings[0]
    today = times.day(landing.begun)

    def work() -> dict[str, Any]:
        with tenant(what) as of:
            runs, first = 0, None
            while True:
                report = of.run(landing.begun, _minute())
                runs += 1
                first = first or of.counts(today)
                if not report.left or runs == 40:
                    return {"runs": runs, "today": first, **of.totals()}

    apart.told(work)


def _minute() -> Callable[[], int]:
    """What remains of a minute that begins now, in ms."""
    ends = time.monotonic() + 60
    return lambda: int(1000 * (ends - time.monotonic()))


if __name__ == "__main__":
    (asked,) = (what for what in fold_inputs.ALL if what.name == sys.argv[1])
    (until_done if asked.together else once)(asked)
