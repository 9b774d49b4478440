"""The view that a run works on: what it remembers to write, and what a reservation is."""

from typing import Any

import pytest

from tests.fakes import FakeDirectory, FakeReader
from tests.unit.profiles.test_resolution import NOW, TENANT, event, id_of, resolve, view
from waypost.event import IDENTIFY, Event
from waypost.insights.ports import ProfileStores
from waypost.profiles import resolution
from waypost.profiles.directory import Account, User
from waypost.profiles.view import Domain, Lost, Pointer, View
from waypost.web.api import profiles


def reserved(**pointers: Pointer) -> View:
    """A view of pointers alone, whose users a run that crashed did not come to write."""
    leading = {name.replace("_", ":", 1): pointer for name, pointer in pointers.items()}
    return View(pointers=leading, users=[], accounts=[], domains={})


def made_of(key: str) -> Pointer:
    return Pointer(id_of(key), key[0])


def matched(directory: FakeDirectory, *events: Event) -> list[User]:
    """The users of the events, as `match` resolves and writes them: one run after the other."""
    for one in events:
        seen = directory.view(TENANT, [one])
        resolution.resolve(one, seen, TENANT, NOW)
        assert not directory.commit(TENANT.id, seen.change)
    return directory.everybody


def test_who_comes_under_a_reserved_key_is_the_user_it_was_reserved_for() -> None:
    directory = reserved(a_a1=made_of("x:ann"))

    match = resolve(event(anonymous_id="a1"), directory)

    assert match.user_id == id_of("x:ann")
    assert directory.change.new_users == {match.user_id}
    assert directory.change.pointers == {}


def test_a_key_reserved_for_another_external_id_is_not_taken() -> None:
    directory = reserved(e_office=made_of("x:ann"))

    match = resolve(event(external_id="ben", email="office"), directory)

    assert match.user_id == id_of("x:ben")
    assert directory.change.taken == {}


@pytest.mark.parametrize("home", ["e:ann@acme.com", "a:a0"])
def test_a_reservation_for_nobody_with_an_external_id_is_anybodys(home: str) -> None:
    directory = reserved(a_a1=made_of(home))

    match = resolve(event(external_id="ann", anonymous_id="a1"), directory)

    assert match.user_id == id_of(home)


def test_a_user_who_stands_takes_the_keys_that_were_reserved_for_nobody() -> None:
    ann = User(id_of("x:ann"), external_id="ann", anonymous_id="a0")
    directory = View(
        pointers={"x:ann": Pointer(ann.id, "x"), "a:a1": made_of("e:ann@acme.com")},
        users=[ann],
        accounts=[],
        domains={},
    )

    match = resolve(event(external_id="ann", anonymous_id="a1"), directory)

    nobody = id_of("e:ann@acme.com")
    assert match.user_id == ann.id
    assert directory.change.taken == {nobody: Pointer(ann.id, "x")}
    assert directory.change.keys == {ann.id: {"a:a1": NOW}}
    assert directory.user_at("a:a1") is ann
    assert directory.reserved("a:a1") is None


def test_two_keys_reserved_for_two_users_come_together_in_one() -> None:
    directory = reserved(e_mail=made_of("e:mail"), a_a1=made_of("a:a1"))

    match = resolve(event(email="mail", anonymous_id="a1"), directory)

    assert match.user_id == id_of("e:mail")
    assert directory.user_at("a:a1") is directory.user_at("e:mail")
    assert directory.change.taken.keys() == {id_of("a:a1")}


def test_only_who_stood_without_an_external_id_is_adopted_by_one() -> None:
    known = view(User("u1", email="ann@acme.com"), User("u2", external_id="ben"))

    resolve(event(external_id="ann", email="ann@acme.com"), known)
    resolve(event(external_id="ben", email="ben@acme.com"), known)
    resolve(event(external_id="eve", email="eve@acme.com"), known)

    assert known.change.adopted == {"u1"}


def test_a_visitor_of_this_very_batch_is_merged() -> None:
    directory = FakeDirectory()
    seen = directory.view(TENANT, [event(external_id="ann", anonymous_id="a1")])

    visitor = resolution.resolve(event(anonymous_id="a1"), seen, TENANT, NOW).user_id
    ann = resolution.resolve(event(external_id="ann", company_id="acme"), seen, TENANT, NOW).user_id
    resolution.resolve(event(external_id="ann", anonymous_id="a1"), seen, TENANT, NOW)
    assert not directory.commit(TENANT.id, seen.change)

    assert seen.change.merged == {visitor: ann}
    assert list(directory.merged_into(TENANT.id, str(ann))) == [visitor]
    user = directory.user_at(TENANT.id, "a:a1")
    assert user is not None
    assert user.id == ann


