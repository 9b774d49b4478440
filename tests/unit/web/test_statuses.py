"""One table of statuses: under overload every client gets a status that it sends again."""

import pytest

from tests.clients.shipped import CLIENTS, Client
from waypost.errors import Forbidden, Malformed, TooLarge, Unauthorised, Unavailable
from waypost.web import statuses
from waypost.web.statuses import DOORS

RETRYING = [client for client in CLIENTS if client.resends]


@pytest.mark.parametrize("client", RETRYING, ids=lambda client: client.package)
def test_under_overload_a_client_sends_again(client: Client) -> None:
    for door in client.doors:
        assert statuses.of(Unavailable("busy"), door) in client.resends


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.package)
def test_what_was_taken_is_success_to_every_client(client: Client) -> None:
    for door in client.doors:
        assert DOORS[door].taken in client.success


@pytest.mark.parametrize("client", RETRYING, ids=lambda client: client.package)
def test_a_request_that_can_never_succeed_is_not_sent_again(client: Client) -> None:
    hopeless = (Malformed("x"), TooLarge("x"), Unauthorised("x"), Forbidden("x"))

    for door in client.doors:
        assert {statuses.of(error, door) for error in hopeless} & client.resends == set()


def test_the_learning_platform_is_told_403_where_others_are_told_401() -> None:
    told = {door: statuses.of(Unauthorised("x"), door) for door in DOORS}

    assert told.pop("kinesin") == 403
    assert set(told.values()) == {401}
