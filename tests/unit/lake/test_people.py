"""Who everybody is now, however changes came: against a recount in plain Python."""

from itertools import pairwise
from pathlib import Path
from random import Random

import duckdb
import pytest

from tests import effort
from tests.unit.lake.histories import People, history, recount
from waypost.lake import chains, changes, people, sql
from waypost.lake.people import REMEMBERED_MS
from waypost.lake.records import Changed, changed
from waypost.lake.tables import ORDER
from waypost.profiles.directory import Account, User


def query(sql: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect().execute(sql)


def landed(random: Random) -> list[list[Changed]]:
    """A history in objects that overlap and come in any order."""
    lines = history(random, random.randrange(1, 40))
    objects = [random.sample(lines, random.randrange(1, 6) % len(lines) + 1) for _ in range(4)]
    objects += [[line] for line in lines]
    random.shuffle(objects)
    return objects


def problems(seed: int, folder: Path) -> list[str]:
    """Where files, or what is laid over them, differ from the recount; run after run."""
    random = Random(seed)
    objects, now, wrong = landed(random), People(folder), []
    all_of_it = recount(line for lines in objects for line in lines)
    folded = 0
    while folded < len(objects):
        some = random.randrange(1, 30)
        now.fold(objects[folded : folded + some])
        folded += some
        if now.rows() != recount(line for lines in objects[:folded] for line in lines):
            wrong.append(f"files after {folded}")
        # One that was folded comes again, too.
        if now.rows([*objects[folded:], objects[0]]) != all_of_it:
            wrong.append(f"laid over {folded}")
    return wrong


@pytest.mark.parametrize("seed", range(effort.times(2, 15, 600)))
def test_changes_in_any_order_end_as_one_recount(seed: int, tmp_path: Path) -> None:
    assert problems(seed, tmp_path) == []


def seen(tmp_path: Path) -> bool:
    for seed in range(40):
        folder = tmp_path / str(seed)
        folder.mkdir()
        if problems(seed, folder):
            return True
    return False


def test_the_recount_catches_that_the_last_to_come_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_arrival = changes._NEWEST.replace("(created, version, gone IS NOT NULL)", "rowid")
    monkeypatch.setattr(changes, "_NEWEST", by_arrival)

    assert seen(tmp_path)


def test_the_recount_catches_that_an_old_change_beats_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_NEWEST", changes._NEWEST.split("ANTI JOIN")[0])

    assert seen(tmp_path)


def test_the_recount_catches_that_who_is_gone_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "REMEMBERED_MS", 0)

    assert seen(tmp_path)


def test_the_recount_catches_a_chain_that_is_followed_one_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "_under_way", lambda _: 0)

    assert seen(tmp_path)


def test_texts_of_any_kind_stay_as_they_were_given(tmp_path: Path) -> None:
    odd = "null\x00'\"\u2028\U0001f600"
    traits = {"a": 10**30, odd: odd, "n": [1.5, {"x": None}]}
    lines = [changed(User(odd, name=odd, traits=traits, account_id=odd)), changed(Account(odd))]
    lines += [changed(User("ann", merged_into=odd)), changed(Account("", name=""))]
    now = People(tmp_path)

    now.fold([lines[:1]])

    assert now.rows() == recount(lines[:1])
    assert now.rows([lines[1:]]) == recount(lines)


def test_rows_lie_in_the_order_of_their_table(tmp_path: Path) -> None:
    now = People(tmp_path)

    now.fold([[changed(User(f"u{n}")), changed(Account(f"a{n}"))] for n in (2, 3, 1)])

    for table, order in ORDER.items():
        if table in now.base:
            (column,) = order.split(", ")
            rows = query(f"SELECT {column} FROM {sql.parquet(now.base[table])}").fetchall()
            assert [id[1:] for (id,) in rows] == ["1", "2", "3"]


def test_where_nothing_changes_no_file_is_written(tmp_path: Path) -> None:
    ann, acme = changed(User("ann", created=1, version=3)), changed(Account("acme"))
    now = People(tmp_path)
    now.fold([[ann, acme]])
    before = dict(now.base)

    now.fold([[ann, changed(User("ann", created=1, version=2)), acme]])
    assert now.base == before

    now.fold([[changed(Account("bolt"))]])
    assert now.base["users"] == before["users"]
    assert now.base["alias"] != before["alias"]


def test_of_a_removed_user_the_file_keeps_that_it_was(tmp_path: Path) -> None:
    ann = User("ann", created=1, email="ann@acme.com", name="Ann", traits={"age": 40})
    now = People(tmp_path)
    now.fold([[changed(ann), changed(User("bob", merged_into="ann"))]], now=5)

    now.fold([[changed(ann, gone=True)]], now=7)

    file = query(f"FROM {sql.parquet(now.base['users'])} WHERE id = 'ann'")
    names = [name for name, *_ in file.description or ()]
    values = dict(zip(names, file.fetchall()[0], strict=True))
    kept = {name: value for name, value in values.items() if value is not None}
    assert kept == {"id": "ann", "created": 1, "version": 1, "gone": 7}
    assert now.rows()["who"] == [("bob", "ann", None)]


def test_a_removed_user_is_forgotten_when_older_changes_are_too(tmp_path: Path) -> None:
    ann, bob = User("ann", created=1), changed(User("bob"))
    now = People(tmp_path)
    now.fold([[changed(ann), changed(ann, gone=True)]], now=7)

    now.fold([[bob]], now=6 + REMEMBERED_MS)
    assert ids_in(now.base["users"]) == ids_in(now.base["who"]) == ["ann", "bob"]

    now.fold([[changed(User("cat"))]], now=7 + REMEMBERED_MS)
    assert ids_in(now.base["users"]) == ids_in(now.base["who"]) == ["bob", "cat"]


def ids_in(path: Path) -> list[str]:
    return [row[0] for row in query(f"FROM {sql.parquet(path)}").fetchall()]


@pytest.mark.parametrize("length", [1, 2, 8, 9, 200])
def test_a_chain_of_any_length_ends(length: int, tmp_path: Path) -> None:
    ids = [f"u{n:03d}" for n in range(length)]
    chain = [User(id, merged_into=onward) for id, onward in pairwise(ids)]
    now = People(tmp_path)

    now.fold([[*map(changed, chain), changed(User(ids[-1], account_id="acme"))]])

    assert now.rows()["who"] == [(id, ids[-1], "acme") for id in ids]


@pytest.mark.parametrize("tail", [0, 1, 5, 40])
@pytest.mark.parametrize("length", [1, 2, 3, 8, 100])
def test_a_round_of_any_length_ends_at_its_least_id(length: int, tail: int, tmp_path: Path) -> None:
    ids = [f"u{n:03d}" for n in range(tail + length)]
    onward = [*ids[1:], ids[tail]]
    users = [User(a, merged_into=b, account_id=f"of {a}") for a, b in zip(ids, onward, strict=True)]
    now = People(tmp_path)

    now.fold([[*map(changed, users)]])

    assert now.rows()["who"] == [(id, ids[tail], f"of {ids[tail]}") for id in ids]