def test_an_address_that_was_replaced_still_leads_here_and_is_listed() -> None:
    directory = FakeDirectory()
    fields: dict[str, Any] = {"external_id": "ann", "kind": IDENTIFY}

    (ann,) = matched(
        directory,
        Event(time=NOW, email="ann@acme.com", **fields),
        Event(time=NOW + 1, email="ann@new.com", **fields),
    )

    assert ann.email == "ann@new.com"
    for key in ("e:ann@acme.com", "e:ann@new.com"):
        user = directory.user_at(TENANT.id, key)
        assert user is not None
        assert user.id == ann.id
    assert "e:ann@acme.com" in directory.further_keys(TENANT.id, ann.id, None, 9)[0]
    answer = profiles.user(TENANT.id, "ann", ProfileStores(directory, FakeReader(), lambda: 0))
    assert answer.keys == ["x:ann", "e:ann@new.com", "e:ann@acme.com"]


def test_the_domain_of_the_user_that_is_chosen_is_looked_at() -> None:
    directory = FakeDirectory()
    matched(
        directory,
        event(anonymous_id="a1", email="ben@bolt.com"),
        event(external_id="ann", email="office@acme.com", company_id="acme"),
        event(external_id="cas", email="cas@bolt.com", company_id="bolt"),
    )
    # The address is Ann's, who is placed; the browser is of one who waits, and who it is.
    both = event(external_id="ben", email="office@acme.com", anonymous_id="a1")

    seen = directory.view(TENANT, [both])

    resolution.resolve(both, seen, TENANT, NOW)
    ben = seen.user_at("x:ben")
    assert ben is not None
    assert ben.reason == "e-mail domain bolt.com"


def test_a_domain_counts_each_user_once_and_where_it_is_now() -> None:
    domain = Domain({"u1": "acme"})

    for user, account in (("u1", "acme"), ("u2", "acme"), ("u2", "bolt"), ("u2", "bolt")):
        domain.learn(user, account)

    assert +domain.counts == {"acme": 1, "bolt": 1}


def test_a_key_of_the_record_is_no_further_key() -> None:
    ann = User("u1", external_id="ann", anonymous_id="a0")
    known = view(ann)

    known.add_key("a:a0", ann, NOW)
    known.add_key("a:a1", ann, NOW)
    known.add_key("a:a1", ann, NOW + 5)

    assert known.change.keys == {"u1": {"a:a1": NOW}}


def test_what_is_the_same_is_not_written() -> None:
    ann = User("u1", external_id="ann", name="Ann")
    known = view(ann, accounts="acme")
    account = known.account("acme")
    assert account is not None

    known.update(ann, name="Ann")
    known.update_account(account, name=None)

    assert (known.change.users, known.change.accounts) == ({}, {})


def test_what_lands_is_what_was_written_and_read_where_that_is_asked() -> None:
    ann, ben = User("u1", external_id="ann"), User("u2", external_id="ben")
    visitor, merged = User("u3", anonymous_id="a1"), User("u4", merged_into="u2")
    known = View(
        pointers={"x:ann": Pointer("u1", "x"), "a:a1": Pointer("u3", "a")},
        users=[ann, ben, visitor],
        accounts=[Account("acme")],
        domains={},
        merged=[merged],
    )
    resolve(event(external_id="ann", anonymous_id="a1", company_id="bolt"), known)

    def landed(lost: Lost, *, whole: bool = False) -> str:
        return " ".join(sorted(id for _, id in known.written(lost, whole=whole)))

    assert landed(Lost()) == "bolt u1 u3"
    assert landed(Lost(), whole=True) == "acme bolt u1 u2 u3 u4"
    assert landed(Lost(users={"u1"}, accounts={"bolt"})) == ""
    assert landed(Lost(users={"u3"}), whole=True) == "acme bolt u1 u2 u4"


def test_nothing_lost_is_false() -> None:
    assert not Lost()
    assert all([Lost(users={"u1"}), Lost(accounts={"acme"})])
