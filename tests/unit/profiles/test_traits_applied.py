"""What senders say of users and accounts: traits, names, e-mails, and who turns out to be whom."""

from itertools import permutations
from typing import Any

import pytest

from waypost.event import GROUP, IDENTIFY, Event
from waypost.profiles import resolution
from waypost.profiles.directory import Account, User, user_keys
from waypost.profiles.resolution import Match
from waypost.profiles.view import Pointer, View
from waypost.tenants import Tenant

TENANT = Tenant("t1")
NOW = 1_800_000_000_000


class Directory:
    """What one run after another makes of users and accounts."""

    def __init__(self, *users: User, accounts: str = "") -> None:
        self.view = View(
            pointers={key: Pointer(user.id, key[0]) for user in users for key in user_keys(user)},
            users=users,
            accounts=[Account(id) for id in accounts.split()],
            domains={},
        )

    def take(self, *events: Event, tenant: Tenant = TENANT) -> list[Match]:
        return [resolution.resolve(event, self.view, tenant, NOW) for event in events]

    def user(self, key: str) -> User:
        found = self.view.user_at(key)
        assert found is not None
        return found

    def account(self, id: str) -> Account:
        found = self.view.account(id)
        assert found is not None
        return found


def identify(time: int = NOW, **fields: Any) -> Event:
    return Event(time=time, kind=IDENTIFY, **({"external_id": "ann"} | fields))


def group(time: int = NOW, **fields: Any) -> Event:
    return Event(time=time, kind=GROUP, company_id="acme", **fields)


def test_an_identify_creates_its_user_with_traits() -> None:
    directory = Directory()

    directory.take(identify(email="a@acme.com", name="Ann", properties={"plan": "pro"}))

    user = directory.user("x:ann")
    assert (user.email, user.name, user.traits["plan"]) == ("a@acme.com", "Ann", "pro")


def test_the_newest_name_and_email_count_in_any_order() -> None:
    told = [identify(NOW + n, name=f"Ann {n}", email=f"a{n}@acme.com") for n in range(3)]
    ends = set()
    for order in permutations(told):
        directory = Directory()
        directory.take(*order)
        user = directory.user("x:ann")
        ends.add((user.name, user.email))

    assert ends == {("Ann 2", "a2@acme.com")}


def told(at: int, **properties: str) -> Event:
    """An identify as sources make it: its name is what it tells itself."""
    parts = [properties.get(part) for part in ("first_name", "last_name")]
    name = properties.get("name") or " ".join(filter(None, parts)) or None
    return identify(NOW + at, name=name, properties=dict(properties))


ANN = told(0, first_name="Ann", last_name="Smith")


@pytest.mark.parametrize(
    ("events", "name"),
    [
        ([ANN, told(1, first_name="Anna")], "Anna Smith"),
        ([ANN, told(1, last_name="Jones")], "Ann Jones"),
        ([ANN, told(1, plan="pro")], "Ann Smith"),
        ([ANN, told(2, first_name="Anna"), told(1, last_name="Jones")], "Anna Jones"),
        ([told(0, first_name="Ann"), told(1, first_name="Anna")], "Anna"),
        ([told(0, first_name="Ann"), told(1, last_name="Smith")], "Ann Smith"),
        ([told(0, name="Ann Smith"), told(1, first_name="Anna")], "Ann Smith"),
        ([ANN, told(1, name="Dr Smith"), told(2, first_name="Anna")], "Anna Smith"),
        ([ANN, told(2, name="Dr Smith"), told(1, first_name="Anna")], "Dr Smith"),
    ],
)
def test_parts_of_a_name_are_merged_in_any_order(events: list[Event], name: str) -> None:
    for order in permutations(events):
        directory = Directory()

        directory.take(*order)

        assert directory.user("x:ann").name == name


def test_parts_in_two_spellings_are_one_name() -> None:
    directory = Directory()

    directory.take(ANN, identify(NOW + 1, name="Anna", properties={"firstName": "Anna"}))

    assert directory.user("x:ann").name == "Anna Smith"


def test_a_first_name_alone_never_shortens_a_name_that_activity_told() -> None:
    directory = Directory(User("u1", external_id="ann", name="Ann Smith"))

    directory.take(told(0, first_name="Anna"))

    assert directory.user("x:ann").name == "Ann Smith"


