"""The Segment and RudderStack doors over HTTP, against the local default."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Customer, Local
from waypost.sources import segment

TYPES: dict[str, dict[str, object]] = {
    "track": {"event": "Created report"},
    "identify": {"traits": {"plan": "pro"}},
    "page": {"name": "Settings"},
    "screen": {"name": "Home"},
    "group": {"groupId": "acme"},
    "alias": {"previousId": "a-1"},
}
PATHS = [f"/v1/{name}" for name in segment.ROUTES]
DOCKS = ["/dock/segment", "/dock/segment/v1/batch"]
PAGE = "https://acme.example"
SUCCESS = (200, {"success": True})


def track(**more: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u-1", "event": "x", "groupId": "acme", **more}


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:".encode()).decode()


def ago(**span: int) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


@pytest.mark.parametrize("path", PATHS)
def test_every_route_takes_what_its_name_implies(
    local: Local, customer: Customer, path: str
) -> None:
    implied = segment.ROUTES[path.removeprefix("/v1/")]
    fields = TYPES[implied] if implied else {"type": "track", "event": "x"}
    body = {"userId": "u-1", "writeKey": customer.token, **fields}

    answers = [local.send("POST", f"{path}{slash}", body)[:2] for slash in ("", "/")]

    assert answers == [SUCCESS] * 2
    assert local.settled(customer, 2)["rejected"] == 0


@pytest.mark.parametrize("path", DOCKS)
@pytest.mark.parametrize("shape", ["one", "array", "batch"])
def test_planhats_door_takes_one_an_array_and_a_batch(
    local: Local, customer: Customer, path: str, shape: str
) -> None:
    message = {"type": "track", "user_id": "12345", "event": "downloaded a report"}
    body = {"one": message, "array": [message], "batch": {"batch": [message]}}[shape]

    answer = local.send("POST", path, body, Authorization=basic(customer.tenant))

    assert answer[:2] == (200, {"processed": 1, "errors": []})


def test_planhats_door_shows_what_it_ignores(local: Local, customer: Customer) -> None:
    ignored = [
        {"type": "page", "userId": "u-1"},
        {"type": "group", "userId": "u-1", "groupId": "acme"},
        {"type": "track", "event": "x"},
    ]

    answer = local.send("POST", "/dock/segment", ignored, Authorization=basic(customer.token))

    assert answer[:2] == (200, {"processed": 3, "errors": []})
    assert local.settled(customer, 3)["ignored"] == 3
    entries = local.get(customer, "ledger")["ignored"]
    assert sorted(entry["code"] for entry in entries) == [
        "identity_missing",
        "type_ignored",
        "type_ignored",
    ]


@pytest.mark.parametrize("path", ["/v1/batch", "/dock/segment"])
def test_a_credential_is_a_tenant_or_token_in_the_header_or_body(
    local: Local, customer: Customer, path: str
) -> None:
    for key in (customer.tenant, customer.token):
        for header in (basic(key), f"Bearer {key}"):
            assert local.send("POST", path, track(), Authorization=header)[0] == 200
        assert local.send("POST", path, {"batch": [track()], "writeKey": key})[0] == 200
        assert local.send("POST", path, {"batch": [track(writeKey=key)]})[0] == 200


@pytest.mark.parametrize("path", [*PATHS, *DOCKS])
def test_an_unknown_credential_is_a_401_with_code_and_message(local: Local, path: str) -> None:
    refused = [
        local.send("POST", path, track(), Origin=PAGE),
        local.send("POST", path, track(writeKey="wp_" + "0" * 64), Origin=PAGE),
        local.send("POST", path, track(), Origin=PAGE, Authorization=basic("nobody")),
    ]

    for status, body, headers in refused:
        assert (status, {"code", "message"} <= body.keys()) == (401, True)
        assert headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", [*PATHS, *DOCKS])
def test_a_browser_may_ask_first(local: Local, path: str) -> None:
    status, _, headers = local.send(
        "OPTIONS", path, Origin=PAGE, Access_Control_Request_Method="POST"
    )

    assert (status, headers["access-control-allow-origin"]) == (204, "*")
    assert "authorization" in headers["access-control-allow-headers"].lower()


def test_a_bad_neighbour_is_in_the_ledger_and_the_rest_is_counted(
    local: Local, customer: Customer
) -> None:
    good = json.dumps(track())
    body = f'{{"batch":[{good},{{"a":NaN}},{good}],"writeKey":"{customer.token}"}}'.encode()

    answer = local.send("POST", "/v1/batch", body)

    assert answer[:2] == SUCCESS
    counts = local.settled(customer, 3)
    assert (counts["stored"], counts["rejected"]) == (2, 1)
    (entry,) = local.get(customer, "ledger")["rejected"]
    assert (entry["index"], entry["code"]) == (1, "number_not_finite")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"batch":[{"type":"track","userId":"u"}]}', "missing_field"),
        (b"", "empty_body"),
        (b'{"batch":[{', "malformed_body"),
        (b"hello", "not_json"),
    ],
)
def test_a_body_with_nothing_usable_is_a_400_that_says_why(
    local: Local, customer: Customer, body: bytes, code: str
) -> None:
    status, answer, _ = local.send("POST", "/v1/batch", body, Authorization=basic(customer.token))

    assert (status, answer["code"], sorted(answer)) == (400, code, ["code", "message"])


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "text/plain"]
)
def test_gzip_is_found_whatever_the_content_type_says(
    local: Local, customer: Customer, kind: str
) -> None:
    body = gzip.compress(json.dumps({"batch": [track()]}).encode())

    answer = local.send(
        "POST", "/v1/batch", body, Authorization=basic(customer.token), Content_Type=kind
    )

    assert answer[:2] == SUCCESS
    assert local.settled(customer, 1)["stored"] == 1


@pytest.mark.parametrize("with_id", [True, False])
def test_a_batch_sent_again_counts_once_by_its_message_ids_alone(
    local: Local, customer: Customer, with_id: bool
) -> None:
    message = track(messageId="m-1") if with_id else track()

    for _ in range(2):
        body = {"batch": [message], "sentAt": ago(), "writeKey": customer.token}
        assert local.send("POST", "/v1/batch", body)[:2] == SUCCESS

    counts = local.settled(customer, 2)
    assert (counts["stored"], counts["duplicate"]) == ((1, 1) if with_id else (2, 0))


def test_the_clock_of_a_sender_is_corrected_and_a_resend_keeps_the_first_time(
    local: Local, customer: Customer
) -> None:
    wrong = {"hours": 10}
    message = track(messageId="m-1", timestamp=ago(**wrong, minutes=5))

    for _ in range(2):
        body = {"batch": [message], "sentAt": ago(**wrong), "writeKey": customer.token}
        local.send("POST", "/v1/batch", body)

    counts = local.settled(customer, 2)
    assert (counts["stored"], counts["duplicate"]) == (1, 1)
    (event,) = local.get(customer, "events")["events"]
    assert ago(minutes=7) < event["time"] < ago(minutes=4)


def test_an_archive_keeps_its_times_and_what_a_clock_got_wrong_is_noted(
    local: Local, customer: Customer
) -> None:
    sent = {"writeKey": customer.token, "sentAt": ago(hours=4)}
    archived = track(event="old", timestamp=ago(hours=5))
    seconds = int((datetime.now(UTC) - timedelta(hours=1)).timestamp())
    zeroed = [track(event="new", timestamp=seconds, messageId=f"m-{n}") for n in range(3)]

    local.send("POST", "/v1/import", {"batch": [archived], **sent})
    local.send("POST", "/v1/batch", {"batch": zeroed, **sent, "sentAt": "0001-01-01T00:00:00Z"})

    counts = local.settled(customer, 4)
    assert (counts["received"], counts["stored"]) == (4, 4)
    events = local.get(customer, "events")["events"]
    new, old = [[event["time"] for event in events if event["action"] == n] for n in ("new", "old")]
    assert len(new) == 3
    assert ago(minutes=61) < min(new)
    assert ago(minutes=301) < old[0] < ago(minutes=299)
    notes = local.get(customer, "ledger?verdict=noted")["noted"]
    assert [(note["code"], note["field"], note["detail"]) for note in notes] == [
        ("seconds_read", "timestamp", {"items": "3"}),
        ("clock_ignored", "sentAt", {"items": "3"}),
    ]
