"""Whose request it is: an id, a key or a token becomes one tenant, or a refusal that says why."""

import pytest

from tests.fakes import FakeOutbox, FakeRows, FakeTenants
from tests.readers import BatchReader, FakeGrants, FakeInboxQueue
from waypost.errors import Forbidden, NotFound, Unauthorised
from waypost.ingest.ports import DoorStores
from waypost.tenants import Tenant
from waypost.tokens import Grant
from waypost.web import auth

ACME, OTHER = Tenant("acme"), Tenant("other")
WRITER, READER, STRANGER, GONE = "wp_writer", "wp_reader", "wp_stranger", "wp_gone"
STORES = DoorStores(
    tenants=FakeTenants({"acme": ACME, "other": OTHER}),
    tokens=FakeGrants(
        {
            WRITER: Grant("acme", frozenset({"write"})),
            READER: Grant("acme", frozenset({"read"})),
            GONE: Grant("deleted", frozenset({"write"})),
        }
    ),
    outbox=FakeInboxQueue(),
    rows=FakeRows(),
    batches=BatchReader(),
)


def test_an_open_route_knows_its_tenant_by_the_id() -> None:
    assert auth.known_tenant("acme", STORES.tenants) == ACME

    with pytest.raises(NotFound) as refusal:
        auth.known_tenant("nobody", STORES.tenants)
    assert refusal.value.code == "unknown_tenant"


@pytest.mark.parametrize("credential", ["acme", WRITER])
def test_a_tenants_id_and_its_writing_token_open_a_door(credential: str) -> None:
    assert auth.owner(credential, STORES) == ACME


@pytest.mark.parametrize("credential", ["nobody", STRANGER, GONE, ""])
def test_a_key_of_nobody_is_unknown(credential: str) -> None:
    with pytest.raises(Unauthorised) as refusal:
        auth.owner(credential, STORES)

    assert refusal.value.code == "token_unknown"


def test_a_token_that_only_reads_is_told_which_scope_it_lacks() -> None:
    with pytest.raises(Forbidden) as refusal:
        auth.owner(READER, STORES)

    assert (refusal.value.code, "write" in refusal.value.message) == ("scope_missing", True)


def test_where_ids_are_public_only_a_token_opens_the_door() -> None:
    assert auth.token_owner(f"Bearer {WRITER}", STORES) == ACME

    for header in (None, "", "Bearer acme", "Token x"):
        with pytest.raises(Unauthorised) as refusal:
            auth.token_owner(header, STORES)
        assert refusal.value.code == "token_missing"


@pytest.mark.parametrize(
    "keys",
    [
        ("acme", "public"),
        ("public", "acme"),
        (WRITER, "public"),
        ("acme", WRITER),
        (READER, "acme"),
    ],
)
def test_of_two_keys_one_names_the_tenant_in_either_place(keys: tuple[str, str]) -> None:
    assert auth.owner_of_either(keys, STORES) == ACME


@pytest.mark.parametrize(
    "keys",
    [
        ("nobody", "public"),
        ("acme", "other"),
        (WRITER, "other"),
        (READER, "public"),
        ("public", READER),
    ],
)
def test_two_keys_that_may_not_write_or_name_two_tenants_are_refused(keys: tuple[str, str]) -> None:
    with pytest.raises(Unauthorised) as refusal:
        auth.owner_of_either(keys, STORES)

    assert refusal.value.code == "token_unknown"


@pytest.mark.parametrize(
    "header", [f"Bearer {READER}", f"bearer {READER}", "Basic d3BfcmVhZGVyOg=="]
)
def test_the_api_serves_the_tenant_of_the_token(header: str) -> None:
    assert auth.granted({"authorization": header}, "read", STORES.tokens) == "acme"


def test_the_api_knows_no_tenant_by_its_id() -> None:
    for header, code in (("Bearer acme", "token_unknown"), ("Bearer wp_x", "token_unknown")):
        with pytest.raises(Unauthorised) as refusal:
            auth.granted({"authorization": header}, "read", STORES.tokens)
        assert refusal.value.code == code
    with pytest.raises(Unauthorised) as refusal:
        auth.granted({}, "read", STORES.tokens)
    assert refusal.value.code == "token_missing"


def test_a_scope_that_a_token_lacks_is_forbidden() -> None:
    with pytest.raises(Forbidden):
        auth.granted({"authorization": f"Bearer {READER}"}, "admin", STORES.tokens)


def test_asking_who_it_is_writes_nothing() -> None:
    auth.owner(WRITER, STORES)

    assert isinstance(STORES.outbox, FakeOutbox)
    assert (STORES.outbox.sent, len(STORES.rows)) == ([], 0)  # type: ignore[arg-type]
