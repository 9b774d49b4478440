"""A credential of one tenant never reaches another, whichever sender's door it opens."""

import base64
import json
from typing import Any

import pytest

from tests.conftest import Customer, Local
from tests.faults.doorbell import TENANT, TOKEN
from tests.faults.senders import SENDERS, Sender
from waypost.storage.dynamo import Table
from waypost.storage.tokens_table import DynamoTokens
from waypost.tokens import Grant, new


def send(local: Local, sender: Sender, key: str, *, place: str = "") -> tuple[int, Any]:
    """One good item under a key, in whatever place the sender has for it."""
    headers = {name: _keyed(value, key) for name, value in sender.headers.items()}
    path = sender.path.replace(TENANT, place or key)
    status, body, _ = local.send("POST", path, sender.wrap([sender.good()]), **headers)
    return status, body


def _keyed(value: str, key: str) -> str:
    if value.startswith("Basic "):
        return "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    return value.replace(TOKEN, key).replace(TENANT, key)


def granted(local: Local, tenant: str, *scopes: str) -> str:
    token = new()
    directory = Table(local.client("dynamodb"), local.outputs["DirectoryTable"])
    DynamoTokens(directory).put(token, Grant(tenant, frozenset(scopes)))
    return token


@pytest.mark.parametrize("sender", SENDERS, ids=str)
def test_what_a_tenant_sends_arrives_there_and_nowhere_else(local: Local, sender: Sender) -> None:
    mine, other = local.customer(), local.customer()

    status, _ = send(local, sender, mine.token)

    assert status < 300
    assert local.settled(mine, 1)["received"] == 1
    assert local.counts(other)["received"] == 0


@pytest.mark.parametrize("sender", SENDERS, ids=str)
def test_a_token_that_only_reads_opens_no_door(
    local: Local, customer: Customer, sender: Sender
) -> None:
    status, body = send(local, sender, granted(local, customer.tenant, "read"))

    assert status in (401, 403)
    assert body["message"]
    assert local.counts(customer)["received"] == 0


@pytest.mark.parametrize("scope", ["read", "write"])
def test_planhats_records_are_seen_by_their_tenant_alone(local: Local, scope: str) -> None:
    mine, other = local.customer(), local.customer()
    body = json.dumps([{"externalId": "acme", "name": "Acme"}]).encode()
    stranger = granted(local, other.tenant, scope)

    status, _, _ = local.send("PUT", "/companies", body, Authorization=f"Bearer {mine.token}")

    assert status == 200
    path = "/companies/extid-acme"
    found, _, _ = local.send("GET", path, Authorization=f"Bearer {stranger}")
    gone, _, _ = local.send("DELETE", path, Authorization=f"Bearer {stranger}")
    assert (found, gone) == ((404, 403) if scope == "read" else (403, 404))
    kept, record, _ = local.send("GET", path, Authorization=f"Bearer {mine.token}")
    assert (kept, record["name"]) == (200, "Acme")
