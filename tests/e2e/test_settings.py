"""A tenant's settings over HTTP: read, changed one by one, refused by name, and obeyed."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import Customer, Local, eventually
from waypost.storage.dynamo import Table
from waypost.storage.tenants_table import DynamoTenants
from waypost.storage.tokens_table import DynamoTokens
from waypost.tokens import Grant, new

DEFAULTS = {
    "name": "",
    "retention_days": 90,
    "auto_create_accounts": True,
    "domain_confidence": 0.65,
    "rules": [],
    "type_conflicts": "set_aside",
    "event_types": [],
    "placeholders": {"add": [], "keep": []},
    "timezone": "UTC",
    "week_starts_on": "monday",
}


def change(local: Local, customer: Customer, body: Any) -> tuple[int, Any]:
    token = f"Bearer {customer.token}"
    status, answer, _ = local.send("PATCH", "/api/v1/settings", body, Authorization=token)
    return status, answer


def test_a_new_tenant_has_every_setting_by_default(local: Local, customer: Customer) -> None:
    assert local.get(customer, "settings") == {"id": customer.tenant, **DEFAULTS}


def test_one_setting_changes_and_the_others_stay(local: Local, customer: Customer) -> None:
    rule = {"allow": ["a*"], "deny": [], "source": "segment", "site": "*.x", "short_actions": True}
    given = {"rules": [rule]}

    status, answer = change(local, customer, given)

    assert (status, answer) == (200, {"id": customer.tenant, **DEFAULTS, **given})
    assert local.get(customer, "settings") == answer


def test_a_bad_setting_is_named_and_nothing_changes(local: Local, customer: Customer) -> None:
    given = {"name": "changed", "rules": [{"source": "plonhat"}]}

    status, answer = change(local, customer, given)

    assert (status, answer["code"]) == (400, "invalid_setting")
    assert answer["field"] == "rules.0.source"
    assert local.get(customer, "settings") == {"id": customer.tenant, **DEFAULTS}


def test_the_secret_of_a_tenant_is_neither_shown_nor_set(local: Local, customer: Customer) -> None:
    directory = Table(local.client("dynamodb"), local.outputs["DirectoryTable"])
    tenant = DynamoTenants(directory).get(customer.tenant)
    assert tenant is not None

    refused = change(local, customer, {"secret": b64encode(b"x" * 32).decode()})
    answers = [refused, change(local, customer, {"name": "Acme"}), local.get(customer, "settings")]

    assert refused[0] == 400
    for text in (tenant.secret.hex(), b64encode(tenant.secret).decode()):
        assert text not in str(answers)
    after = DynamoTenants(directory).get(customer.tenant)
    assert (len(tenant.secret), after) == (32, replace(tenant, name="Acme"))


@pytest.mark.parametrize("scope", ["read", "write"])
def test_only_an_admin_may_change_settings_and_types(local: Local, scope: str) -> None:
    customer = local.customer()
    directory = Table(local.client("dynamodb"), local.outputs["DirectoryTable"])
    token = new()
    DynamoTokens(directory).put(token, Grant(customer.tenant, frozenset({scope})))
    weak = Customer(customer.tenant, token)

    status, answer = change(local, weak, {"name": "mine"})
    key = f"Bearer {token}"
    put = local.send("PUT", "/api/v1/schema/plan", {"type": "number"}, Authorization=key)[0]

    assert (status, answer["code"], put) == (403, "scope_missing", 403)
    assert change(local, Customer("", "wp_nobodys"), {"name": "mine"})[0] == 401


def test_changes_at_the_same_time_do_not_undo_each_other(local: Local, customer: Customer) -> None:
    given: list[dict[str, Any]] = [
        {"name": "Acme"},
        {"retention_days": 10},
        {"domain_confidence": 0.5},
        {"auto_create_accounts": False},
        {"type_conflicts": "keep"},
        {"timezone": "America/New_York", "week_starts_on": "sunday"},
        {"event_types": ["a"]},
    ]

    with ThreadPoolExecutor(len(given)) as pool:
        statuses = [one[0] for one in pool.map(lambda body: change(local, customer, body), given)]

    assert statuses == [200] * len(given)
    found = local.get(customer, "settings")
    assert all(found[name] == value for one in given for name, value in one.items())


def test_a_denied_action_is_ignored_and_its_rule_is_named(local: Local, customer: Customer) -> None:
    rules = [{"deny": ["screen.*"], "source": "planhat"}]
    assert change(local, customer, {"rules": rules})[0] == 200

    for action in ("screen.view", "page.view"):
        body = {"externalId": "ann", "cId": "acme", "action": action}
        answer = local.send("POST", f"/analytics/{customer.tenant}", body)[:2]
        assert answer == (200, {"processed": 1, "errors": []})

    counts = local.settled(customer, 2)
    assert (counts["stored"], counts["ignored"]) == (1, 1)
    (entry,) = local.get(customer, "ledger")["ignored"]
    assert (entry["code"], entry["field"]) == ("denied", "action")
    assert '"screen.*"' in entry["message"]
    shown = eventually(lambda: local.get(customer, "events")["events"], bool)
    assert [one["action"] for one in shown] == ["page.view"]


def test_two_sites_of_one_tenant_have_lists_of_their_own(local: Local, customer: Customer) -> None:
    rules = [{"deny": ["page.*"], "site": "docs.*"}, {"short_actions": True, "site": "shop"}]
    assert change(local, customer, {"rules": rules})[0] == 200
    seen = {"userId": "ann", "name": "page.home", "properties": {"url": "https://docs.example/"}}
    key = {"Authorization": f"Bearer {customer.token}"}

    answers = [
        local.send("POST", f"/v1/track{query}", {**seen, "event": action}, **key)[0]
        for query, action in (("", "page.read"), ("?site=shop", "page.read"), ("?site=shop", "Ran"))
    ]
    lists = local.send("GET", f"/analytics/sites/{customer.tenant}?site=docs.example")[1]

    assert answers == [200, 200, 400]
    counts = local.settled(customer, 3)
    assert (counts["ignored"], counts["stored"], counts["rejected"]) == (1, 1, 1)
    assert (lists["deny"], lists["actions"]) == (["page.*"], "")
