"""One suite of promises for the stores in memory and for the real ones: the fakes are honest.

Doors and matching; events' rows are in `test_store_contract_rows`, the lake and the numbers in
`test_store_contract_numbers`.
"""

from copy import deepcopy
from random import Random
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from tests.integration.worlds import World
from waypost.event import Event, Reject, Verdict
from waypost.ingest.messages import Message, Pointer, frame, wire
from waypost.lake.records import Landed
from waypost.profiles.directory import Account, User, user_id, user_keys
from waypost.profiles.view import View
from waypost.tenants import Tenant

NOW = 1_800_000_000_000
HOSTILE = [
    *("a", "a#", "a#b", "a|b", "|", "#", "/", "..", "../a", "a/../b", "%2F", "a b", "~", "feed"),
    *("é", "e\u0301", "\u202e", "日本", "key|x:a", "user", "x" * 256, "y" * 256, "😀" * 256),
]


def event(id: str = "e1", *, n: int = 0, time: int = NOW, **fields: Any) -> Event:
    return Event(id=id, n=n, time=time, action="Did", **({"external_id": "ann"} | fields))


def message(text: str, *, part: int = 0, receipt: str = "r1") -> bytes:
    line = msgspec.json.encode(event(label=text))
    return wire(
        tenant="t", receipt=receipt, source="s", received=NOW, lines=[line], rejects=[], part=part
    )


def landed(id: str, **fields: Any) -> Landed:
    return Landed(
        id=id,
        time=NOW,
        receipt="r1",
        received=NOW,
        source="s",
        verdict=Verdict.STORED,
        **fields,
    )


def added(view: View, tenant: Tenant, one: Event, **fields: object) -> User:
    """Makes the user of an event, with all its keys, as `waypost.profiles.resolution` does."""
    user = User(user_id(tenant.id, user_keys(one)[0], tenant.secret), created=NOW)
    view.add_user(user)
    for key in user_keys(one):
        view.point(key, user, user_keys(one)[0][0])
    view.update(user, **fields)
    return user


def test_tenants_are_read_many_at_once_and_who_is_nobody_is_left_out(world: World) -> None:
    known = [Tenant(str(uuid4()), retention_days=n, secret=b"s") for n in (1, 2)]
    for tenant in known:
        world.add_tenant(tenant)

    read = world.settings.get_many({*(tenant.id for tenant in known), "nobody", "no|id", ""})

    assert read == {tenant.id: tenant for tenant in known}


@pytest.mark.parametrize("reader", ["tenants", "settings"])
def test_a_tenant_is_found_by_its_id_and_by_nothing_else(
    world: World, tenant: Tenant, reader: str
) -> None:
    tenants = getattr(world, reader)

    answers = [tenants.get(id) for id in (tenant.id, tenant.id + "x", "", *HOSTILE)]

    assert answers == [tenant] + [None] * (len(HOSTILE) + 2)


def test_every_message_arrives_whatever_its_characters(world: World) -> None:
    texts = ["\x00\x1f", "\ufffe\uffff", "😀\u202e", '"\\', *(f"number {n}" for n in range(21))]

    world.outbox.send("t", [message(text) for text in texts])

    arrived = [world.read(body).events[0].label for body in world.queued()]
    assert sorted(arrived) == sorted(texts)


def test_a_pointer_leads_to_its_frame_of_a_chunk(world: World, tenant: Tenant) -> None:
    frames = [frame(message(f"part {n}", part=n)) for n in range(3)]
    key = f"chunks/{tenant.id}/r1-000000.zst"

    world.outbox.put_chunk(key, b"".join(frames))
    world.outbox.send(tenant.id, [Pointer(tenant.id, key, len(frames[0]), len(frames[1]))])

    assert [world.read(body).part for body in world.queued()] == [1]


