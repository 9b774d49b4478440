"""Whatever a run has just written, whoever asks at that moment counts every event once."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.fakes import MemoryTable
from tests.unit.lake.folding import NOW, TENANT, Lake, landed
from waypost.lake import fresh
from waypost.lake.cache import FileCache
from waypost.lake.plans import Plan
from waypost.lake.reader import LakeReader
from waypost.storage.manifests_table import DynamoManifests
from waypost.times import DAY_MS, HOUR_MS

pytestmark = pytest.mark.slow

COUNTS = {
    "events": "SELECT count(*) FROM events",
    "path": "SELECT count(*) FROM path",
    "totals": "SELECT sum(events) FROM totals",
    "activity": "SELECT sum(rows) FROM activity",
    "seen": "SELECT sum(rows) FROM seen",
}


class WatchedManifests(DynamoManifests):
    """Somebody looks after each write."""

    look: Callable[[], None] = staticmethod(lambda: None)

    def put_month(self, *written: Any) -> bool:
        done = super().put_month(*written)
        self.look()
        return done

    def put_head(self, *written: Any) -> bool:
        done = super().put_head(*written)
        self.look()
        return done

    def put_mark(self, *written: Any, **more: Any) -> None:
        super().put_mark(*written, **more)
        self.look()


class Watched:
    """A lake with a reader that looks all the time; `wrong` are the numbers that were not right."""

    def __init__(self, folder: Path) -> None:
        self.lake = Lake()
        self.lake.manifests = WatchedManifests(MemoryTable())  # type: ignore[arg-type]
        self.lake.manifests.look = self.look
        self.reader = LakeReader(
            lake=self.lake.lake,
            manifests=self.lake.manifests,
            cache=FileCache(folder),
            clock=self.lake.clock,
        )
        self.landed: set[str] = set()
        self.looks = 0
        self.wrong: list[tuple[str, int, int]] = []

    def look(self) -> None:
        self.looks += 1
        with self.reader.open(TENANT, Plan(dict.fromkeys(COUNTS))) as opened:
            for table, sql in COUNTS.items():
                ((number,),) = opened.rows(sql)
                if (number or 0) != len(self.landed):
                    self.wrong.append((table, number, len(self.landed)))

    def live(self, seed: int, hours: int = 3) -> None:
        """In each hour something lands, also of days before, and a run follows."""
        random = Random(seed)
        for hour in range(hours):
            for message in range(3):
                receipt = f"{seed}-{hour}-{message}"
                records = [
                    landed(
                        f"{hour}{message}{number}",
                        receipt,
                        n=number,
                        time=NOW - random.randrange(40) * DAY_MS // 2,
                        received=self.lake.clock(),
                        user_id=f"u{random.randrange(5)}",
                    )
                    for number in range(5)
                ]
                self.landed |= {record.id for record in records}
                self.lake.land(*records, name=receipt)
                if random.random() < 0.3:
                    self.lake.land(*records, name=f"{receipt} again")
            self.look()
            self.lake.run()
            self.lake.clock.tick(HOUR_MS)
        self.look()


@pytest.mark.parametrize("seed", range(2))
def test_every_event_counts_once_after_each_write_of_a_run(seed: int, tmp_path: Path) -> None:
    watched = Watched(tmp_path)

    watched.live(seed)

    assert watched.looks > 10
    assert watched.wrong == []


def test_a_reader_that_does_not_look_into_the_files_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = fresh.settle
    nothing = "SELECT NULL::UUID AS id, NULL::BIGINT AS time WHERE false"
    monkeypatch.setattr(fresh, "settle", lambda db, _known: settle(db, nothing))
    watched = Watched(tmp_path)

    watched.live(0, hours=1)

    assert watched.wrong != []
