"""Lists of people are narrowed by what their columns say, counted, and named."""

from typing import Any

import pytest

from tests.asking import asked
from tests.unit.web.api.test_profiles import HOUR, NOON, World
from waypost.errors import BadQuery
from waypost.profiles.directory import Account, User
from waypost.times import DAY_MS
from waypost.web.api import profiles
from waypost.web.asking import Parameters

T = "t-1"


@pytest.fixture
def world() -> World:
    world = World()
    world.add(
        Account("acme", created=NOON - 100 * DAY_MS, name="Acme Ltd", traits={"plan": "pro"}),
        Account("globex", created=NOON - DAY_MS, traits={"is_churned": True, "seats": 12}),
        User("ann", NOON - 90 * DAY_MS, external_id="x1", email="ann@acme.com", name="Ann Müller",
             account_id="acme", verified=True, traits={"role": "admin", "seats": 5}),
        User("bob", NOON - 5 * DAY_MS, email="bob@gmail.com", name="Bob 100%", reason="free mail",
             traits={"a.b": {"c": 'q"\''}, "seats": "9"}),
        User("cat", NOON - 50 * DAY_MS, external_id="0", anonymous_id="browser",
             account_id="globex"),
        User("old", anonymous_id="was", merged_into="ann"),
    )  # fmt: skip
    world.seen("ann", NOON - 80 * DAY_MS, NOON - 10 * DAY_MS, 7, "acme")
    world.seen("old", NOON - 80 * DAY_MS, NOON - 8 * DAY_MS, 2, "acme")
    world.seen("bob", NOON - HOUR, NOON - HOUR, 1)
    return world


def users(world: World, parameters: Parameters) -> list[str]:
    answer = profiles.users(T, parameters, world.stores)
    assert answer.total == len(answer.users)
    return [user.id for user in answer.users]


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ({}, ["ann", "bob", "cat"]),
        ({"account": "acme"}, ["ann"]),
        ({"account": ["acme", "globex"]}, ["ann", "cat"]),
        ({"account": "Acme"}, []),
        ({"user": "x1"}, ["ann"]),
        ({"user": "ANN@acme.com"}, ["ann"]),
        ({"user": "was"}, ["ann"]),
        ({"email": "Ann@Acme.com"}, ["ann"]),
        ({"external_id": "0"}, ["cat"]),
        ({"anonymous_id": "browser"}, ["cat"]),
        ({"name": "müll"}, ["ann"]),
        ({"name": "0%"}, ["bob"]),
        ({"name": "_"}, []),
        ({"search": "ACME"}, ["ann"]),
        ({"search": "brow"}, ["cat"]),
        ({"domain": ["acme.com", "GMAIL.com"]}, ["ann", "bob"]),
        ({"reason": "free"}, ["bob"]),
        ({"verified": "true"}, ["ann"]),
        ({"verified": "false"}, ["bob", "cat"]),
        ({"trait.role": "admin"}, ["ann"]),
        ({"trait.seats": ["5", "9"]}, ["ann", "bob"]),
        ({"filter": "trait.seats>=6"}, ["bob"]),
        ({"filter": ["trait.seats exists", "trait.role missing"]}, ["bob"]),
        ({"filter": '{"field": "trait.role", "op": "!=", "value": "admin"}'}, ["bob", "cat"]),
        ({"quiet_days": "8"}, ["ann", "cat"]),
        ({"quiet_days": "9"}, ["cat"]),
        ({"quiet_days": "7-30"}, ["ann"]),
        ({"quiet_days": "0"}, ["ann", "bob", "cat"]),
        ({"seen_after": "2026-11-20T11:00Z"}, ["bob"]),
        ({"seen_before": "2026-11-20T11:00Z"}, ["ann"]),
        ({"created_after": "2026-10-01", "created_before": "2026-11-01"}, ["cat"]),
        ({"min_events": "2"}, ["ann"]),
        ({"max_events": "1"}, ["bob", "cat"]),
        ({"min_events": "1", "name": "b"}, ["bob"]),
    ],
)
def test_users_are_narrowed_by_what_their_columns_say(
    world: World, given: dict[str, Any], ids: list[str]
) -> None:
    for sort in ("id", "quiet"):
        assert sorted(users(world, asked(**given, sort=sort))) == ids


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ({"account": "acme"}, ["acme"]),
        ({"name": "ltd"}, ["acme"]),
        ({"search": "GLOB"}, ["globex"]),
        ({"trait.is_churned": "true"}, ["globex"]),
        ({"trait.plan": "pro"}, ["acme"]),
        ({"filter": "account.trait.seats>5"}, ["globex"]),
        ({"quiet_days": "1"}, ["acme", "globex"]),
        ({"quiet_days": "7"}, ["acme"]),
        ({"min_events": "9"}, ["acme"]),
        ({"min_events": "10"}, []),
    ],
)
def test_accounts_are_narrowed_by_what_their_columns_say(
    world: World, given: dict[str, Any], ids: list[str]
) -> None:
    answer = profiles.accounts(T, asked(**given), world.stores)

    assert ([account.id for account in answer.accounts], answer.total) == (ids, len(ids))


