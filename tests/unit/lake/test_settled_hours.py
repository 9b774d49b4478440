"""A day that gets late events for ever: its manifest stays small, and no event is lost or doubled.

Landing objects are removed after 30 days, as the bucket does it.
"""

from collections.abc import Callable

import pytest

from tests import fakes
from tests.unit.lake.folding import NOW, landed
from waypost import times
from waypost.lake import hourly_run, manifests
from waypost.lake.manifests import EARLIER
from waypost.lake.ports import AggregateStores
from waypost.times import DAY_MS, HOUR_MS

Advance = Callable[[str, str, frozenset[bytes]], None]


class Dated:
    """Senders whose clocks stand still: every event is of one day, whenever it comes."""

    def __init__(self) -> None:
        self.lake, self.metrics = fakes.FakeLake(), fakes.FakeMetrics()
        self.clock, self.received = fakes.FixedClock(NOW), 0

    def land(self) -> None:
        self.received += 1
        name = f"e{self.received}"
        record = landed(name, name, received=self.clock.now, time=NOW, account_id="acme")
        self.lake.put_landing("t1", [record], self.clock.now, [name], {"stored": 1})

    def expire(self) -> None:
        oldest = f"landing/t1/{times.hour(self.clock.now - 30 * DAY_MS)}"
        gone = [key for key in self.lake.objects if key.startswith("landing/") and key < oldest]
        for key in gone:
            del self.lake.objects[key]

    def run(self) -> None:
        stores = AggregateStores(self.lake, self.metrics, fakes.FakeDirectory(), fakes.FakeRows())
        hourly_run.run("t1", stores=stores, clock=self.clock, name="run")

    def hours(self) -> list[str]:
        (manifest,) = self.metrics.manifests("t1")
        return sorted(manifest.counts)

    def counted(self) -> tuple[int, int]:
        """How many events the manifest tells, and how many the published numbers hold."""
        (manifest,) = self.metrics.manifests("t1")
        totals = manifests.ledger_totals([manifest], [])
        return totals["stored"], sum(row.events for row in self.metrics.cube("t1", manifest))


def test_hours_that_nobody_can_do_again_are_one_entry() -> None:
    dated = Dated()
    for _ in range(10):
        dated.land()
        dated.expire()
        dated.run()
        dated.clock.tick(12 * DAY_MS)

    assert dated.counted() == (10, 10)
    assert dated.hours()[0] == EARLIER
    assert len(dated.hours()) <= 1 + 40 // 12 + 1


def test_an_hour_whose_objects_may_still_be_there_keeps_its_own_entry() -> None:
    dated = Dated()
    dated.land()
    dated.run()
    first = times.hour(dated.clock.now)
    dated.clock.tick(39 * DAY_MS)
    dated.land()
    dated.run()

    assert dated.hours() == [first, times.hour(dated.clock.now)]


def test_a_claim_whose_landing_objects_are_gone_does_not_hold_its_day_for_ever() -> None:
    dated = Dated()
    dated.land()
    dated.run()
    (manifest,) = dated.metrics.manifests("t1")
    # A run dies in the middle of this hour, and none comes for five weeks.
    dated.metrics.claim("t1", manifest, "dead", {times.hour(dated.clock.now)})
    dated.clock.tick(35 * DAY_MS)
    dated.expire()
    dated.land()
    dated.run()

    assert dated.counted() == (2, 2)


def test_an_hour_that_was_never_read_to_its_end_is_not_counted_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dated = Dated()
    dated.land()
    dated.run()
    advance: Advance = dated.metrics.put_watermark
    dated.clock.tick(HOUR_MS)
    dated.land()
    # For two months every run dies before it marks as read what it has published. Where nothing
    # removes landing objects, as on the local default, the same hours come again and again.
    monkeypatch.setattr(dated.metrics, "put_watermark", lambda *_: None)
    for _ in range(3):
        dated.run()
        dated.clock.tick(20 * DAY_MS)
        dated.land()
    monkeypatch.setattr(dated.metrics, "put_watermark", advance)
    dated.run()
    dated.run()

    assert dated.counted() == (5, 5)
