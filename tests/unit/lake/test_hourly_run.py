"""The hourly fold: landed records become deduplicated files and numbers, however they come."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import effort, fakes
from waypost import times
from waypost.lake import hourly_run, manifests
from waypost.lake.fold import DayResult, ExistingFile, Fold, LandingFile
from waypost.lake.ports import AggregateStores
from waypost.lake.records import VERDICTS, Landed, pack
from waypost.lake.rollups import Row

NOW = 1_800_000_000_000  # 2027-01-15T08:00Z
HOUR_MS = 3_600_000
DAY, HOUR, NEXT = "2027-01-15", "2027-01-15T08", "2027-01-15T09"


def landed(id: str, receipt: str = "r1", *, n: int = 0, **fields: Any) -> Landed:
    values: dict[str, Any] = {
        "time": NOW,
        "received": NOW,
        "source": "s",
        "verdict": "stored",
        "action": "a",
        "user_id": "u1",
        "account_id": "acme",
    }
    return Landed(id=id, receipt=receipt, n=n, **(values | fields))


@dataclass
class Folding:
    """One fold over landing files, and what it makes of them."""

    folder: Path
    names: Any = field(default_factory=count)

    def __call__(self, *objects: list[Landed], **more: Any) -> DayResult:
        """Folds objects that landed in `hours`, next to files that stay; answers one day."""
        hours = more.get("hours", [HOUR] * len(objects))
        self.fold = Fold(self._path(""))
        files = [self._object(records) for records in objects]
        self.fold.place(more.get("placed", {}))
        self.fold.land([LandingFile(*pair) for pair in zip(files, hours, strict=True)])
        self.fold.decide(more.get("existing", []))
        return self.fold.result(more.get("day", DAY), more.get("rewritten", set(hours)))

    def file(self, hour: str = HOUR, kind: str = "stored", **named: Any) -> ExistingFile:
        path = self.fold.write(DAY, hour, kind, **named)
        assert path is not None
        return ExistingFile(path.rename(self._path(".parquet")), kind, DAY)

    def _object(self, records: list[Landed]) -> Path:
        path = self._path(".ndjson.zst")
        path.write_bytes(pack(records))
        return path

    def _path(self, suffix: str) -> Path:
        path = self.folder / f"{next(self.names)}{suffix}"
        if not suffix:
            path.mkdir()
        return path


@pytest.fixture
def fold(tmp_path: Path) -> Folding:
    return Folding(tmp_path)


def counts(result: DayResult) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in result.counts.values():
        total.update(one)
    return dict(total)


def test_events_become_rows_by_hour_action_account_and_user(fold: Folding) -> None:
    records = [
        landed("e1", n=0, count=3, weight=0.5),
        landed("e2", n=1, time=NOW + 1, weight=2.0),
        landed("e3", n=2, time=NOW + HOUR_MS, action=None),
        landed("e4", n=3, time=NOW - 24 * HOUR_MS),
    ]

    result = fold(records)

    assert result.rows == [
        Row(8, "a", "acme", "u1", 4, 3.5),
        Row(9, None, "acme", "u1", 1, 1.0),
    ]
    assert counts(result) == {"stored": 3}


def test_a_redelivered_arrival_is_no_duplicate(fold: Folding) -> None:
    records = [landed("e1", n=0), landed("e2", n=1)]

    result = fold(records, records[:1], records[1:], hours=[HOUR, HOUR, NEXT])

    assert counts(result) == {"stored": 2}
    assert sum(row.events for row in result.rows) == 2


def test_an_arrival_of_a_file_that_stays_is_no_duplicate_when_redelivered(fold: Folding) -> None:
    fold([landed("e1")])
    before = fold.file()

    result = fold([landed("e1")], hours=[NEXT], existing=[before])

    assert counts(result) == {}
    assert sum(row.events for row in result.rows) == 1


def test_the_first_reception_is_stored_whatever_lands_first(fold: Folding) -> None:
    early, late = landed("e1", "r1"), landed("e1", "r2", received=NOW + 1)

    result = fold([late], [early])

    assert counts(result) == {"stored": 1, "duplicate": 1}
    assert read(fold.file(), "receipt") == ["r1"]


def test_a_resend_of_what_stays_is_duplicate(fold: Folding) -> None:
    fold([landed("e1", "r2", received=NOW + 1)])
    before = fold.file()

    result = fold([landed("e1", "r1")], hours=[NEXT], existing=[before])

    assert counts(result) == {"duplicate": 1}
    assert fold.fold.write(DAY, NEXT, "stored") is None


def test_another_body_under_one_key_is_rejected(fold: Folding) -> None:
    fold([landed("e1", "r1", digest="one")])
    before = fold.file()
    others = [landed("e1", "r2", n=0, digest="one"), landed("e1", "r2", n=1, digest="two")]

    alone = fold([landed("e1", "r1", digest="one"), *others])
    later = fold(others, hours=[NEXT], existing=[before])

    assert counts(alone) == {"stored": 1, "duplicate": 1, "rejected": 1}
    assert counts(later) == {"duplicate": 1, "rejected": 1}


def test_a_conflict_that_match_found_never_takes_the_place_of_the_event(fold: Folding) -> None:
    conflict = landed("e1", "r0", received=NOW - 1, verdict="rejected", code="conflict")

    result = fold([conflict], [landed("e1", "r1")])

    assert counts(result) == {"stored": 1, "rejected": 1}


def test_rejects_count_on_the_day_of_their_reception(fold: Folding) -> None:
    reject = landed("", "r1", verdict="rejected", code="bad_date", received=NOW, time=NOW)

    assert counts(fold([reject])) == {"rejected": 1}
    assert counts(fold([reject], day="2027-01-14")) == {}


def test_unassigned_events_have_a_file_of_their_own_and_no_numbers(fold: Folding) -> None:
    result = fold([landed("e1", n=0, account_id=None), landed("e2", n=1)])

    assert counts(result) == {"stored": 1, "unassigned": 1}
    assert [row.events for row in result.rows] == [1]
    assert read(fold.file(kind="unassigned"), "id") == ["e1"]


def test_a_file_holds_its_own_day_and_hour_in_the_order_of_time(fold: Folding) -> None:
    yesterday = landed("e0", n=9, time=NOW - 24 * HOUR_MS)
    fold(
        [landed("e2", n=0, time=NOW + 1), landed("e1", n=1), yesterday],
        [landed("e3", "r2")],
        hours=[HOUR, NEXT],
    )

    assert read(fold.file(), "id") == ["e1", "e2"]
    assert read(fold.file(NEXT), "id") == ["e3"]


def test_hours_that_are_not_rewritten_only_tell_what_is_known(fold: Folding) -> None:
    fold([landed("e1")])
    before = fold.file()

    result = fold(
        [landed("e1")],
        [landed("e1", n=0), landed("e2", n=1)],
        hours=[HOUR, NEXT],
        rewritten={NEXT},
        existing=[before],
    )

    assert counts(result) == {"stored": 1}
    assert sum(row.events for row in result.rows) == 2


def test_no_two_runs_write_the_same_bytes(fold: Folding) -> None:
    fold([landed("e1")])

    written = [fold.file(run=run).path.read_bytes() for run in ("run1", "run1", "it's")]

    assert written[0] == written[1] != written[2]


def test_a_file_without_rows_is_written_only_where_it_is_asked_for(fold: Folding) -> None:
    fold([landed("e1")])

    left_out = fold.fold.write(DAY, HOUR, "unassigned")

    assert left_out is None
    assert read(fold.file(kind="unassigned", even_empty=True), "id") == []


@pytest.mark.parametrize("text", ["\0", "\u202e😀", "'; DROP TABLE landed", '"\\\n', "", "x" * 512])
def test_any_text_comes_through(fold: Folding, text: str) -> None:
    result = fold([landed("e1", action=text, user_id=text, properties={text: [text, {}]})])

    assert [(row.action, row.user) for row in result.rows] == [(text, text)]


def read(file: ExistingFile, column: str) -> list[Any]:
    query = f"SELECT {column} FROM read_parquet($1)"
    with duckdb.connect() as db:
        return [value for (value,) in db.execute(query, [str(file.path)]).fetchall()]


# Whole runs, against an oracle in plain Python.

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
        found: Counter[str | None] = Counter()
        for manifest in standing:
            for row in self.metrics.cube("t1", manifest):
                assert manifest.day == times.day(NOW - int((row.action or "")[1:]) % 3 * 86_400_000)
                found[row.action] += row.events
        return dict(found), manifests.ledger_totals(standing, [])

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
