"""Who did it, and for which account."""

from itertools import permutations
from typing import Any

import pytest

from waypost.event import Event
from waypost.profiles import resolution
from waypost.profiles.directory import Account, User, user_id, user_keys
from waypost.profiles.resolution import Match
from waypost.profiles.view import Domain, Pointer, View
from waypost.tenants import Tenant

TENANT = Tenant("t1", secret=b"known to this tenant alone")
NOW = 1_800_000_000_000


def view(*users: User, accounts: str = "", **domains: dict[str, int]) -> View:
    """A directory of users, each under all its keys; `acme_com` stands for the domain acme.com."""
    return View(
        pointers={key: Pointer(user.id, key[0]) for user in users for key in user_keys(user)},
        users=users,
        accounts=[Account(id) for id in accounts.split()],
        domains={name.replace("_", "."): domain(counts) for name, counts in domains.items()},
    )


def domain(counts: dict[str, int]) -> Domain:
    return Domain({f"{account}{n}": account for account in counts for n in range(counts[account])})


def id_of(key: str, tenant: Tenant = TENANT) -> str:
    return user_id(tenant.id, key, tenant.secret)


def event(*, time: int = NOW, **fields: Any) -> Event:
    return Event(time=time, action="Did", **fields)


def resolve(one: Event, directory: View | None = None, tenant: Tenant = TENANT) -> Match:
    return resolution.resolve(one, directory or view(), tenant, NOW)


def placed(one: Event, directory: View | None = None, tenant: Tenant = TENANT) -> User:
    """The user of an event, as it stands once the event is resolved."""
    known = directory or view()
    resolve(one, known, tenant)
    user = known.user_at(user_keys(one)[0])
    assert user is not None
    return user


ANN: dict[str, Any] = {"external_id": "ann", "email": "ann@acme.com", "anonymous_id": "a1"}


@pytest.mark.parametrize("key", [*ANN.items(), ("email", "ANN@Acme.COM")])
def test_a_user_is_found_by_any_of_its_keys(key: tuple[str, str]) -> None:
    known = view(User("u1", **ANN))
    fields: dict[str, Any] = dict([key])

    found = resolve(event(**fields), known)

    assert found.user_id == "u1"


def test_the_letters_of_an_external_id_keep_their_case() -> None:
    found = resolve(event(external_id="ANN"), view(User("u1", external_id="ann")))

    assert found.user_id != "u1"


def test_a_new_user_has_the_same_id_whoever_sees_it_first() -> None:
    first, second = (resolve(event(email=text)) for text in ("Ann@acme.com", "ann@acme.com"))

    assert first.user_id == second.user_id == id_of("e:ann@acme.com")


def test_who_knows_the_tenant_and_the_e_mail_but_no_secret_cannot_tell_the_id() -> None:
    found = resolve(event(email="ann@acme.com"))

    for guess in (b"", b"1", TENANT.id.encode(), TENANT.secret[:-1]):
        assert found.user_id != id_of("e:ann@acme.com", Tenant(TENANT.id, secret=guess))


def test_users_of_two_tenants_with_the_same_key_have_different_ids() -> None:
    tenants = [TENANT, Tenant("t2", secret=TENANT.secret), Tenant("t1", secret=b"another one")]

    ids = {resolve(event(email="ann@acme.com"), tenant=tenant).user_id for tenant in tenants}

    assert len(ids) == 3


def test_where_two_keys_point_at_two_users_the_external_id_wins() -> None:
    known = view(User("u1", external_id="ann"), User("u2", email="ann@acme.com"))

    found = resolve(event(external_id="ann", email="ann@acme.com"), known)

    assert found.user_id == "u1"
    assert known.change.users["u1"].possible_duplicate == "u2"


def test_two_external_ids_may_share_an_address() -> None:
    known = view(User("u1", external_id="ann", email="office@acme.com"))

    found = resolve(event(external_id="bob", email="office@acme.com"), known)

    assert found.user_id == id_of("x:bob")
    assert known.change.pointers == {"x:bob": Pointer(str(found.user_id), "x")}


