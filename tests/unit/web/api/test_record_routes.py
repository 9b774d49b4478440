"""Planhat's records over HTTP: each route under its scope, and nobody's body is read first."""

import json
from typing import Any

import pytest

from tests.fakes.seconds import context
from tests.faults.doorbell import gateway_event
from tests.readers import ChangingTenants, FakeGrants
from tests.unit.profiles.planhat import modelstore
from tests.unit.profiles.planhat.modelstore import NOW, TENANT, MemoryModels
from waypost.profiles.planhat import upserts
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.ports import RecordStores
from waypost.sources.formats.json_items import MAX_BODY
from waypost.tokens import Grant
from waypost.web.api.records import add_routes
from waypost.web.app import App

ACME = json.dumps({"externalId": "acme", "name": "Acme"}).encode()
SCOPES = ("read", "write", "admin")
ROUTES = [
    ("GET", "/companies", "read"),
    ("GET", "/companies/extid-acme", "read"),
    ("POST", "/companies", "write"),
    ("PUT", "/companies", "write"),
    ("PUT", "/companies/extid-acme", "write"),
    ("PATCH", "/companies/extid-acme", "write"),
    ("DELETE", "/companies/extid-acme", "write"),
]


class World:
    """One model's routes, over stores in memory."""

    def __init__(self) -> None:
        self.models = MemoryModels()
        grants = {f"wp_{scope}": Grant(TENANT.id, frozenset({scope})) for scope in SCOPES}
        lake, lists = self.models.lake, modelstore.lists(self.models)
        tokens, tenants = FakeGrants(grants), ChangingTenants()
        stores = RecordStores(tokens, tenants, self.models, lake, lists, lambda: NOW)
        self.app = App("models", upserts.refusal)
        add_routes(self.app, COMPANIES, lambda: stores)

    def ring(self, method: str, path: str, scope: str, body: bytes = ACME) -> tuple[int, Any]:
        event = gateway_event(method, path, body, Authorization=f"Bearer wp_{scope}")
        answer = self.app.resolve(event, context())
        return answer["statusCode"], json.loads(answer["body"])

    @property
    def accounts(self) -> set[str]:
        return {account.id for account in self.models.directory.every_account}


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_a_route_asks_for_its_scope_and_no_other_will_do(
    world: World, method: str, path: str, scope: str
) -> None:
    world.ring("POST", "/companies", "write")

    for other in set(SCOPES) - {scope}:
        status, refusal = world.ring(method, path, other)
        assert (status, refusal["code"]) == (403, "scope_missing")
    assert world.accounts == {"acme"}
    assert world.ring(method, path, scope)[0] == 200


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_who_is_unknown_is_refused_before_the_body_is_read(
    world: World, method: str, path: str, scope: str
) -> None:
    status, refusal = world.ring(method, path, f"nobodys-{scope}", b" " * (MAX_BODY + 1))

    assert (status, refusal["code"], world.accounts) == (401, "token_unknown", set())


def test_a_record_is_made_read_changed_listed_and_forgotten(world: World) -> None:
    created = world.ring("POST", "/companies", "write")[1]
    changed = world.ring("PATCH", "/companies/extid-acme", "write", b'{"name":"Acme Ltd"}')[1]
    listed = world.ring("GET", "/companies", "read")[1]
    gone = world.ring("DELETE", "/companies/extid-acme", "write")[1]

    assert (created["name"], changed["name"]) == ("Acme", "Acme Ltd")
    assert [record["_id"] for record in listed] == [created["_id"]]
    assert (gone["deletedCount"], world.accounts) == (1, set())


def test_a_tenant_that_was_deleted_is_served_by_its_defaults(world: World) -> None:
    answer = world.ring("PUT", "/companies", "write", b"[%s]" % ACME)

    assert (answer[0], answer[1]["created"]) == (200, 1)
