"""The stores' promises to readers: profiles by name and page, ledger and batches newest first."""

from tests.integration.test_store_contract import NOW, added, event
from tests.integration.worlds import World
from waypost.event import Event, Reject
from waypost.ingest.messages import Message
from waypost.profiles.directory import Account, User
from waypost.tenants import Tenant


def add(world: World, tenant: Tenant, one: Event, **fields: object) -> User:
    view = world.directory.view(tenant, [one])
    user = added(view, tenant, one, **fields)
    world.directory.commit(tenant.id, view.change)
    return user


def add_account(world: World, tenant: Tenant, id: str) -> None:
    view = world.directory.view(tenant, [event(company_id=id)])
    view.add_account(Account(id, created=NOW))
    world.directory.commit(tenant.id, view.change)


def test_accounts_are_read_by_id_and_page_by_page(world: World, tenant: Tenant) -> None:
    for id in ("c", "a", "b"):
        add_account(world, tenant, id)

    first, following = world.people.accounts(tenant.id, None, 2)
    rest, last = world.people.accounts(tenant.id, following, 2)

    assert [account.id for account in first + rest] == ["a", "b", "c"]
    assert last is None
    assert world.people.account(tenant.id, "b").id == "b"
    assert world.people.account(tenant.id, "nobody") is None
    some = world.people.accounts_by_id(tenant.id, {"c", "a", "nobody"})
    assert {account.id for account in some} == {"a", "c"}


def test_users_are_read_by_any_of_their_names(world: World, tenant: Tenant) -> None:
    ann = add(world, tenant, event(email="ann@acme.com"))
    bob = add(world, tenant, event(external_id="bob"))

    assert world.people.user(tenant.id, ann.id).id == ann.id
    for key in ("x:ann", "e:ann@acme.com"):
        assert world.people.user_at(tenant.id, key).id == ann.id
    assert world.people.user_at(tenant.id, "x:nobody") is None
    assert world.people.user(tenant.id, "nobody") is None
    ids = sorted((ann.id, bob.id))
    assert [user.id for user in world.people.users(tenant.id, None, 9)[0]] == ids
    assert [user.id for user in world.people.users(tenant.id, ids[0], 9)[0]] == ids[1:]
    assert [user.id for user in world.people.users_by_id(tenant.id, {bob.id, "no"})] == [bob.id]


def test_the_ledger_is_read_newest_message_first(world: World, tenant: Tenant) -> None:
    for number, receipt in enumerate(("r1", "r2", "r3")):
        message = Message(tenant.id, receipt, "s", NOW + number)
        world.entries.put(tenant, message, [Reject(number, "code", "why")])

    first, second = world.entries.newest(tenant.id, None, 2)
    (third,) = world.entries.newest(tenant.id, second[0], 2)

    assert [one[0].partition("#")[0] for one in (first, second, third)] == ["r3", "r2", "r1"]
    assert [one[1] for one in (first, second, third)] == [NOW + 2, NOW + 1, NOW]
    assert [one[2][0].index for one in (first, second, third)] == [2, 1, 0]