def test_a_visitor_becomes_the_user_that_a_later_event_names() -> None:
    directory = view()

    visits = [resolve(event(anonymous_id="a1"), directory)]
    visits.append(resolve(event(anonymous_id="a1", external_id="ann"), directory))
    visits.append(resolve(event(external_id="ann"), directory))

    assert len({one.user_id for one in visits}) == 1


def test_an_event_keeps_the_record_that_its_strongest_key_led_to() -> None:
    directory = view(User("u1", external_id="ann"), User("u2", anonymous_id="a1"))
    visit = event(anonymous_id="a1")

    before = resolve(visit, directory)
    told = resolve(event(external_id="ann", anonymous_id="a1"), directory)
    after = resolve(visit, directory)

    assert before == Match("u2", "u2")
    assert told == Match("u1", "u1")
    assert after == Match("u1", "u2")


def test_a_merge_of_an_earlier_run_changes_no_record_either() -> None:
    known = View(
        pointers={"x:ann": Pointer("u1", "x"), "a:a1": Pointer("u1", "")},
        users=[User("u1", external_id="ann")],
        accounts=[],
        domains={},
        merged=[User("u2", anonymous_id="a1", merged_into="u1")],
        records={"a:a1": "u2"},
    )

    assert resolve(event(anonymous_id="a1"), known) == Match("u1", "u2")
    assert resolve(event(external_id="ann", anonymous_id="a1"), known) == Match("u1", "u1")
    assert resolve(event(anonymous_id="a2"), known).identity == id_of("a:a2")


def test_a_users_fields_are_filled_in_and_never_overwritten() -> None:
    directory = view(User("u1", external_id="ann", name="Ann"))

    resolve(event(external_id="ann", email="ann@acme.com", name="Other"), directory)

    user = directory.user_at("e:ann@acme.com")
    assert user is not None
    assert (user.name, user.email) == ("Ann", "ann@acme.com")


def test_the_company_given_is_the_account() -> None:
    known = view(User("u1", external_id="ann", account_id="bolt"), accounts="acme bolt")

    ann = placed(event(external_id="ann", company_id="acme"), known)

    assert (ann.id, ann.account_id, ann.confidence) == ("u1", "acme", 1.0)
    assert ann.reason == "company given by the sender"


def test_an_unknown_company_is_created() -> None:
    directory = view()

    ann = placed(event(external_id="ann", company_id="acme"), directory)

    assert ann.account_id == "acme"
    assert directory.change.accounts == {"acme": Account("acme", NOW)}


@pytest.mark.parametrize("creates", [True, False])
def test_what_a_company_does_makes_no_user_and_the_account_as_far_as_the_tenant_allows(
    creates: bool,
) -> None:
    known = view()

    match = resolve(event(company_id="acme"), known, Tenant("t1", auto_create_accounts=creates))

    assert match == Match(None, None)
    assert (known.account("acme") is not None, known.change.users) == (creates, {})


def test_an_unknown_company_is_a_suggestion_where_creating_is_off() -> None:
    directory = view()
    strict = Tenant("t1", auto_create_accounts=False)

    ann = placed(event(external_id="ann", company_id="acme"), directory, strict)

    assert (ann.account_id, ann.suggestion) == (None, "acme")
    assert "unknown" in ann.reason
    assert directory.change.accounts == {}


def test_without_a_company_the_user_stays_in_its_account() -> None:
    directory = view(bolt_com={"bolt": 9})
    resolve(event(external_id="ann", email="ann@bolt.com", company_id="acme"), directory)

    ann = placed(event(external_id="ann"), directory)

    assert (ann.account_id, ann.reason) == ("acme", "company given by the sender")


def test_an_account_is_guessed_from_the_users_of_a_domain() -> None:
    new = placed(event(email="new@mail.acme.com"), view(acme_com={"acme": 3}))

    assert (new.account_id, new.reason) == ("acme", "e-mail domain acme.com")
    assert new.confidence == 0.8


