"""Accounts and users over the API: who they are, how active, and in which order."""

import json
from typing import Any

import msgspec
import pytest

from tests.asking import asked
from tests.fakes import FakeDirectory, FakeReader
from waypost.errors import BadQuery, NotFound
from waypost.insights.ports import ProfileStores
from waypost.profiles.directory import Account, User
from waypost.web.api import profiles

T = "t-1"
NOON = 1_795_176_000_000  # 2026-11-20T12:00:00Z
HOUR = 3_600_000


class World:
    """A directory, and the lake's tables of the same people and of their activity."""

    def __init__(self) -> None:
        self.directory = FakeDirectory()
        self.reader = FakeReader(users=[], who=[], accounts=[], alias=[], seen=[])
        self.stores = ProfileStores(self.directory, self.reader, lambda: NOON)

    def add(self, *profiles: User | Account) -> None:
        self.directory.add(T, *profiles)
        tables = self.reader.tables
        for profile in profiles:
            row = msgspec.structs.asdict(profile)
            row |= {name: json.dumps(row[name]) for name in ("traits", "traits_at")}
            if isinstance(profile, Account):
                tables["accounts"].append(row)
                tables["alias"].append({"company_id": profile.id, "account": profile.id})
                continue
            tables["users"].append(row)
            person = profile.merged_into or profile.id
            account = profile.account_id
            tables["who"].append({"user_id": profile.id, "person": person, "account": account})

    def seen(self, user: str, first: int, last: int, events: int, company: str = "") -> None:
        row = {"user_id": user, "first": first, "last": last, "events": events, "rows": 1}
        row |= {"weight": events / 2, "company_id": company or None}
        self.reader.tables["seen"].append(row)


@pytest.fixture
def world() -> World:
    return World()


def ids(answer: Any) -> list[str]:
    (rows, _, _) = msgspec.structs.astuple(answer)
    return [row.id for row in rows]


def test_an_account_is_answered_with_its_traits_and_activity(world: World) -> None:
    world.add(Account("acme", created=NOON, name="Acme", traits={"tier": "gold"}))
    world.seen("u1", NOON - 2 * HOUR, NOON - HOUR + 7, 7, "acme")

    answer = profiles.account(T, "acme", world.stores)

    assert msgspec.json.encode(answer) == (
        b'{"id":"acme","name":"Acme","created":"2026-11-20T12:00:00.000Z","traits":{"tier":"gold"},'
        b'"first_seen":"2026-11-20T10:00:00.000Z","last_seen":"2026-11-20T11:00:00.007Z",'
        b'"events":7,"weight":3.5}'
    )


def test_a_user_is_answered_without_what_is_internal(world: World) -> None:
    world.add(User("u1", created=NOON, external_id="ann", version=3, account_at=9))

    answer = profiles.user(T, "ann", world.stores)

    assert msgspec.json.encode(answer) == (
        b'{"id":"u1","created":"2026-11-20T12:00:00.000Z","external_id":"ann","email":null,'
        b'"anonymous_id":null,"name":null,"account_id":null,"account_name":null,"reason":"","confidence":0.0,'
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

    first = list_(T, asked(**{"limit": "2"}), world.stores)
    rest = list_(T, asked(**{"limit": "2", "cursor": first.next}), world.stores)

    assert (ids(first), ids(rest), rest.next) == (["a", "b"], ["c"], None)


@pytest.mark.parametrize(("sort", "order"), [("quiet", "canb"), ("events", "bcan")])
def test_pages_by_activity_begin_with_the_quietest_or_the_busiest(
    world: World, sort: str, order: str
) -> None:
    # One that was never active has been silent since it was made.
    world.add(*(Account(id) for id in "abc"), Account("n", created=2 * HOUR + 1))
    for id, last, events in (("a", 2 * HOUR, 1), ("b", 3 * HOUR, 9), ("c", HOUR, 5)):
        world.seen("u", 0, last, events, id)
    world.seen("u", 0, 9 * HOUR, 0, "gone")

    first = profiles.accounts(T, asked(**{"sort": sort, "limit": "2"}), world.stores)
    rest = profiles.accounts(
        T, asked(**{"sort": sort, "limit": "2", "cursor": str(first.next)}), world.stores
    )

    assert ids(first) + ids(rest) == list(order)
    assert rest.next is None


@pytest.mark.parametrize("list_", [profiles.accounts, profiles.users, profiles.unassigned])
def test_a_filter_that_there_is_not_is_refused(world: World, list_: Any) -> None:
    with pytest.raises(BadQuery) as refusal:
        list_(T, asked(colour="red"), world.stores)

    assert refusal.value.extra["field"] == "colour"


def test_an_order_or_a_limit_that_there_is_not_is_refused(world: World) -> None:
    for query, field in (({"sort": "name"}, "sort"), ({"limit": "0"}, "limit")):
        with pytest.raises(BadQuery) as refusal:
            profiles.users(T, asked(**query), world.stores)
        assert refusal.value.extra["field"] == field


def test_a_merged_user_is_not_listed_and_its_activity_is_the_others(world: World) -> None:
    world.add(User("ann", external_id="ann"), User("browser", merged_into="ann"))
    world.seen("ann", HOUR, HOUR, 1)
    world.seen("browser", 0, 0, 2)

    (listed,) = profiles.users(T, asked(), world.stores).users

    assert (listed.id, listed.events, listed.first_seen) == ("ann", 3, "1970-01-01T00:00:00.000Z")
    assert profiles.user(T, "ann", world.stores) == listed
    assert profiles.user(T, "browser", world.stores).events == 0


def test_whose_account_is_the_companys_or_else_the_users(world: World) -> None:
    world.add(Account("acme"), Account("bolt"), User("ann", account_id="acme"))
    world.seen("ann", 0, 1, 4)
    world.seen("ann", 2, 3, 6, "bolt")
    world.seen("ann", 4, 5, 8, "unheard of")

    answer = profiles.accounts(T, asked(), world.stores)

    assert [(account.id, account.events) for account in answer.accounts] == [
        ("acme", 12), ("bolt", 6)
    ]  # fmt: skip
    assert answer.accounts == [profiles.account(T, id, world.stores) for id in ("acme", "bolt")]


def test_who_waits_is_listed_with_reason_and_suggestion(world: World) -> None:
    world.add(User("u1", account_id="acme"), User("u2", reason="why", suggestion="acme"))
    world.add(User("u3"), User("browser", merged_into="u3"))
    world.seen("u2", 0, 5, 2)
    world.seen("browser", 0, 9, 4)

    latest, user = profiles.unassigned(T, asked(), world.stores).unassigned

    assert (latest.id, latest.events, latest.last_seen) == ("u3", 4, "1970-01-01T00:00:00.009Z")
    assert (user.id, user.reason, user.suggestion) == ("u2", "why", "acme")


def test_another_tenants_people_are_not_seen(world: World) -> None:
    world.add(User("u1", external_id="ann"), Account("acme"))

    profiles.users("other", asked(), world.stores)
    profiles.accounts("other", asked(), world.stores)
    assert {tenant for tenant, _ in world.reader.plans} == {"other"}
    with pytest.raises(NotFound):
        profiles.user("other", "ann", world.stores)
