"""When everybody was first and last active: out of the activity that is published, whatever came
between the runs.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from tests import effort
from tests.fakes import FakeLake, FixedClock, MemoryTable
from tests.faults.killers import Crash, Killer, Mortal, every_point
from tests.unit.lake.folding import NOW, TENANT, Types
from waypost.lake import heads, months, seen, sql, tables, views
from waypost.lake.commit import DEAD_MS
from waypost.lake.months import File
from waypost.lake.ports import FoldStores
from waypost.storage.manifests_table import DynamoManifests

FIRST = date(2026, 11, 20)
_COLUMNS = ", ".join(map(sql.named, tables.HEAD["seen"]))
Row = tuple[date, str | None, str | None, int, float, int, int, int]


@dataclass
class Activity:
    """Published activity: whole days, written anew at any time, and the runs over it."""

    folder: Path
    days: dict[date, list[Row]] = field(default_factory=dict)
    lake: FakeLake = field(default_factory=FakeLake)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    runs: int = 0

    def __post_init__(self) -> None:
        self.manifests = DynamoManifests(MemoryTable())  # type: ignore[arg-type]

    def publish(self, days: dict[date, list[Row]]) -> None:
        """One file for these days of one month; what other files hold of them is theirs no more."""
        self.runs += 1
        first, last = min(days), max(days)
        key, path = f"activity/{self.runs}", self.folder / "made"
        with duckdb.connect() as db:
            tables.create(db, "activity")
            for row in (row for rows in days.values() for row in rows):
                names = 'day, user_id, company_id, events, weight, "first", "last", "rows"'
                db.execute(f"INSERT INTO activity ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            db.execute(f"COPY activity TO '{path}' (FORMAT parquet)")
        but = tuple({*months.span(str(first), str(last))} - {*map(str, days)})
        file = File(key, 1, self.lake.put_file(key, path), str(first), str(last), but)
        month = self.manifests.months_of(TENANT, [f"{first:%Y-%m}"])[f"{first:%Y-%m}"]
        written = {str(day) for day in days}
        before = month.files.get("activity", ())
        month.files["activity"] = months.replace(before, written, [file])
        month.version += 1
        assert self.manifests.put_month(TENANT, month)
        self.days |= days

    def run(self, killer: Killer | None = None) -> bool:
        self.runs += 1
        mortal = killer or Killer()
        stores = FoldStores(
            Mortal(self.lake, mortal), Mortal(self.manifests, mortal), Types({}), self.clock
        )
        folder = self.folder / str(self.runs)
        folder.mkdir()
        run = f"{self.clock():015d}-{self.runs}"
        return seen.fold_seen(TENANT, stores=stores, folder=folder, run=run)

    def rows(self) -> list[Any]:
        head = self.manifests.head(TENANT)
        if "seen" not in head.files:
            return []
        path = self.lake.fetch(head.files["seen"].key, self.folder / "fetched")
        with duckdb.connect() as db:
            return db.execute(f"SELECT {_COLUMNS} FROM read_parquet('{path}')").fetchall()

    def recount(self) -> list[Any]:
        whole: dict[tuple[str | None, str | None], list[Row]] = {}
        for row in (row for rows in self.days.values() for row in rows):
            whole.setdefault((row[1], row[2]), []).append(row)
        return [
            (
                *key,
                min(row[5] for row in rows),
                max(row[6] for row in rows),
                *(sum(row[n] for row in rows) for n in (3, 4, 7)),  # type: ignore[misc]
            )
            for key, rows in sorted(whole.items(), key=_nulls_last)
        ]

    def stale(self) -> set[str]:
        """Files of `seen` that are nobody's."""
        standing = {file.key for file in self.manifests.head(TENANT).files.values()}
        return {key for key in self.lake.objects if key.startswith("seen/")} - standing


def _nulls_last(item: Any) -> Any:
    return [(value is None, value or "") for value in item[0]]


def some_days(random: Random) -> dict[date, list[Row]]:
    """Days of one month, some of them within a file that others span."""
    offset = random.choice([0, 0, 11])
    days = {FIRST + timedelta(offset + random.randrange(8)) for _ in range(random.randrange(1, 4))}
    return {day: [_row(random, day) for _ in range(random.randrange(4))] for day in days}


def _row(random: Random, day: date) -> Row:
    first, last = random.randrange(100), random.randrange(100, 200)
    user, company = random.choice(["ann", "bob", None]), random.choice(["acme", "bolt", None])
    return (day, user, company, random.randrange(9), random.randrange(9) / 2, first, last, 1)