@pytest.mark.parametrize(
    ("counts", "threshold", "account"),
    [
        ({"acme": 1}, 0.65, "acme"),
        ({"acme": 1}, 0.67, None),
        ({"acme": 1, "bolt": 1}, 0.65, None),
        ({"acme": 8, "bolt": 1}, 0.80, "acme"),
        ({"acme": 8, "bolt": 1}, 0.82, None),
        ({"acme": 9, "bolt": 0}, 0.90, "acme"),
    ],
)
def test_a_guess_counts_from_the_threshold_on(
    counts: dict[str, int], threshold: float, account: str | None
) -> None:
    tenant = Tenant("t1", domain_confidence=threshold)

    new = placed(event(email="new@acme.com"), view(acme_com=counts), tenant)

    assert new.account_id == account
    assert account or (new.suggestion == "acme" and "several accounts" in new.reason)


@pytest.mark.parametrize("email", ["ann@gmail.com", "ann@mailinator.com", "Ann@GMX.de"])
def test_free_mail_and_disposable_mail_are_never_guessed_from(email: str) -> None:
    directory = view(gmail_com={"acme": 99}, mailinator_com={"acme": 99}, gmx_de={"acme": 99})
    resolve(event(external_id="x", email=email, company_id="acme"), directory)

    other = placed(event(email="other" + email[3:]), directory)

    assert (other.account_id, other.suggestion) == (None, None)
    assert "free-mail" in other.reason
    assert directory.change.taught == {}
    assert all(pointer.account is None for pointer in directory.change.pointers.values())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"external_id": "ann"}, "no company given and no e-mail to guess from"),
        ({"email": "ann@new.com"}, "no company given and no known user shares the e-mail domain"),
        ({"email": "ann"}, "no company given and no known user shares the e-mail domain"),
        ({"email": "ann@co.uk"}, "no company given and no known user shares the e-mail domain"),
    ],
)
def test_whom_nobody_can_place_has_no_account_and_a_reason(
    fields: dict[str, Any], reason: str
) -> None:
    user = placed(event(**fields))

    assert (user.account_id, user.reason, user.confidence) == (None, reason, 0.0)


@pytest.mark.parametrize(
    "steps",
    [
        [{"email": "ann@acme.com", "company_id": "acme"}],
        [{"company_id": "acme"}, {"email": "ann@acme.com"}],
        [{"email": "ann@acme.com"}, {"company_id": "acme"}],
    ],
    ids=["at once", "company first", "e-mail first"],
)
def test_a_domain_is_learned_in_whatever_order_it_becomes_known(
    steps: list[dict[str, Any]],
) -> None:
    directory = view()
    for step in steps:
        resolve(event(external_id="ann", **step), directory)

    assert placed(event(email="bob@acme.com"), directory).account_id == "acme"


def test_a_guessed_account_teaches_nothing() -> None:
    directory = view(acme_com={"acme": 1})

    for name in "abc":
        resolve(event(email=f"{name}@acme.com"), directory)

    assert directory.change.taught == {}
    assert all(pointer.account is None for pointer in directory.change.pointers.values())


@pytest.mark.parametrize("times", [(1, 2, 3), (1, 2, 2), (2, 2, 2)])
def test_the_latest_event_names_the_account_whatever_the_order(times: tuple[int, ...]) -> None:
    named = zip(times, ("acme", "zeta", "bolt"), strict=True)
    events = [event(time=time, external_id="ann", company_id=to) for time, to in named]
    ends = set()

    for order in permutations(events):
        directory = view()
        for one in order:
            resolve(one, directory)
        ends.add(placed(event(external_id="ann"), directory).account_id)

    assert len(ends) == 1


def test_keys_of_the_longest_ids_fit_a_table_and_stay_apart() -> None:
    longest = ["😀" * 256, "😀" * 255 + "😁", "ΐ" * 320, "x" * 256]
    fields: list[dict[str, Any]] = [{field: text} for field in ANN for text in longest]
    events = [event(**one) for one in fields]

    keys = [key for one in events for key in user_keys(one)]

    assert len(set(keys)) == len(events)
    assert max(len(key.encode()) for key in keys) <= 1024
