"""Planhat's models over HTTP, against the local default: what is written, read, and deleted."""

from urllib.parse import quote

import pytest

from tests.conftest import Customer, Local, eventually
from tests.e2e.modelclient import Models
from waypost.storage.dynamo import Table


@pytest.fixture
def models(local: Local, customer: Customer) -> Models:
    return Models(local, customer)


def test_what_is_written_is_read_at_once_in_both_apis(
    local: Local, customer: Customer, models: Models
) -> None:
    company = models.ok("POST", "/companies", {"externalId": "acme", "name": "Acme", "phase": "x"})
    user = models.ok(
        "POST",
        "/endusers",
        {
            "externalId": "u-1",
            "email": "ann@acme.com",
            "companyId": "extid-acme",
            "position": "CEO",
        },
    )

    assert models.ok("GET", f"/companies/{company['_id']}") == company
    assert models.ok("GET", f"/endusers/{user['_id']}") == user
    assert user["companyId"] == company["_id"]
    account = local.get(customer, "accounts/acme")
    assert (account["name"], account["traits"]["phase"]) == ("Acme", "x")
    shown = local.get(customer, "users/u-1")
    assert (shown["account_id"], shown["traits"]["position"]) == ("acme", "CEO")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("form", ["_id", "extid-a b|c@d.e", "srcid-ü+1%"])
def test_one_record_is_changed_under_every_form_of_its_name(
    models: Models, method: str, form: str
) -> None:
    stored = models.ok(
        "POST", "/companies", {"externalId": "a b|c@d.e", "sourceId": "ü+1%", "name": "A"}
    )
    name = stored["_id"] if form == "_id" else quote(form, safe="")

    changed = models.ok(method, f"/companies/{name}", {"name": "B"})

    assert changed == stored | {"name": "B"}


@pytest.mark.parametrize(
    "name",
    [
        "a/b",
        "what?",
        "#1",
        'say "hi"',
        "`x`",
        "😀",
        "100%",
        "%2F",
        "a%20b",
        "a+b",
        "ä;ö",
        "//",
        "a\\b",
    ],
)
def test_a_name_of_any_characters_leads_to_its_own_record_and_to_no_other(
    local: Local, customer: Customer, models: Models, name: str
) -> None:
    plain = quote(name, safe="")
    company = models.ok("POST", "/companies", {"externalId": name, "name": name})
    models.ok("POST", "/companies", {"externalId": "a", "name": "a"})
    models.ok("POST", "/endusers", {"externalId": name, "companyId": f"extid-{name}"})

    assert models.ok("GET", f"/companies/extid-{plain}") == company
    assert local.get(customer, f"accounts/{plain}")["name"] == name
    assert local.get(customer, f"users/{plain}")["account_id"] == name


@pytest.mark.parametrize(("noun", "code"), [("companies", "company"), ("endusers", "enduser")])
def test_what_is_deleted_is_gone_and_cannot_be_deleted_again(
    local: Local, customer: Customer, models: Models, noun: str, code: str
) -> None:
    stored = models.ok("POST", f"/{noun}", {"externalId": "x", "sourceId": "s", "name": "X"})

    answer = models.ok("DELETE", f"/{noun}/extid-x")

    assert answer == {"n": 1, "ok": 1, "deletedCount": 1}
    for name in ("extid-x", "srcid-s", stored["_id"]):
        for method in ("DELETE", "GET", "PATCH"):
            status, refusal = models.call(method, f"/{noun}/{name}", {"name": "Y"})
            assert (status, refusal["code"]) == (404, f"unknown_{code}")
    assert models.ok("GET", f"/{noun}") == []
    assert local.get(customer, "unassigned")["unassigned"] == []
    assert models.ok("POST", f"/{noun}", {"externalId": "x", "name": "Z"})["name"] == "Z"


@pytest.mark.parametrize("noun", ["companies", "endusers"])
def test_nothing_is_left_that_leads_to_what_was_deleted(
    local: Local, customer: Customer, models: Models, noun: str
) -> None:
    table = Table(local.client("dynamodb"), local.outputs["DirectoryTable"])
    kinds = ("key", "user", "account", "domain")
    models.ok("POST", "/companies", {"externalId": "acme", "name": "Acme"})
    first = {"externalId": "x", "name": "X", "email": "x@acme.com", "companyId": "extid-acme"}
    models.ok("POST", f"/{noun}", first)
    moved = {"sourceId": "s-2", "email": "y@acme.org", "companyId": "extid-acme"}
    models.ok("PATCH", f"/{noun}/extid-x", {"sourceId": "s-1"})
    models.ok("PATCH", f"/{noun}/extid-x", moved)
    assert models.call("GET", f"/{noun}/srcid-s-1")[0] == 404

    models.ok("DELETE", f"/{noun}/srcid-s-2")
    models.ok("DELETE", "/companies/extid-acme")

    left = [one for kind in kinds for one in table.query(f"{customer.tenant}|{kind}")]
    assert left == []