def test_a_new_user_is_found_under_every_key(world: World, tenant: Tenant) -> None:
    known = event(email="Ann@Acme.com", anonymous_id="a1")
    view = world.directory.view(tenant, [known])
    user = added(view, tenant, known, name="Ann", account_id="acme")

    world.directory.commit(tenant.id, view.change)

    seen = world.directory.view(tenant, [known])
    assert {key: seen.user_at(key) for key in user_keys(known)} == dict.fromkeys(
        ["x:ann", "e:ann@acme.com", "a:a1"], user
    )


def test_the_same_commit_twice_changes_nothing(world: World, tenant: Tenant) -> None:
    view = world.directory.view(tenant, [event()])
    added(view, tenant, event(), name="Ann")
    view.add_account(Account("acme", NOW))
    repeated = deepcopy(view.change)
    world.directory.commit(tenant.id, view.change)

    assert not world.directory.commit(tenant.id, repeated)

    seen = world.directory.view(tenant, [event(company_id="acme")])
    user = seen.user_at("x:ann")
    assert (user.name, user.version, seen.account("acme").created) == ("Ann", 1, NOW)


def test_of_two_runs_that_create_one_user_one_has_to_look_again(
    world: World, tenant: Tenant
) -> None:
    one, other = event(email="ann@acme.com"), event(external_id="bob", email="ann@acme.com")
    views = [world.directory.view(tenant, [wanted]) for wanted in (one, other)]
    winner = added(views[0], tenant, one)
    added(views[1], tenant, other)
    world.directory.commit(tenant.id, views[0].change)

    lost = world.directory.commit(tenant.id, views[1].change)

    assert lost.users == set(views[1].change.users)
    seen = world.directory.view(tenant, [one, other])
    assert seen.user_at("e:ann@acme.com") == winner
    assert seen.user_at("x:bob") is None


def test_a_user_changes_only_from_the_version_that_was_read(world: World, tenant: Tenant) -> None:
    view = world.directory.view(tenant, [event()])
    added(view, tenant, event())
    world.directory.commit(tenant.id, view.change)
    views = [world.directory.view(tenant, [event()]) for _ in range(2)]
    for view, name in zip(views, ("Ann", "Bob"), strict=True):
        view.update(view.user_at("x:ann"), name=name)

    world.directory.commit(tenant.id, views[0].change)
    lost = world.directory.commit(tenant.id, views[1].change)

    assert lost.users == set(views[1].change.users)
    assert world.directory.view(tenant, [event()]).user_at("x:ann").name == "Ann"


def test_an_account_that_two_runs_create_is_created_once(world: World, tenant: Tenant) -> None:
    for created in (NOW, NOW + 1):
        view = world.directory.view(tenant, [])
        view.add_account(Account("acme", created))
        world.directory.commit(tenant.id, view.change)

    account = world.directory.view(tenant, [event(company_id="acme")]).account("acme")
    assert account.created == NOW


def test_a_domain_counts_each_of_its_users_once_where_they_are_now(
    world: World, tenant: Tenant
) -> None:
    moves = [("u1", "acme"), ("u2", "acme"), ("u1", "bolt"), ("u3", "zeta"), ("u3", "acme")]
    for n, (name, account) in enumerate(moves):
        who = event(external_id=name, email=f"{name}@mail.acme.com", company_id=account)
        view = world.directory.view(tenant, [who])
        user = view.user_at(f"x:{name}") or added(view, tenant, who)
        view.update(user, email=who.email, account_id=account, account_at=NOW + n)
        view.teach(user, "acme.com")
        world.directory.commit(tenant.id, view.change)
    other = event(external_id="u9", email="u9@acme1.com", company_id="zeta")
    view = world.directory.view(tenant, [other])
    view.teach(added(view, tenant, other, email=other.email, account_id="zeta"), "acme1.com")
    world.directory.commit(tenant.id, view.change)

    view = world.directory.view(tenant, [event(external_id=None, email="new@acme.com")])

    assert +view.domains["acme.com"].counts == {"acme": 2, "bolt": 1}


