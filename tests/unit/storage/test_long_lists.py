"""Lists of people are bounded reads, and hold everybody, whatever else stands among them."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.fakes import FakeDirectory
from waypost.event import Event
from waypost.profiles import resolution
from waypost.profiles.directory import User
from waypost.profiles.view import Change
from waypost.tenants import Tenant

TENANT = Tenant("t-1")
NOW = 1_800_000_000_000
List = Callable[[str, str | None, int], tuple[list[User], str | None]]


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory()


def change(directory: FakeDirectory, *events: Event) -> Change:
    view = directory.view(TENANT, list(events))
    for event in events:
        resolution.resolve(event, view, TENANT, NOW)
    return view.change


def came(name: str) -> Event:
    return Event(time=NOW, action="Came", external_id=name)


def pages(of: List, limit: int) -> list[list[User]]:
    """Every page, until one is the last."""
    page, following = of(TENANT.id, None, limit)
    read = [page]
    while following is not None:
        page, following = of(TENANT.id, following, limit)
        read.append(page)
        assert len(read) < 100, "a cursor leads back"
    return read


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_page_of_users_ends_after_five_thousand_items_and_the_next_goes_on(
    directory: FakeDirectory, limit: int
) -> None:
    browsers = [replace(came("ann"), anonymous_id=str(n)) for n in range(6000)]
    directory.commit(TENANT.id, change(directory, *browsers, came("ben"), came("cas")))

    read = pages(directory.users, limit)

    users = [user for page in read for user in page]
    assert sorted(str(user.external_id) for user in users) == ["ann", "ben", "cas"]
    assert [user.id for user in users] == sorted(user.id for user in users)
    assert len(read) > 1


def test_ids_of_any_beginning_are_listed_in_their_order(directory: FakeDirectory) -> None:
    ids = ["", "!", "0", "5x", "9z", ":", "Z", "a", "c1", "f", "g", "ü", "😀"]
    directory.add(TENANT.id, *(User(f"u_{id}") for id in ids))

    assert [page[0].id for page in pages(directory.users, 1)[:-1]] == [f"u_{id}" for id in ids]
