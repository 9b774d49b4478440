"""What a user's account hangs on: who named it and when, and what its domain learns of that."""

from itertools import permutations

import pytest

from tests.unit.profiles.test_resolution import event, placed, resolve, view
from waypost.profiles.directory import Account, User
from waypost.profiles.view import View
from waypost.tenants import Tenant

STRICT = Tenant("t1", auto_create_accounts=False)
ONE_OF_ONE = 2 / 3  # how far one known user of a domain is believed


def moves(directory: View, *accounts: str, name: str = "ann") -> None:
    """A user of acme.com is named one account after the other."""
    for time, account in enumerate(accounts):
        resolve(
            event(time=time, external_id=name, email=f"{name}@acme.com", company_id=account),
            directory,
        )


@pytest.mark.parametrize("named_at", [1, 5, 9])
def test_a_guess_gives_way_to_the_first_word_of_a_sender_whenever_that_was(named_at: int) -> None:
    directory = view(acme_com={"acme": 3})
    resolve(event(time=5, external_id="ann", email="ann@acme.com"), directory)

    resolve(event(time=named_at, external_id="ann", company_id="bolt"), directory)

    assert placed(event(external_id="ann"), directory).account_id == "bolt"


def test_guesses_and_words_end_the_same_in_any_order() -> None:
    arrivals = [
        event(time=9, external_id="ann", email="ann@acme.com"),
        event(time=3, external_id="ann", company_id="bolt"),
        event(time=1, external_id="ann", company_id="zeta"),
    ]
    ends = set()

    for order in permutations(arrivals):
        directory = view(acme_com={"acme": 3})
        for arrival in order:
            resolve(arrival, directory)
        user = directory.user_at("x:ann")
        assert user is not None
        ends.add((user.account_id, user.account_at))

    assert ends == {("bolt", 3)}


@pytest.mark.parametrize(
    "accounts", [("acme",), ("acme", "acme"), ("acme", "bolt", "acme"), ("bolt", "acme", "acme")]
)
def test_a_user_counts_once_in_its_domain_however_often_a_batch_names_its_account(
    accounts: tuple[str, ...],
) -> None:
    directory = view()
    moves(directory, *accounts)

    guessed = placed(event(email="new@acme.com"), directory)

    assert (guessed.account_id, guessed.confidence) == ("acme", ONE_OF_ONE)


def test_a_user_who_was_known_before_is_not_counted_beside_itself() -> None:
    first = view()
    moves(first, "acme")
    told = dict(first.change.pointers)
    later = View(
        pointers=told,
        users=first.change.users.values(),
        accounts=[Account("acme"), Account("bolt")],
        domains=first.domains,
    )

    moves(later, "acme", "bolt", "acme")

    assert placed(event(email="new@acme.com"), later).confidence == ONE_OF_ONE


def test_who_left_an_account_vouches_for_it_no_more() -> None:
    directory = view()
    moves(directory, "acme", "bolt")
    moves(directory, "bolt", name="ben")

    guessed = placed(event(email="new@acme.com"), directory)

    assert (guessed.account_id, guessed.confidence) == ("bolt", 3 / 4)


def test_an_unknown_company_takes_nothing_from_a_user_who_has_an_account() -> None:
    ann = User("u1", external_id="ann", account_id="acme", reason="why", confidence=0.8)
    known = view(ann, accounts="acme")

    resolve(event(external_id="ann", company_id="nobody"), known, STRICT)

    assert (ann.account_id, ann.reason, ann.confidence, ann.suggestion) == (
        "acme",
        "why",
        0.8,
        None,
    )
    assert known.change.users == {}


def test_an_unknown_company_is_the_reason_of_a_user_who_waits() -> None:
    ann = User("u1", external_id="ann")

    resolve(event(external_id="ann", company_id="nobody"), view(ann), STRICT)

    assert (ann.account_id, ann.suggestion) == (None, "nobody")
    assert "creating is off" in ann.reason
