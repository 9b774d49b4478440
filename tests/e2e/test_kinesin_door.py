"""KinesinLMS's door over HTTP: who may track, what is kept, and how it is listed again."""

import re
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import Customer, Local, eventually
from tests.kinesin_bodies import ANON, BLOCK, DOCUMENTED, PLAY, SENT
from waypost.sources.kinesin_types import VIDEO
from waypost.storage.dynamo import Table
from waypost.storage.tokens_table import DynamoTokens
from waypost.tokens import Grant, new

TAKEN = (201, {"tracking_event_type": VIDEO, "received": True})


def track(
    local: Local, customer: Customer, body: Any, path: str = "/api/tracking", **headers: str
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {customer.token}", "X_Anon_Username": ANON} | headers
    status, answer, _ = local.send("POST", path, body, **headers)
    return status, answer


def tracked(local: Local, customer: Customer, query: str = "") -> Any:
    token = f"Bearer {customer.token}"
    status, body, _ = local.send("GET", f"/api/tracking{query}", Authorization=token)
    assert status == 200, body
    return body


@pytest.mark.parametrize("path", ["/api/tracking", "/api/tracking/"])
@pytest.mark.parametrize("body", [SENT, DOCUMENTED])
def test_both_spellings_are_taken_with_and_without_a_slash(
    local: Local, customer: Customer, path: str, body: dict[str, Any]
) -> None:
    assert track(local, customer, body, path) == TAKEN


def test_without_a_token_that_may_write_nothing_is_taken(local: Local, customer: Customer) -> None:
    read_only = new()
    directory = Table(local.client("dynamodb"), local.outputs["DirectoryTable"])
    DynamoTokens(directory).put(read_only, Grant(customer.tenant, frozenset({"read"})))
    refused = [
        {},
        {"Authorization": f"Bearer {customer.tenant}"},
        {"Authorization": "Bearer wp_" + "0" * 64},
        {"Authorization": f"Bearer {read_only}"},
    ]

    for headers in refused:
        status, body, found = local.send("POST", "/api/tracking", SENT, **headers)

        assert status == 403
        assert {"code", "message", "detail"} <= body.keys()
        assert "www-authenticate" not in found
    assert local.counts(customer)["received"] == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"course_unit_id": None}, "course_unit_id"),
        ({"event_data": {"video_event_type": PLAY["video_event_type"]}}, "video_id"),
        ({"event_type": "kinesinlms.course.video.rewind"}, "event_type"),
    ],
)
def test_a_refusal_names_the_field(
    local: Local, customer: Customer, changed: dict[str, Any], field: str
) -> None:
    status, body = track(local, customer, {**SENT, **changed})

    assert status == 400
    assert body[field] == [body["message"]]
    assert body["code"]


def test_what_was_tracked_is_listed_in_the_vendors_structure(
    local: Local, customer: Customer
) -> None:
    track(local, customer, {**SENT, "page_url": "https://lms.example/u1"})
    local.settled(customer, 1)

    (found,) = eventually(lambda: tracked(local, customer)["events"], bool)

    assert UUID(found.pop("uuid"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", found.pop("time"))
    assert found == {
        "event_type": VIDEO,
        "user": None,
        "anon_username": ANON,
        "course_slug": "DEMO",
        "course_run": "SP",
        "module_id": None,
        "section_id": None,
        "unit_id": None,
        "page_url": "https://lms.example/u1",
        "unit_node_slug": "u1",
        "course_unit_id": 17,
        "course_unit_slug": "intro",
        "block_uuid": BLOCK,
        "event_data": PLAY,
    }


def test_the_listing_has_pages_and_only_its_own_events(local: Local, customer: Customer) -> None:
    for course in ("A", "B", "C"):
        assert track(local, customer, {**SENT, "course_slug": course}) == TAKEN
    other = {"externalId": "u1", "cId": "acme", "action": "Opened"}
    local.send("POST", f"/analytics/{customer.tenant}", other)
    local.settled(customer, 4)
    eventually(lambda: local.get(customer, "events")["events"], lambda all: len(all) == 4)

    seen, page = [], tracked(local, customer, "?limit=2")
    while page["events"] or page["next"]:
        seen += [one["course_slug"] for one in page["events"]]
        if page["next"] is None:
            break
        page = tracked(local, customer, f"?limit=2&cursor={page['next']}")

    assert sorted(seen) == ["A", "B", "C"]


def test_reading_needs_a_token_that_may_read(local: Local, customer: Customer) -> None:
    for token in (customer.tenant, "wp_" + "0" * 64):
        status, body, _ = local.send("GET", "/api/tracking", Authorization=f"Bearer {token}")

        assert (status, body["code"]) == (401, "token_unknown")


def test_no_personal_data_comes_to_rest_anywhere(local: Local, customer: Customer) -> None:
    person = {"user": 17, "email": "ann@acme.example", "name": "Ann Archer", "username": "annarch"}

    track(local, customer, {**SENT, **person})
    track(local, customer, {**SENT, **person, "event_type": "nothing"})

    local.settled(customer, 2)
    shown = [
        eventually(lambda: local.get(customer, "events"), lambda page: page["events"]),
        local.get(customer, "users"),
        local.get(customer, "ledger"),
    ]
    for private in ("ann archer", "annarch", "acme.example"):
        assert private not in str(shown).lower()


def test_a_tenant_may_add_event_types(local: Local) -> None:
    strict, extended = local.customer(), local.customer(event_types=("acme.lab.opened",))
    opened = {"event_type": "acme.lab.opened"}

    assert track(local, strict, opened)[0] == 400
    assert track(local, extended, opened) == (
        201,
        {"tracking_event_type": "acme.lab.opened", "received": True},
    )


def test_the_learner_is_one_user_under_the_anonymous_id(local: Local, customer: Customer) -> None:
    for kind in ("kinesinlms.core.user.login", "kinesinlms.course.home.page_view"):
        assert track(local, customer, {"event_type": kind})[0] == 201

    counts = local.settled(customer, 2)

    assert counts["stored"] == 2
    (user,) = local.get(customer, "users")["users"]
    assert (user["anonymous_id"], user["email"], user["name"]) == (ANON, None, None)