def test_a_user_may_have_any_number_of_keys_and_the_newest_come_first(
    world: World, tenant: Tenant
) -> None:
    visits = [event(anonymous_id=f"a{n}", time=NOW + n) for n in range(250)]
    view = world.directory.view(tenant, visits)
    user = added(view, tenant, visits[0], external_id="ann", anonymous_id="a0")
    for visit in visits:
        view.point(f"a:{visit.anonymous_id}", user, "x")
        view.add_key(f"a:{visit.anonymous_id}", user, visit.time)

    world.directory.commit(tenant.id, view.change)

    seen = world.directory.view(tenant, visits)
    assert {seen.user_at(f"a:{visit.anonymous_id}").id for visit in visits} == {user.id}
    newest, rest = world.people.further_keys(tenant.id, user.id, None, 200)
    older, end = world.people.further_keys(tenant.id, user.id, rest, 200)
    assert [*newest, *older] == [f"a:a{n}" for n in range(249, 0, -1)]
    assert end is None


def test_the_ledger_keeps_each_message_whole_and_in_order(world: World, tenant: Tenant) -> None:
    def entry(receipt: str, part: int, *codes: str) -> None:
        rejects = [Reject(n, code, "why", payload="{}") for n, code in enumerate(codes)]
        world.ledger.put(tenant, Message(tenant.id, receipt, "s", NOW, part=part), rejects)

    entry("r1", 1, "c")
    entry("r1", 0, "a", "b")
    entry("r1", 0, "a", "b")
    entry("r10", 0, "other")

    assert [reject.code for reject in world.ledger.of_receipt(tenant.id, "r1")] == ["a", "b", "c"]


def test_the_live_feed_is_read_both_ways_from_any_place(world: World, tenant: Tenant) -> None:
    for n in range(4):
        world.feed.put(tenant, [landed(f"e{n}"), landed(f"f{n}")], NOW + n, [f"m{n}"])
    world.feed.put(tenant, [], NOW + 9, ["nothing"])

    live = list(world.feed.older(tenant.id, None))

    assert [{one.id[1:] for one in page.records} for page in live] == [{"3"}, {"2"}, {"1"}, {"0"}]
    assert list(world.feed.older(tenant.id, live[1].cursor)) == live[2:]
    assert list(world.feed.newer(tenant.id, None)) == live[::-1]
    assert list(world.feed.newer(tenant.id, live[2].cursor)) == [live[1], live[0]]


def test_a_feed_takes_the_largest_events(world: World, tenant: Tenant) -> None:
    chance = Random(1)
    large = [{"text": chance.randbytes(15_000).hex()} for _ in range(60)]
    records = [landed(f"e{n}", properties=one) for n, one in enumerate(large)]

    world.feed.put(tenant, records, NOW, ["m1"])

    pages = world.feed.older(tenant.id, None)
    assert {one.id for page in pages for one in page.records} == {one.id for one in records}


@pytest.mark.parametrize("field", ["external_id", "email", "anonymous_id"])
def test_no_users_key_reaches_anothers_place(world: World, tenant: Tenant, field: str) -> None:
    only: dict[str, Any] = {"external_id": None, field: None}
    events = [event(f"e{n}", **only | {field: id}) for n, id in enumerate(HOSTILE)]
    view = world.directory.view(tenant, events)
    for one in events:
        added(view, tenant, one, name=one.id)
    world.directory.commit(tenant.id, view.change)
    world.rows.claim(tenant, [("r1", one) for one in events])

    seen = world.directory.view(tenant, events)
    for one in events:
        (key,) = user_keys(one)
        rows = world.rows.of_user(tenant.id, [key], None, 100)
        assert ([row.id for _, row in rows], seen.user_at(key).name) == ([one.id], one.id)


def test_no_accounts_id_reaches_anothers_place(world: World, tenant: Tenant) -> None:
    view = world.directory.view(tenant, [])
    for n, id in enumerate(HOSTILE):
        view.add_account(Account(id, n))
    world.directory.commit(tenant.id, view.change)

    seen = world.directory.view(tenant, [event(company_id=id) for id in HOSTILE])
    for n, id in enumerate(HOSTILE):
        assert seen.account(id).created == n