def test_who_waits_is_narrowed_too(world: World) -> None:
    for given in ({}, {"domain": "gmail.com"}, {"reason": "FREE"}, {"seen_after": "2026-11-01"}):
        answer = profiles.unassigned(T, asked(**given), world.stores)
        assert ([user.id for user in answer.unassigned], answer.total) == (["bob"], 1)
    assert profiles.unassigned(T, asked(domain="acme.com"), world.stores).total == 0


def test_the_total_is_of_all_pages_and_the_same_on_each(world: World) -> None:
    first = profiles.users(T, asked(limit="1", verified="false"), world.stores)
    rest = profiles.users(
        T, asked(limit="1", verified="false", cursor=str(first.next)), world.stores
    )
    beyond = profiles.users(T, asked(verified="false", cursor="zzz"), world.stores)

    assert (first.total, rest.total, beyond.total, beyond.users) == (2, 2, 2, [])


def test_the_name_of_its_account_stands_beside_a_user(world: World) -> None:
    listed = profiles.users(T, asked(), world.stores).users

    assert [user.account_name for user in listed] == ["Acme Ltd", None, None]
    assert profiles.user(T, "ann", world.stores).account_name == "Acme Ltd"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"acount": "acme"}, "acount"),
        ({"action": "Did"}, "action"),
        ({"quiet_days": "week"}, "quiet_days"),
        ({"quiet_days": "14-7"}, "quiet_days"),
        ({"quiet_days": "9" * 5000}, "quiet_days"),
        ({"min_events": "-1"}, "min_events"),
        ({"seen_after": "soon"}, "seen_after"),
        ({"seen_after": ["2026-11-01", "2026-11-02"]}, "seen_after"),
        ({"verified": "yes"}, "verified"),
        ({"sort": "size"}, "sort"),
        ({"limit": "abc"}, "limit"),
        ({"filter": "action=Did"}, "filter"),
        ({"filter": "nonsense"}, "filter"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    world: World, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadQuery) as refusal:
        users(world, asked(**given))

    assert refusal.value.extra["field"] == field
    if field == "acount":
        assert "did you mean account?" in refusal.value.message


@pytest.mark.parametrize(
    "hostile", ["'", '"', "'; DROP TABLE users; --", "\0", "😀" * 10_000, "%", "$v0", "\\", "{}"]
)
def test_hostile_values_find_nobody_and_break_nothing(world: World, hostile: str) -> None:
    for name in ("account", "user", "reason", "trait.role"):
        assert users(world, asked(**{name: hostile})) == []
    assert users(world, asked(**{'trait."]; $x': hostile})) == []


def test_a_trait_is_found_whatever_stands_in_its_name(world: World) -> None:
    world.add(User("odd", traits={"it's": {'"x"': "~/"}}))

    assert users(world, asked(**{'trait.it\'s."x"': "~/"})) == ["odd"]