def test_activity_alone_never_renames_a_user() -> None:
    directory = Directory(User("u1", external_id="ann", name="Ann"))

    directory.take(Event(time=NOW, external_id="ann", name="Somebody"))

    assert directory.user("x:ann").name == "Ann"


def test_an_open_door_changes_nothing_that_a_credential_vouched_for() -> None:
    directory = Directory(accounts="acme evil")
    sure = identify(name="Ann", email="a@acme.com", company_id="acme", verified=True)

    directory.take(sure, identify(NOW + 1, name="X", email="x@evil.com", company_id="evil"))

    user = directory.user("x:ann")
    assert (user.name, user.email, user.account_id) == ("Ann", "a@acme.com", "acme")


def test_a_credential_may_change_them_again() -> None:
    directory = Directory(accounts="acme other")
    directory.take(identify(name="Ann", company_id="acme", verified=True))

    directory.take(identify(NOW + 1, name="Anna", company_id="other", verified=True))

    user = directory.user("x:ann")
    assert (user.name, user.account_id) == ("Anna", "other")


def test_a_group_gives_its_account_a_name_and_traits() -> None:
    directory = Directory()

    directory.take(group(properties={"name": "Acme", "tier": "gold"}))

    account = directory.account("acme")
    assert (account.name, account.traits["tier"]) == ("Acme", "gold")


@pytest.mark.parametrize("company", [{"id": "acme"}, {"id": " acme "}, {}])
def test_the_company_among_the_traits_of_a_user_tells_of_the_account(
    company: dict[str, Any],
) -> None:
    directory = Directory()
    told = company | {"name": "Acme", "plan": "pro"}

    directory.take(identify(company_id="acme", properties={"company": told}))

    account = directory.account("acme")
    assert (account.name, account.traits) == ("Acme", {"name": "Acme", "plan": "pro"})
    assert directory.user("x:ann").account_id == "acme"


@pytest.mark.parametrize("company", [{"id": "other", "name": "Other"}, "Other", ["Other"]])
def test_what_is_said_of_another_company_is_not_told_of_this_one(company: Any) -> None:
    directory = Directory()

    directory.take(identify(company_id="acme", properties={"company": company}))

    assert directory.account("acme").traits == {}


def test_a_group_without_a_user_makes_none() -> None:
    directory = Directory()

    (found,) = directory.take(group(properties={"tier": "gold"}))

    assert found == Match(None, None)
    assert directory.view.change.users == {}


def test_a_group_with_a_user_lets_it_join() -> None:
    directory = Directory(User("u1", external_id="ann"))

    directory.take(group(external_id="ann"))

    assert directory.user("x:ann").account_id == "acme"


def test_a_group_creates_no_account_where_the_tenant_creates_none() -> None:
    directory = Directory()

    directory.take(
        group(properties={"tier": "gold"}), tenant=Tenant("t1", auto_create_accounts=False)
    )

    assert directory.view.account("acme") is None


def test_an_anonymous_user_becomes_the_person_it_turns_out_to_be() -> None:
    directory = Directory()
    (before,) = directory.take(Event(time=NOW, anonymous_id="a1"))

    (after,) = directory.take(identify(NOW + 1, anonymous_id="a1"))

    assert after.user_id == before.user_id
    assert user_keys(directory.user("a:a1")) == ["x:ann", "a:a1"]


def test_an_anonymous_user_joins_the_person_that_was_known_before() -> None:
    directory = Directory(
        User("u1", external_id="ann", anonymous_id="a0"), User("u2", anonymous_id="a1")
    )

    directory.take(identify(anonymous_id="a1"))

    assert directory.user("a:a1").id == "u1"
    assert directory.view.change.users["u2"].merged_into == "u1"
    assert directory.view.change.merged == {"u2": "u1"}
    assert directory.view.change.keys == {"u1": {"a:a1": NOW}}


@pytest.mark.parametrize("known", [{"external_id": "bob"}, {"email": "bob@acme.com"}])
def test_a_person_is_never_merged_into_another(known: dict[str, Any]) -> None:
    directory = Directory(User("u1", external_id="ann"), User("u2", anonymous_id="a1", **known))

    directory.take(identify(anonymous_id="a1"))

    assert directory.user("a:a1").id == "u2"
    assert directory.user("x:ann").possible_duplicate == "u2"
