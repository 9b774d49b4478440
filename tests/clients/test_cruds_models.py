"""cruds, unmodified but for its hosts: every method of its companies and endusers, read back both
through the client and through the read API."""

from functools import partial
from typing import Any

import pytest

from tests.clients.conftest import RunClient
from tests.clients.cruds_calls import ACME, DRIVER, Calls, Named, make, record
from tests.clients.faults import Bench

DELETED = {"n": 1, "ok": 1, "deletedCount": 1}
SERVED = {"company": "companies", "enduser": "endusers", "metrics": "dimensiondata"}
ANN: dict[str, Any] = {
    "externalId": "u-1", "sourceId": "0035", "name": "Ann Archer", "email": "ann@acme.com",
    "position": "CEO", "phone": "+49 30 1", "featured": True, "tags": ["a"],
    "custom": {"n": 1.5}, "companyName": "ACME", "createDate": "2020-01-01T00:00:00.000Z",
}  # fmt: skip


@pytest.fixture
def call(run_client: RunClient) -> Calls:
    return partial(make, run_client)


def test_a_company_is_created_read_changed_listed_and_deleted(call: Calls, bench: Bench) -> None:
    (stored,) = call(("company", "create", ACME))
    names = [stored["_id"], "extid-acme", "srcid-0015"]
    companies = call(*(("company", "get_by_id", name) for name in names))
    patched, pages, lean = call(
        ("company", "update", "extid-acme", {"phase": "Churn", "tags": ["x"], "custom": {"b": 2}}),
        ("company", "get_list"),
        ("company", "get_lean_list", None, "0015", ["customer", "lost"]),
    )

    assert stored | ACME == stored
    assert companies == [stored] * 3
    assert patched == stored | {
        "phase": "Churn", "tags": ["x"], "custom": ACME["custom"] | {"b": 2},
    }  # fmt: skip
    assert pages == [[{"_id": stored["_id"], "name": "Acme Ltd"}]]
    keys = ("_id", "externalId", "sourceId", "name", "slug")
    assert lean == [{key: stored[key] for key in keys}]
    account = bench.local.get(bench.customer, "accounts/acme")
    assert account["name"] == "Acme Ltd"
    for name in ACME.keys() - {"externalId"}:
        assert account["traits"][name] == patched[name]
    assert call(("company", "delete", stored["_id"]), ("company", "get_list")) == [DELETED, [[]]]
    record("/companies", "create, update, read, list, lean list, delete")


def test_an_enduser_is_created_read_changed_listed_and_deleted(call: Calls, bench: Bench) -> None:
    company, stored = call(
        ("company", "create", ACME),
        ("enduser", "create", ANN | {"companyId": "srcid-0015"}),
    )
    names = [stored["_id"], "extid-u-1", "srcid-0035"]
    users = call(*(("enduser", "get_by_id", name) for name in names))
    patched, pages, some = call(
        ("enduser", "update", "srcid-0035", {"position": "CTO", "email": "ann@acme.org"}),
        ("enduser", "get_list"),
        ("enduser", "get_list", "name", "ALL", Named(companyId=company["_id"], limit=7)),
    )

    assert stored | ANN | {"companyId": company["_id"]} == stored
    assert users == [stored] * 3
    assert patched == stored | {"position": "CTO", "email": "ann@acme.org"}
    listed = {key: patched[key] for key in ("_id", "name", "companyId")}
    assert (pages, some) == ([[listed]], [[patched]])
    user = bench.local.get(bench.customer, "users/u-1")
    assert (user["account_id"], user["email"], user["name"]) == (
        "acme", "ann@acme.org", "Ann Archer",
    )  # fmt: skip
    assert {name: user["traits"][name] for name in ("phone", "tags", "custom")} == {
        name: ANN[name] for name in ("phone", "tags", "custom")
    }
    assert call(("enduser", "delete", "extid-u-1"), ("enduser", "get_list")) == [DELETED, [[]]]
    record("/endusers", "create, update, read, list, delete")


def test_a_bulk_upsert_is_cut_into_chunks_and_its_answers_added_up(
    call: Calls, bench: Bench
) -> None:
    users = [{"externalId": f"u-{n}", "name": f"N{n}", "companyId": "extid-acme"} for n in range(5)]
    changed = [users[0] | {"position": "CEO"}, *users[1:]]
    _, new, again = call(
        ("company", "bulk_upsert", [ACME]),
        ("enduser", "bulk_upsert", users, 2, True),
        ("enduser", "bulk_upsert", changed, 5000, True),
    )

    (pages,) = call(("enduser", "get_list", Named(limit=2)))

    assert [len(page) for page in pages] == [2, 2, 1]
    ids = {one["_id"] for page in pages for one in page}
    assert (new["created"], set(new["upsertedIds"])) == (5, ids)
    assert {one["externalId"] for one in new["insertsKeys"]} == {f"u-{n}" for n in range(5)}
    assert (again["updated"], again["nonupdates"], len(again["modified"])) == (1, 4, 1)
    assert len(bench.local.get(bench.customer, "users")["users"]) == 5
    record("/endusers", "bulk upsert")
    record("/companies", "bulk upsert")


def test_what_is_wrong_with_a_record_is_raised_with_its_reason(call: Calls) -> None:
    partly, wholly, one, absent = call(
        ("company", "bulk_upsert", [ACME, {"externalId": "nameless"}], 5000, True),
        ("company", "bulk_upsert", [{"externalId": "nameless"}]),
        ("enduser", "create", {"name": "Nobody"}),
        ("company", "get_by_id", "extid-nobody"),
    )

    assert partly["raised"] == wholly["raised"] == one["raised"] == "PlanhatUpsertError"
    assert [e["code"] for e in partly["errors"]["createdErrors"]] == ["missing_field"]
    assert [e["code"] for e in wholly["errors"]["createdErrors"]] == ["missing_field"]
    assert [e["code"] for e in one["errors"]["errors"]] == ["identity_missing"]
    assert "unknown_company" in absent["message"]


def test_a_model_that_waypost_does_not_have_is_a_clear_404(
    call: Calls, run_client: RunClient
) -> None:
    uris = run_client(DRIVER, "models")["returned"]
    absent = {n: uri for n, uri in uris.items() if uri not in {*SERVED.values(), "analytics"}}

    told = call(
        *((model, "delete", "extid-1") for model in absent),
        *((model, "bulk_upsert", [{"name": "x"}]) for model in absent if model != "custom_field"),
    )

    assert set(SERVED) < set(uris)
    assert len(absent) > 20
    for one in told:
        assert "status code 404" in one["message"]
        assert "no_route" in one["message"]
