"""Fresh people: what was written a moment ago is who somebody is in the next answer."""

from pathlib import Path
from random import Random
from typing import Any

import duckdb
import msgspec
import pytest

from tests.unit.lake import histories
from tests.unit.lake.lakes import NOW, TENANT, Lake
from waypost import times
from waypost.lake import changes, fetching, people, standing
from waypost.lake.months import File
from waypost.lake.plans import Plan
from waypost.lake.records import Changed, changed
from waypost.profiles.directory import Account, User
from waypost.times import HOUR_MS

COLUMNS = {table: tuple(names.split(", ")) for table, names in histories.COLUMNS.items()}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.fixture(params=[False, True], ids=["whole", "sparse"])
def sparse(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param:
        monkeypatch.setattr(fetching, "BIG", 0)


@pytest.mark.usefixtures("sparse")
@pytest.mark.parametrize("seed", range(8))
def test_who_everybody_is_equals_a_recount_wherever_the_changes_are(lake: Lake, seed: int) -> None:
    random = Random(seed)
    lines = histories.history(random, 60)
    folded = random.randrange(len(lines))
    if folded:
        fold(lake, lines[:folded])
    land(lake, lines[folded:])

    expected = histories.recount(lines)
    for table, asked in COLUMNS.items():
        with lake.reader().open(TENANT, Plan({table: asked})) as opened:
            assert sorted(opened.rows(f"FROM {table}"), key=str) == sorted(
                expected[table], key=str
            ), table


def test_people_without_files_are_those_that_landed(lake: Lake) -> None:
    land(lake, [changed(User("u1", version=1, account_id="acme"))])

    with lake.reader().open(TENANT, Plan({"who": None, "alias": None})) as opened:
        assert opened.rows("FROM who") == [("u1", "u1", "acme")]
        assert opened.rows("FROM alias") == []
        assert (opened.provisional, opened.complete_until) == (True, NOW)


def test_what_a_run_has_read_is_not_laid_over_again(lake: Lake) -> None:
    lines = [changed(User("u1", version=1, account_id="acme"))]
    fold(lake, lines)
    (key,) = land(lake, lines)
    lake.metrics.put_mark(TENANT, times.hour(NOW - HOUR_MS), frozenset([lake.name(key)]), "changes")

    with lake.reader().open(TENANT, Plan({"who": None})) as opened:
        assert opened.rows("FROM who") == [("u1", "u1", "acme")]
        assert (opened.provisional, opened.cost.gets) == (False, 1)


@pytest.mark.usefixtures("sparse")
def test_a_user_is_asked_for_by_id_with_changes_and_without(lake: Lake) -> None:
    users = [User(f"u{number}", version=1, name=f"n{number}") for number in range(50)]
    fold(lake, [changed(user) for user in users])
    plan = Plan({"users": ("id", "name")}, equal={"users": ("id", ("u7",))})
    asked = "SELECT name FROM users WHERE id = 'u7'"

    before = ask(lake, plan, asked)
    land(lake, [changed(msgspec.structs.replace(users[7], version=2, name="new"))])

    assert (before, ask(lake, plan, asked)) == ([("n7",)], [("new",)])


def test_too_many_changes_leave_the_oldest_out_and_the_answer_says_so(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "OBJECTS", 1)
    land(lake, [changed(Account("acme", version=1))])
    lake.clock.tick(HOUR_MS)
    land(lake, [changed(Account("bolt", version=1))])

    with lake.reader().open(TENANT, Plan({"alias": None})) as opened:
        assert opened.rows("FROM alias") == [("bolt", "bolt")]
        assert opened.complete_until == NOW - NOW % HOUR_MS


def land(lake: Lake, lines: list[Changed]) -> set[str]:
    before = set(lake.lake.objects)
    lake.lake.put_changes(TENANT, lines, lake.clock.now)
    return lake.lake.objects.keys() - before


def fold(lake: Lake, lines: list[Changed]) -> None:
    """What a run makes of some changes, published."""
    path = lake.folder / "changes"
    (key,) = land(lake, lines)
    path.write_bytes(lake.lake.objects.pop(key))
    with duckdb.connect() as db:
        changes.start(db)
        changes.read(db, [path], NOW)
        written = people.fold(db, {}, lake.folder, NOW)
    head = lake.metrics.head(TENANT)
    for table, made in written.items():
        key = f"{table}/tenant_id={TENANT}/run.parquet"
        lake.lake.objects[key] = made.path.read_bytes()
        head.files[table] = File(key, made.rows, made.path.stat().st_size)
    head.version += 1
    assert lake.metrics.put_head(TENANT, head)


def ask(lake: Lake, plan: Plan, sql: str) -> list[tuple[Any, ...]]:
    with lake.reader().open(TENANT, plan) as opened:
        return opened.rows(sql)
