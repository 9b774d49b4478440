"""Accounts and users over the API: who they are, how active, and in which order."""

import json
from typing import Any

import msgspec
import pytest

from tests.fakes import FakeDirectory, FakeMetrics
from waypost.errors import BadQuery, NotFound
from waypost.insights.ports import ProfileStores
from waypost.lake.last_seen import Month, Presence, Seen
from waypost.profiles.directory import Account, User
from waypost.web.api import profiles

T = "t-1"
NOON = 1_795_176_000_000  # 2026-11-20T12:00:00Z
HOUR = 3_600_000


class World:
    """A directory and the activity of those in it."""

    def __init__(self) -> None:
        self.directory, self.metrics = FakeDirectory(), FakeMetrics()
        self.stores = ProfileStores(self.directory, self.metrics)

    def add(self, *profiles: User | Account) -> None:
        self.directory.add(T, *profiles)

    def seen(self, kind: str, **activity: Seen) -> None:
        presence = Presence({}, {})
        getattr(presence, kind).update(activity)
        self.metrics.publish_month(T, Month(kind, 1), presence, "run")


@pytest.fixture
def world() -> World:
    return World()


def ids(answer: Any) -> list[str]:
    (rows, _) = msgspec.structs.astuple(answer)
    return [row.id for row in rows]


def test_an_account_is_answered_with_its_traits_and_activity(world: World) -> None:
    world.add(Account("acme", created=NOON, name="Acme", traits={"tier": "gold"}))
    world.seen("accounts", acme=Seen(NOON - 2 * HOUR, NOON - HOUR, 7, 3.5))

    answer = profiles.account(T, "acme", world.stores)

    assert msgspec.json.encode(answer) == (
        b'{"id":"acme","name":"Acme","created":"2026-11-20T12:00:00.000Z","traits":{"tier":"gold"},'
        b'"first_seen":"2026-11-20T10:00:00.000Z","last_seen":"2026-11-20T11:00:00.000Z",'
        b'"events":7,"weight":3.5}'
    )


def test_a_user_is_answered_without_what_is_internal(world: World) -> None:
    world.add(User("u1", created=NOON, external_id="ann", version=3, account_at=9))

    answer = profiles.user(T, "ann", world.stores)

    assert msgspec.json.encode(answer) == (
        b'{"id":"u1","created":"2026-11-20T12:00:00.000Z","external_id":"ann","email":null,'
        b'"anonymous_id":null,"name":null,"account_id":null,"reason":"","confidence":0.0,'
        b'"suggestion":null,"possible_duplicate":null,"keys":["x:ann"],"traits":{},'
        b'"verified":false,"merged_into":null,"first_seen":null,"last_seen":null,'
        b'"events":0,"weight":0.0}'
    )


@pytest.mark.parametrize("name", ["u1", "ann", "Ann@Acme.com", "browser-1"])
def test_a_user_is_found_by_any_name(world: World, name: str) -> None:
    world.add(User("u1", external_id="ann", email="ann@acme.com", anonymous_id="browser-1"))

    assert profiles.user(T, name, world.stores).id == "u1"


def test_who_is_not_there_is_not_found(world: World) -> None:
    for find, code in ((profiles.user, "unknown_user"), (profiles.account, "unknown_account")):
        for name in ("nobody", ""):
            with pytest.raises(NotFound) as refusal:
                find(T, name, world.stores)
            assert refusal.value.code == code


@pytest.mark.parametrize("list_", [profiles.accounts, profiles.users])
def test_pages_by_id_hold_everybody_once(world: World, list_: Any) -> None:
    world.add(*(kind(id) for kind in (User, Account) for id in ("c", "a", "b")))

    first = list_(T, {"limit": "2"}, world.stores)
    rest = list_(T, {"limit": "2", "cursor": first.next}, world.stores)

    assert (ids(first), ids(rest), rest.next) == (["a", "b"], ["c"], None)


@pytest.mark.parametrize(("sort", "order"), [("quiet", "cab"), ("events", "bca")])
def test_pages_by_activity_begin_with_the_quietest_or_the_busiest(
    world: World, sort: str, order: str
) -> None:
    world.add(*(Account(id) for id in "abc"))
    world.seen(
        "accounts",
        a=Seen(0, 2 * HOUR, 1, 1),
        b=Seen(0, 3 * HOUR, 9, 1),
        c=Seen(0, HOUR, 5, 1),
        gone=Seen(0, 9 * HOUR, 0, 1),
    )

    first = profiles.accounts(T, {"sort": sort, "limit": "2"}, world.stores)
    rest = profiles.accounts(
        T, {"sort": sort, "limit": "2", "cursor": str(first.next)}, world.stores
    )

    assert ids(first) + ids(rest) == list(order)
    assert rest.next is None


def test_an_order_or_a_limit_that_there_is_not_is_refused(world: World) -> None:
    for query, field in (({"sort": "name"}, "sort"), ({"limit": "0"}, "limit")):
        with pytest.raises(BadQuery) as refusal:
            profiles.users(T, query, world.stores)
        assert refusal.value.extra["field"] == field


def test_a_merged_user_is_not_listed_and_its_activity_is_the_others(world: World) -> None:
    world.add(User("ann"), User("browser", merged_into="ann"))
    world.seen("users", ann=Seen(HOUR, HOUR, 1, 1), browser=Seen(0, 0, 2, 2))

    (user,) = profiles.users(T, {}, world.stores).users

    assert (user.id, user.events, user.first_seen) == ("ann", 3, "1970-01-01T00:00:00.000Z")


def test_who_waits_is_listed_with_reason_and_suggestion(world: World) -> None:
    world.add(User("u1", account_id="acme"), User("u2", reason="why", suggestion="acme"))

    answer = profiles.unassigned(T, {}, world.stores)

    (user,) = json.loads(msgspec.json.encode(answer))["unassigned"]
    assert (user["id"], user["reason"], user["suggestion"]) == ("u2", "why", "acme")


def test_another_tenants_people_are_not_seen(world: World) -> None:
    world.add(User("u1", external_id="ann"), Account("acme"))

    assert ids(profiles.users("other", {}, world.stores)) == []
    assert ids(profiles.accounts("other", {}, world.stores)) == []
    with pytest.raises(NotFound):
        profiles.user("other", "ann", world.stores)