@pytest.mark.parametrize("seed", range(effort.times(2, 8, 300)))
def test_whatever_is_published_in_between_seen_is_a_recount(seed: int, tmp_path: Path) -> None:
    random, activity = Random(seed), Activity(tmp_path)
    for _ in range(6):
        activity.publish(some_days(random))
        if random.random() < 0.5:
            assert activity.run()
            assert activity.rows() == activity.recount()
    activity.run()

    assert activity.rows() == activity.recount()
    assert activity.stale() == set()


def test_the_recount_catches_a_day_that_is_counted_in_a_file_that_lost_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "days_of", lambda *_: "")
    activity = Activity(tmp_path)
    ann = (FIRST, "ann", "acme", 1, 1.0, 5, 6, 1)
    activity.publish({FIRST: [ann], FIRST + timedelta(1): []})
    activity.publish({FIRST: [ann]})

    activity.run()

    assert activity.rows() != activity.recount()


def test_without_new_activity_nothing_is_written(tmp_path: Path) -> None:
    activity = Activity(tmp_path)
    activity.publish(some_days(Random(1)))
    activity.run()
    head = activity.manifests.head(TENANT)

    calls = Killer()
    activity.run(calls)

    assert activity.manifests.head(TENANT) == head
    assert calls.calls == 2  # the head and the months


def test_people_that_are_published_in_between_stay(tmp_path: Path) -> None:
    activity = Activity(tmp_path)
    activity.publish(some_days(Random(1)))
    head = activity.manifests.head(TENANT)
    head.version, head.files = 1, {"who": File("who/1", 1, 1)}
    activity.manifests.put_head(TENANT, head)

    activity.run()

    assert set(activity.manifests.head(TENANT).files) == {"seen", "seen_before", "who"}


def test_a_run_may_die_anywhere(tmp_path: Path) -> None:
    def begun(name: str) -> Activity:
        folder = tmp_path / name
        folder.mkdir()
        activity = Activity(folder)
        activity.publish(some_days(Random(1)))
        activity.run()
        activity.publish(some_days(Random(2)))
        return activity

    for killer in effort.every(3, every_point(begun("count").run)):
        activity = begun(f"{killer.when}{killer.at}")
        with pytest.raises(Crash):
            activity.run(killer)
        activity.run()
        assert activity.rows() == activity.recount(), killer
        # What a dead run left, the runs of the next hour delete.
        for _ in range(2):
            activity.clock.tick(DEAD_MS)
            activity.run()
        assert activity.stale() == set(), killer


def test_a_run_that_always_loses_says_so(tmp_path: Path) -> None:
    activity = Activity(tmp_path)
    activity.publish(some_days(Random(1)))
    put_file = activity.lake.put_file

    def put(key: str, path: Path) -> int:
        head = activity.manifests.head(TENANT)
        heads.claim(TENANT, head, f"{NOW:015d}-other", manifests=activity.manifests)
        return put_file(key, path)

    activity.lake.put_file = put  # type: ignore[method-assign]

    assert not activity.run()
    assert activity.rows() == []


def test_an_hour_does_not_read_the_months_that_have_settled(tmp_path: Path) -> None:
    activity = Activity(tmp_path)
    old, new = date(2026, 11, 20), date(2027, 1, 10)
    activity.publish({old: [(old, "u1", None, 1, 1.0, 5, 5, 1)]})
    activity.publish({new: [(new, "u1", None, 2, 2.0, 9, 9, 2)]})
    assert activity.run()
    read: list[str] = []
    fetch = activity.lake.fetch
    activity.lake.fetch = lambda key, path: read.append(key) or fetch(key, path)  # type: ignore

    activity.publish({new: [(new, "u1", None, 3, 3.0, 9, 9, 3)]})
    assert activity.run()

    assert sorted(key.split("/")[0] for key in read) == ["activity", "seen_before"]
    assert activity.rows() == [("u1", None, 5, 9, 4, 4.0, 4)]


def test_a_late_event_of_a_month_that_has_settled_is_seen(tmp_path: Path) -> None:
    activity = Activity(tmp_path)
    old = date(2026, 11, 20)
    activity.publish({old: [(old, "u1", None, 1, 1.0, 5, 5, 1)]})
    assert activity.run()

    activity.publish({old: [(old, "u1", None, 2, 2.0, 4, 5, 2)]})
    assert activity.run()

    assert activity.rows() == [("u1", None, 4, 5, 2, 2.0, 2)]
