"""Whole hourly runs, against an oracle in plain Python."""

from collections import Counter
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import effort, fakes
from tests.unit.lake.folding import NOW, landed
from waypost import times
from waypost.lake import hourly_run, manifests
from waypost.lake.ports import AggregateStores
from waypost.lake.records import VERDICTS, Landed
from waypost.times import DAY_MS, HOUR_MS

EVENTS, UNASSIGNED, REJECT = range(6), 5, 6
_step = st.tuples(
    st.sampled_from([0, 0, 1, 1, 4]),
    st.lists(st.tuples(st.sampled_from([*EVENTS, REJECT]), st.integers(-9, 9)), max_size=4),
    st.lists(st.integers(0, 30), max_size=2),
    st.booleans(),
)


class Receptions:
    """What landed so far, hour by hour: new arrivals, and some of the last ones again."""

    def __init__(self) -> None:
        self.lake, self.metrics = fakes.FakeLake(), fakes.FakeMetrics()
        self.clock = fakes.FixedClock(NOW)
        self.arrived: list[tuple[int, int, Landed]] = []
        self._objects = count()

    def land(self, kinds: list[tuple[int, int]], again: list[int]) -> None:
        hour = self.clock.now // HOUR_MS
        recent = [record for at, _, record in self.arrived if at >= hour - 1]
        records = [recent[pick % len(recent)] for pick in again if recent]
        for kind, earlier in kinds:
            record = self._arrival(kind, self.clock.now - earlier)
            self.arrived.append((hour, kind, record))
            records.append(record)
        if records:
            name = f"m{next(self._objects)}"
            self.lake.put_landing("t1", records, self.clock.now, [name], {})

    def _arrival(self, kind: int, received: int) -> Landed:
        receipt, n = f"r{len(self.arrived):03d}", len(self.arrived)
        if kind == REJECT:
            return landed(
                "", receipt, n=n, received=received, time=received, verdict="rejected", code="bad"
            )
        time, account = NOW - kind % 3 * 24 * HOUR_MS, None if kind == UNASSIGNED else "acme"
        return landed(
            f"e{kind}",
            receipt,
            n=n,
            received=received,
            time=time,
            account_id=account,
            action=f"a{kind}",
            count=kind + 1,
        )

    def run(self) -> None:
        stores = AggregateStores(self.lake, self.metrics, fakes.FakeDirectory(), fakes.FakeRows())
        report = hourly_run.run("t1", stores=stores, clock=self.clock, name="run")
        assert report.complete

    def numbers(self) -> tuple[dict[str | None, int], dict[str, int]]:
        standing = self.metrics.manifests("t1")
        events: Counter[str | None] = Counter()
        for manifest in standing:
            for row in self.metrics.cube("t1", manifest):
                assert manifest.day == times.day(NOW - int((row.action or "")[1:]) % 3 * DAY_MS)
                events[row.action] += row.events
        return dict(events), manifests.ledger_totals(standing, [])

    def oracle(self) -> tuple[dict[str | None, int], dict[str, int]]:
        kinds = Counter(kind for _, kind, _ in self.arrived)
        stored = [kind for kind in kinds if kind not in (UNASSIGNED, REJECT)]
        totals = dict.fromkeys(("received", *VERDICTS), 0)
        totals["received"], totals["stored"] = kinds.total(), len(stored)
        totals["rejected"], totals["unassigned"] = kinds[REJECT], int(kinds[UNASSIGNED] > 0)
        totals["duplicate"] = totals["received"] - sum(list(totals.values())[1:])
        return {f"a{kind}": kind + 1 for kind in stored}, totals


@settings(max_examples=effort.times(2, 15, 200), suppress_health_check=list(HealthCheck))
@given(st.lists(_step, min_size=1, max_size=6))
def test_runs_in_any_rhythm_end_as_one_recount(steps: list[Any]) -> None:
    world = Receptions()
    for hours, kinds, again, run in steps:
        world.clock.tick(hours * HOUR_MS)
        world.land(kinds, again)
        if run:
            world.run()
    world.run()
    recounted = Receptions()
    recounted.clock, recounted.arrived = world.clock, world.arrived
    recounted.lake.objects = {
        key: data for key, data in world.lake.objects.items() if key.startswith("landing/")
    }
    recounted.run()

    assert world.numbers() == world.oracle()
    assert recounted.numbers() == world.oracle()
