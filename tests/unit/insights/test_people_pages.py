"""Pages of accounts and users are those that a plain recount of everybody gives."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeReader
from tests.unit.insights.people_world import FileReader, Row, World, random_world
from waypost.errors import BadCursor
from waypost.insights import people_pages, whose
from waypost.insights.people_pages import Asked
from waypost.lake.reader import Opened

T = "t-1"
NAMES = ("first", "last", "events", "weight")
ORDERS = ("id", "quiet", "events")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """With an account and users who were never active, and one that `who` does not know yet."""
    folder = tmp_path_factory.mktemp("tables")
    world = random_world(11, folder)
    world.persons |= {"cold": "cold", "colder": "colder"}
    world.homes |= {"cold": None, "colder": "c2"}
    accounts = [*set(world.companies.values()), "never"]
    people: dict[str, list[Row]] = {
        "accounts": [{"id": id, "created": 5, "traits": "{}"} for id in accounts],
        "users": [
            {"id": user, "created": 7, "merged_into": person if person != user else None}
            for user, person in [*world.persons.items(), ("u22", "u22")]
        ],
        "who": [
            {"user_id": user, "person": person, "account": world.homes[user]}
            for user, person in world.persons.items()
        ],
    }
    world.reader = FileReader(folder, **world.reader.tables | people)
    return world


def activity(world: World, side: Any) -> dict[str | None, tuple[Any, ...]]:
    """First, last, events and weight of everybody who was active."""
    events = defaultdict(list)
    for event in world.events:
        if event["kind"] is None:
            events[side(event)].append(event)
    return {
        id: (
            min(event["time"] for event in mine),
            max(event["time"] for event in mine),
            sum(event["count"] for event in mine),
            round(sum(event["count"] * event["weight"] for event in mine), 6),
        )
        for id, mine in events.items()
    }


def rank(order: str, created: int, active: tuple[Any, ...] | None) -> int:
    if order == "id":
        return 0
    if order == "events":
        return -active[2] if active else 0
    silent_since: int = active[1] if active else created
    return silent_since if order == "quiet" else -silent_since


def walk(ask: Any, limit: int) -> list[Row]:
    rows, page = [], ask(None, limit)
    while True:
        assert len(page.rows) == limit or page.following is None
        rows += page.rows
        assert len(rows) < 100, "pages go round in circles"
        if page.following is None:
            return rows
        page = ask(page.following, limit)


def shown(rows: list[Row]) -> list[tuple[Any, ...]]:
    return [(row["id"], *(row[name] for name in NAMES)) for row in rows]


def expected(order: str, everybody: dict[str, int], active: dict[Any, Any]) -> list[Any]:
    listed = sorted(everybody, key=lambda id: (rank(order, everybody[id], active.get(id)), id))
    return [(id, *active.get(id, (None,) * 4)) for id in listed]


@pytest.mark.parametrize("order", ORDERS)
def test_pages_of_accounts_hold_everybody_once_in_order_and_exactly(
    world: World, order: Any
) -> None:
    rows = walk(
        lambda at, limit: people_pages.accounts(T, world.reader, order, Asked(at, limit)), 2
    )

    everybody = dict.fromkeys([*world.companies.values(), "never"], 5)
    assert shown(rows) == expected(order, everybody, activity(world, world.account))


@pytest.mark.parametrize("order", ORDERS)
def test_pages_of_users_hold_each_person_once_in_order_and_exactly(
    world: World, order: Any
) -> None:
    rows = walk(lambda at, limit: people_pages.users(T, world.reader, order, Asked(at, limit)), 3)

    everybody = dict.fromkeys({*world.persons.values(), "u22"}, 7)
    assert shown(rows) == expected(order, everybody, activity(world, world.person))


def test_who_waits_is_listed_by_its_latest_activity(world: World) -> None:
    rows = walk(lambda at, limit: people_pages.waiting(T, world.reader, Asked(at, limit)), 2)

    waiting = {user: 7 for user in set(world.persons.values()) if world.homes[user] is None}
    waiting["u22"] = 7
    assert {"cold", "u22"} < waiting.keys()
    assert shown(rows) == expected("latest", waiting, activity(world, world.person))


def test_one_account_and_one_user_are_as_active_as_in_the_list(world: World) -> None:
    by_account, by_user = activity(world, world.account), activity(world, world.person)

    for account in (*world.companies.values(), "never"):
        row = people_pages.of_account(T, world.reader, account)
        assert tuple(row.values()) == by_account.get(account, (None,) * 4)
    assert (
        tuple(people_pages.of_user(T, world.reader, ["u2", "u3", "u4"]).values()) == by_user["u2"]
    )
    assert people_pages.of_user(T, world.reader, []) == dict.fromkeys(NAMES)


def test_a_user_is_looked_for_where_its_rows_lie(world: World) -> None:
    people_pages.of_user(T, world.reader, ["u2"])

    _, plan = world.reader.plans[-1]
    assert plan.equal == {"seen": ("user_id", ("u2",))}
    assert set(plan.tables) == {"seen"}


def test_a_join_that_loses_whom_nobody_knows_yet_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = whose.resolved
    monkeypatch.setattr(
        whose, "resolved", lambda *given: whole(*given).replace("LEFT JOIN", "JOIN")
    )

    page = people_pages.accounts(T, world.reader, "events", Asked(None, 100))

    everybody = dict.fromkeys([*world.companies.values(), "never"], 5)
    assert shown(page.rows) != expected("events", everybody, activity(world, world.account))


def test_the_part_without_an_account_is_counted(world: World) -> None:
    events = [event for event in world.events if event["kind"] is None]

    count = whose.unassigned(T, world.reader)

    assert count == sum(world.account(event) is None for event in events) > 0


_MANY = {
    "seen": "SELECT 'u' || n AS user_id, NULL::VARCHAR AS company_id, n AS first, n AS last, "
    "1 AS events, 1 AS weight FROM range(1000000) AS t(n)",
    "who": "SELECT 'u' || n AS user_id, 'u' || n AS person, 'a' || n % 1000 AS account "
    "FROM range(1000000) AS t(n)",
    "accounts": "SELECT 'a' || n AS id, 1 AS created, '{}' AS traits, 'A' AS name "
    "FROM range(1000) AS t(n)",
    "alias": "SELECT 'a' || n AS company_id, 'a' || n AS account FROM range(1000) AS t(n)",
}


class ManyReader(FakeReader):
    """A million users of a thousand accounts."""

    def fill(self, db: Any, table: str, _asked: tuple[str, ...]) -> None:
        db.execute(f"CREATE VIEW rows_of_{table} AS {_MANY[table]}")


@pytest.mark.parametrize("order", ORDERS)
def test_a_page_of_accounts_with_a_million_users_fetches_its_own_rows_alone(
    order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[int] = []
    rows = Opened.rows

    def counted(*asked: Any) -> list[tuple[Any, ...]]:
        answer = rows(*asked)
        fetched.append(len(answer))
        return answer

    monkeypatch.setattr(Opened, "rows", counted)

    page = people_pages.accounts(T, ManyReader(), order, Asked(None, 10))

    assert [row["events"] for row in page.rows] == [1000] * 10
    assert fetched == [10]


def test_a_page_of_large_records_ends_early_and_goes_on_behind_its_last() -> None:
    traits = [json.dumps({"all": "x" * size}) for size in (5_000_000, 1_500_000, 1_500_000, 9)]
    accounts = [{"id": f"a{n}", "created": 0, "traits": text} for n, text in enumerate(traits)]
    reader = FakeReader(accounts=accounts)

    pages = [people_pages.accounts(T, reader, "id", Asked(None, 10))]
    while pages[-1].following:
        pages.append(people_pages.accounts(T, reader, "id", Asked(pages[-1].following, 10)))

    assert [[row["id"] for row in page.rows] for page in pages] == [["a0"], ["a1", "a2", "a3"]]


@pytest.mark.parametrize("cursor", ["a", "x:a", "1:", "1" * 19 + ":a", "1:\ud800", "٣:a"])
def test_a_cursor_that_no_page_gave_out_is_refused(cursor: str) -> None:
    for ask in (people_pages.accounts, people_pages.users):
        with pytest.raises(BadCursor):
            ask(T, FakeReader(), "quiet", Asked(cursor, 5))
    with pytest.raises(BadCursor):
        people_pages.waiting(T, FakeReader(), Asked(cursor, 5))


def test_whoever_is_active_between_two_pages_moves_no_other(tmp_path: Path) -> None:
    accounts = [{"id": id, "created": n} for n, id in enumerate("abcd")]
    before = people_pages.accounts(T, FakeReader(accounts=accounts), "quiet", Asked(None, 2))
    alias = [{"company_id": "a", "account": "a"}]
    seen = [{"user_id": "u", "company_id": "a", "first": 9, "last": 9, "events": 1, "rows": 1}]
    active = FakeReader(accounts=accounts, alias=alias, seen=seen)

    after = people_pages.accounts(T, active, "quiet", Asked(before.following, 2))

    assert [row["id"] for page in (before, after) for row in page.rows] == ["a", "b", "c", "d"]
