"""The stores' promises for profiles: accounts with traits, and merged users."""

from tests.integration.test_store_contract import NOW, added, event
from tests.integration.worlds import World
from waypost.event import GROUP
from waypost.profiles.directory import Account
from waypost.profiles.view import Lost
from waypost.tenants import Tenant


def group(**traits: object) -> object:
    return event(external_id=None, company_id="acme", kind=GROUP, properties=traits)


def test_an_account_keeps_its_traits(world: World, tenant: Tenant) -> None:
    view = world.directory.view(tenant, [group()])
    view.add_account(Account("acme", created=NOW))
    view.update_account(view.account("acme"), name="Acme", traits={"tier": "gold"})

    world.directory.commit(tenant.id, view.change)

    again = world.directory.view(tenant, [group()]).account("acme")
    assert (again.name, again.traits) == ("Acme", {"tier": "gold"})


def test_of_two_runs_that_change_an_account_the_second_reads_again(
    world: World, tenant: Tenant
) -> None:
    first = world.directory.view(tenant, [group()])
    first.add_account(Account("acme", created=NOW))
    world.directory.commit(tenant.id, first.change)
    views = [world.directory.view(tenant, [group()]) for _ in range(2)]
    for number, view in enumerate(views):
        view.update_account(view.account("acme"), traits={"run": number})
    world.directory.commit(tenant.id, views[0].change)

    assert world.directory.commit(tenant.id, views[1].change).accounts == {"acme"}


def test_runs_may_create_the_same_plain_account_at_once(world: World, tenant: Tenant) -> None:
    views = [world.directory.view(tenant, [group()]) for _ in range(2)]
    for view in views:
        view.add_account(Account("acme", created=NOW))

    for view in views:
        assert not world.directory.commit(tenant.id, view.change)

    assert world.directory.view(tenant, [group()]).account("acme").created == NOW


def test_a_merged_user_leaves_its_key_to_the_other(world: World, tenant: Tenant) -> None:
    ann, nobody = event(), event(external_id=None, anonymous_id="a1")
    both = event(anonymous_id="a1")
    for one in (ann, nobody):
        view = world.directory.view(tenant, [one])
        added(view, tenant, one)
        world.directory.commit(tenant.id, view.change)
    view = world.directory.view(tenant, [both])
    first = view.user_at("a:a1")
    view.merge("a:a1", first, view.user_at("x:ann"))

    world.directory.commit(tenant.id, view.change)

    again = world.directory.view(tenant, [both])
    assert again.user_at("a:a1").id == again.user_at("x:ann").id
    assert [*world.people.merged_into(tenant.id, again.user_at("x:ann").id)] == [first.id]


def test_a_key_that_moved_meanwhile_is_a_conflict(world: World, tenant: Tenant) -> None:
    people = [event(), event(external_id="bob"), event(external_id=None, anonymous_id="a1")]
    for one in people:
        view = world.directory.view(tenant, [one])
        added(view, tenant, one)
        world.directory.commit(tenant.id, view.change)
    views = [world.directory.view(tenant, people) for _ in range(2)]
    for view, name in zip(views, ("x:ann", "x:bob"), strict=True):
        view.merge("a:a1", view.user_at("a:a1"), view.user_at(name))
    world.directory.commit(tenant.id, views[0].change)

    lost = world.directory.commit(tenant.id, views[1].change)

    assert views[1].user_at("x:bob").id in lost.users


def test_traits_of_an_account_have_a_row_without_a_user(world: World, tenant: Tenant) -> None:
    first = world.rows.claim(tenant, [("r1", group(tier="gold"))])
    again = world.rows.claim(tenant, [("r2", group(tier="gold"))])

    assert first == again == {"e1": ("r1", 0, None)}


def test_the_record_that_a_key_led_to_is_told_beside_the_person_it_became(
    world: World, tenant: Tenant
) -> None:
    ann, visit = event(), event(external_id=None, anonymous_id="a1")
    both = event(anonymous_id="a1")
    view = world.directory.view(tenant, [ann, visit])
    person, anonymous = added(view, tenant, ann), added(view, tenant, visit)
    # A second browser of the anonymous user, which only points at its record.
    view.point("a:a2", anonymous, "a")
    world.directory.commit(tenant.id, view.change)
    view = world.directory.view(tenant, [both])
    view.merge("a:a1", view.user_at("a:a1"), view.user_at("x:ann"))
    world.directory.commit(tenant.id, view.change)

    seen = world.directory.view(tenant, [both, event(external_id=None, anonymous_id="a2")])

    for key in ("a:a1", "a:a2"):
        assert (seen.user_at(key).id, seen.record_at(key)) == (person.id, anonymous.id)
    assert seen.record_at("x:ann") == person.id
    assert seen.written(Lost(), whole=True).keys() == {("user", person.id), ("user", anonymous.id)}


def test_a_user_has_every_key_that_came_up(world: World, tenant: Tenant) -> None:
    view = world.directory.view(tenant, [event()])
    user = added(view, tenant, event(), external_id="ann")
    for n in range(110):
        view.point(f"a:a{n}", user, "x")
        view.add_key(f"a:a{n}", user, NOW)
    world.directory.commit(tenant.id, view.change)

    known = world.directory.keys_of(tenant.id, user)

    assert known == {"x:ann", *(f"a:a{n}" for n in range(110))}
