"""Planhat's models over HTTP, against the local default: who may, and what is refused."""

import base64

import pytest

from tests.conftest import Customer, Local
from tests.e2e.modelclient import Models

BODIES = [
    (b"", "empty_body"),
    (b"null", "not_json"),
    (b"\xff\xfe\x00\xd8", "bad_encoding"),
    (b"\x1f\x8bno gzip", "bad_gzip"),
    (b"[null]", "not_an_object"),
]
ITEMS = [
    (b'{"name":"\\ud83d"}', "lone_surrogate"),
    (b'{"name":"\\u0000"}', "nul_character"),
    (b'{"name":NaN}', "number_not_finite"),
    (b'{"name":"x","n":1e999}', "number_not_finite"),
    (b'{"name":"x","n":%s}' % (b"1" * 5000), "number_too_long"),
    (b'{"name":"x","n":%s1%s}' % (b'{"a":' * 50_000, b"}" * 50_000), "too_deep"),
    (b'{"name":"x","name":"y"}', "duplicate_key"),
    (b'{"name":"x","custom":{"a":{"b":1}}}', "invalid_type"),
    (b'{"name":"%s"}' % (b"x" * 100_000), "record_too_large"),
]


@pytest.fixture
def models(local: Local, customer: Customer) -> Models:
    return Models(local, customer)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/companies", "read"),
        ("GET", "/endusers/extid-x", "read"),
        ("GET", "/leancompanies", "read"),
        ("POST", "/companies", "write"),
        ("PUT", "/endusers", "write"),
        ("PATCH", "/companies/extid-x", "write"),
        ("DELETE", "/endusers/extid-x", "write"),
    ],
)
def test_a_token_with_the_scope_is_needed_and_the_tenant_id_is_none(
    models: Models, method: str, path: str, scope: str
) -> None:
    other = models.token({"read": "write", "write": "read"}[scope])

    stranger = models.call(method, path, token=models.customer.tenant)
    forbidden = models.call(method, path, token=other)
    allowed = models.call(method, path, token=models.token(scope))

    assert (stranger[0], stranger[1]["code"]) == (401, "token_unknown")
    assert (forbidden[0], forbidden[1]["code"]) == (403, "scope_missing")
    assert forbidden[1]["permissionErrors"]
    assert allowed[0] not in (401, 403)


def test_a_basic_credential_is_as_good_as_a_bearer(local: Local, customer: Customer) -> None:
    basic = base64.b64encode(f"{customer.token}:".encode()).decode()

    status, answer, _ = local.send("GET", "/companies", Authorization=f"Basic {basic}")

    assert (status, answer) == (200, [])


def test_two_tenants_never_see_each_other(local: Local, models: Models) -> None:
    stored = models.ok("POST", "/companies", {"externalId": "acme", "name": "Acme"})
    other = Models(local, local.customer())

    assert other.ok("GET", "/companies") == []
    assert other.call("GET", f"/companies/{stored['_id']}")[0] == 404
    assert other.call("DELETE", "/companies/extid-acme")[0] == 404


@pytest.mark.parametrize(("body", "code"), BODIES + ITEMS)
@pytest.mark.parametrize("noun", ["companies", "endusers"])
def test_a_hostile_body_gets_a_reason(models: Models, noun: str, body: bytes, code: str) -> None:
    models.ok("POST", f"/{noun}", {"externalId": "x", "name": "X"})

    for method, path in (("POST", noun), ("PUT", f"{noun}/extid-x"), ("PATCH", f"{noun}/extid-x")):
        status, answer = models.call(method, f"/{path}", body)
        assert (status, answer["code"]) == (400, code)
        assert answer["message"]


@pytest.mark.parametrize(("item", "code"), ITEMS)
def test_a_hostile_item_harms_no_neighbour(models: Models, item: bytes, code: str) -> None:
    items = b'[{"externalId":"a","name":"A"},%s]' % item
    status, answer = models.call("PUT", "/companies", items)

    assert (status, answer["created"]) == (206, 1)
    assert [(one["index"], one["code"]) for one in answer["createdErrors"]] == [(1, code)]


@pytest.mark.parametrize(
    "path",
    ["/companies/acme", "/companies/extid-", "/companies/%00", "/companies/extid-%FF",
     "/companies/extid-%7C", "/endusers/extid-" + "x" * 2000, "/endusers/srcid-' OR 1",
     "/companies/..%2fusers"],
)  # fmt: skip
def test_a_name_that_nobody_has_is_a_404(models: Models, path: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        status, answer = models.call(method, path.replace(" ", "%20"), {"name": "x"})
        assert status == 404, answer
        assert answer["code"].startswith(("unknown_", "no_route"))


@pytest.mark.parametrize("query", ["limit=0", "limit=5001", "limit=1e3", "offset=-1", "offset=x"])
def test_a_query_that_is_not_understood_is_refused(models: Models, query: str) -> None:
    status, answer = models.call("GET", f"/companies?{query}")

    assert (status, answer["code"]) == (400, "bad_query")