def test_deleting_one_of_two_who_share_an_address_leaves_it_to_the_other(models: Models) -> None:
    first = models.ok("POST", "/endusers", {"externalId": "u-1", "email": "ann@acme.com"})
    models.ok("POST", "/endusers", {"externalId": "u-2", "email": "ann@acme.com"})

    models.ok("DELETE", "/endusers/extid-u-2")

    found = models.ok("POST", "/endusers", {"email": "ann@acme.com", "name": "Ann"})
    assert found == first | {"name": "Ann"}


def test_events_outlive_their_user_who_comes_back_with_the_next_one(
    local: Local, customer: Customer, models: Models
) -> None:
    event = {"externalId": "u-1", "companyExternalId": "acme", "action": "Logged in"}
    local.send("POST", f"/analytics/{customer.tenant}", event)
    local.settled(customer, 1)

    models.ok("DELETE", "/endusers/extid-u-1")
    assert models.call("GET", "/endusers/extid-u-1")[0] == 404
    local.send("POST", f"/analytics/{customer.tenant}", event)
    local.settled(customer, 2)

    assert models.ok("GET", "/endusers/extid-u-1")["externalId"] == "u-1"
    assert len(local.get(customer, "events?user=u-1")["events"]) == 2


def test_whoever_activities_named_is_listed_too(
    local: Local, customer: Customer, models: Models
) -> None:
    event = {"email": "ann@acme.com", "companyExternalId": "acme", "action": "Logged in"}
    local.send("POST", f"/analytics/{customer.tenant}", event)

    found = eventually(lambda: models.ok("GET", "/endusers"), bool)

    (company,) = models.ok("GET", "/companies")
    assert (company["externalId"], company["name"]) == ("acme", "acme")
    assert models.ok("GET", f"/companies/{company['_id']}") == company
    assert found[0]["companyId"] == company["_id"]


def test_an_open_door_does_not_change_what_a_token_vouched_for(
    local: Local, customer: Customer, models: Models
) -> None:
    models.ok("POST", "/companies", {"externalId": "acme", "name": "Acme"})
    user = {"externalId": "u-1", "email": "ann@acme.com", "name": "Ann", "companyId": "extid-acme"}
    stored = models.ok("POST", "/endusers", user)
    stranger = {"externalId": "u-1", "email": "eve@evil.com", "name": "Eve", "cId": "evil"}

    local.send("POST", f"/analytics/{customer.tenant}", stranger)
    local.settled(customer, 1)

    assert models.ok("GET", "/endusers/extid-u-1") == stored


def test_a_bulk_upsert_answers_200_206_or_400(models: Models) -> None:
    good, bad = {"externalId": "a", "name": "A"}, {"externalId": "b"}

    answers = [models.call("PUT", "/companies", items) for items in ([good], [good, bad], [bad])]

    assert [status for status, _ in answers] == [200, 206, 400]
    assert [one["createdErrors"] != [] for _, one in answers] == [False, True, True]


def test_lists_go_on_where_a_page_ended(models: Models) -> None:
    items = [{"externalId": f"c-{n}", "name": f"N{n}"} for n in range(250)]
    answer = models.ok("PUT", "/companies", items)

    pages = [models.ok("GET", f"/companies?offset={at}&select=name") for at in (0, 100, 200, 300)]

    assert answer["created"] == 250
    assert [len(page) for page in pages] == [100, 100, 50, 0]
    listed = [one for page in pages for one in page]
    assert [one["_id"] for one in listed] == sorted(answer["upsertedIds"], reverse=True)
    assert len(models.ok("GET", "/leancompanies")) == 250


def test_5000_records_are_taken_in_one_body(models: Models) -> None:
    models.ok("POST", "/companies", {"externalId": "acme", "name": "Acme"})
    items = [{"email": f"u{n}@acme.com", "companyId": "extid-acme"} for n in range(5000)]

    answer = models.ok("PUT", "/endusers", items)
    again = models.ok("PUT", "/endusers", items)

    assert (answer["created"], again["created"], again["nonupdates"]) == (5000, 0, 5000)
    assert len(models.ok("GET", "/endusers?limit=5000")) == 5000
    status, refusal = models.call("PUT", "/endusers", [*items, {}])
    assert (status, refusal["code"]) == (400, "too_many_items")
