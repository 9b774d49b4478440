"""Synerise's events: every field, what is left out, what overwrites what, and each refusal."""

import json
from typing import Any

import msgspec
import pytest

from tests.unit.sources.synerise_bodies import C1, NOW, UUID, VIEW, event, parse, refusal
from waypost.errors import Malformed, TooLarge, Unauthorised
from waypost.event import NO_TIME, Event
from waypost.sources import synerise, synerise_answers

HOUR = 3_600_000
SALTED: dict[str, Any] = {**VIEW, "time": "2026-11-20T09:00:00Z", "eventSalt": "s-1"}


def charge(**fields: Any) -> Event:
    batch = synerise.parse_transactions(json.dumps(fields).encode(), NOW)
    assert not batch.rejects, batch.rejects
    return batch.events[0]


def test_a_custom_event_is_read_whole() -> None:
    client = {"customId": "c1", "uuid": UUID, "email": "ann@acme.com"}

    found = event(**{**VIEW, "client": client}, time="2026-11-20T09:00:00Z", params={"k": "v"})

    assert found == Event(
        time=NOW - 3 * HOUR,
        action="screen.view",
        label="Viewed",
        external_id="c1",
        anonymous_id=UUID,
        email="ann@acme.com",
        properties={"k": "v"},
    )


@pytest.mark.parametrize(
    ("client", "who"),
    [
        ({"id": 433230297}, ("433230297", None, None)),
        ({"id": 9007199254740993}, ("9007199254740993", None, None)),
        ({"id": 5, "customId": "c1"}, ("c1", None, None)),
        ({"uuid": UUID}, (None, UUID, None)),
        ({"email": "ann@acme.com"}, (None, None, "ann@acme.com")),
        ({"customId": None, "id": "", "uuid": UUID}, (None, UUID, None)),
    ],
)
def test_a_customer_is_named_in_any_of_four_ways(client: Any, who: tuple[str | None, ...]) -> None:
    found = event(**{**VIEW, "client": client})

    assert (found.external_id, found.anonymous_id, found.email) == who


def test_the_customers_uuid_is_not_a_key_of_the_event() -> None:
    assert event(**{**VIEW, "client": {"uuid": UUID}}).key is None


@pytest.mark.parametrize("client", [None, {}, {"id": None}, {"customId": " "}])
def test_an_event_of_nobody_is_refused(client: Any) -> None:
    assert refusal(**{**VIEW, "client": client}) == ("identity_missing", "client")


@pytest.mark.parametrize(
    ("client", "code", "field"),
    [
        ({"uuid": UUID.upper()}, "invalid_uuid", "client.uuid"),
        ({"uuid": UUID.replace("-", "")}, "invalid_uuid", "client.uuid"),
        ({"uuid": UUID + "0"}, "invalid_uuid", "client.uuid"),
        ({"customId": "c1", "uuid": "no"}, "invalid_uuid", "client.uuid"),
        ({"id": "c1"}, "invalid_type", "client.id"),
        ({"id": 1.5}, "invalid_type", "client.id"),
        ({"id": True}, "identity_missing", "client.id"),
        ({"email": "nobody"}, "invalid_email", "client.email"),
        ({"customId": "c" * 257}, "too_long", "client.customId"),
        ("c1", "invalid_type", "client"),
    ],
)
def test_what_names_no_customer_is_refused_by_field(client: Any, code: str, field: str) -> None:
    assert refusal(**{**VIEW, "client": client}) == (code, field)


@pytest.mark.parametrize("label", [None, "", "  "])
@pytest.mark.parametrize("route", ["custom", "logged-in", "batch"])
def test_a_label_must_say_something(route: str, label: Any) -> None:
    fields = {**VIEW, "action": "client.login", "label": label}

    assert refusal(route, **fields) == ("missing_field", "label")


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-20T09:00:00Z",
        "2026-11-20T05:00:00-04:00",
        "2026-11-20T10:00:00.000+01:00",
        "2026-11-20T10:00+0100",
        "2026-11-20T10:00:00+01",
        NOW - 3 * HOUR,
        str(NOW - 3 * HOUR),
    ],
)
def test_a_time_is_iso_with_its_zone_or_epoch_milliseconds(time: Any) -> None:
    assert event(**VIEW, time=time).time == NOW - 3 * HOUR


@pytest.mark.parametrize("time", [None, "", "2026-11-20T12:00:01Z", "2099-01-01T00:00:00+02:00"])
def test_an_absent_or_future_time_is_the_time_of_receipt(time: str | None) -> None:
    assert event(**VIEW, time=time).time == NO_TIME


@pytest.mark.parametrize(
    "time", ["2026-11-20T09:00:00", "2026-11-20", "yesterday", "2026-13-01T00:00Z"]
)
def test_what_is_no_time_with_a_zone_is_refused(time: Any) -> None:
    assert refusal(**VIEW, time=time) == ("invalid_date", "time")


def test_a_time_before_1970_is_refused() -> None:
    assert refusal(**VIEW, time="1969-12-31T23:59:59Z") == ("date_out_of_range", "time")


def test_what_the_vendor_overwrites_is_left_out_of_params() -> None:
    reserved = dict.fromkeys(
        ["modifiedBy", "apiKey", "eventUUID", "ip", "time", "businessProfileId"], "x"
    )

    assert event(**VIEW, params={**reserved, "k": "v"}).properties == {"k": "v"}
    assert event(**VIEW, params=reserved).properties is None


def test_the_email_in_params_is_the_clients() -> None:
    client = {"email": "Ann@acme.com"}

    same = event(**{**VIEW, "client": client}, params={"email": "ann@acme.com"})

    assert same.properties == {"email": "ann@acme.com"}
    assert event(**VIEW, params={"email": "ann@acme.com"}).email is None
    found = refusal(**{**VIEW, "client": client}, params={"email": "ben@acme.com"})
    assert found == ("email_mismatch", "params.email")


@pytest.mark.parametrize(
    ("params", "code", "field"),
    [
        ("text", "invalid_type", "params"),
        ({"n": 10**40}, "number_too_long", "params"),
    ],
)
def test_params_are_an_object_that_can_be_stored(params: Any, code: str, field: str) -> None:
    assert refusal(**VIEW, params=params) == (code, field)


def test_a_bad_item_harms_no_neighbour() -> None:
    batch = parse([VIEW, {**VIEW, "label": ""}, VIEW], "batch")

    assert [one.n for one in batch.events] == [0, 2]
    assert [one.index for one in batch.rejects] == [1]


def test_a_batch_may_come_wrapped_in_an_object() -> None:
    assert len(parse({"batch": [VIEW, VIEW]}, "batch").events) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"[{},{}]"])
def test_a_login_is_one_object(body: bytes) -> None:
    with pytest.raises(Malformed):
        synerise.api_key(body)


def test_a_batch_holds_a_thousand_events_and_a_megabyte() -> None:
    assert len(parse([VIEW] * 1000, "batch").events) == 1000

    with pytest.raises(TooLarge) as many:
        parse([VIEW] * 1001, "batch")
    with pytest.raises(TooLarge) as large:
        parse([{**VIEW, "params": {"k": "x" * 1_048_576}}], "batch")

    assert (many.value.code, large.value.code) == ("too_many_items", "body_too_large")


def test_the_same_salt_time_client_and_action_are_one_event() -> None:
    first, second = event(**SALTED), event(**{**SALTED, "label": "Again"}, params={"k": 2})

    assert first.key is not None
    assert first.key == second.key
    assert first.overwrites


@pytest.mark.parametrize(
    "changed",
    [
        {"eventSalt": "s-2"},
        {"eventSalt": "s-1 "},
        {"time": "2026-11-20T09:00:01Z"},
        {"client": {"customId": "c2"}},
        {"client": {"id": 1}},
        {"action": "screen.viewed"},
    ],
)
def test_any_of_the_four_being_different_makes_two_events(changed: dict[str, Any]) -> None:
    assert event(**SALTED).key != event(**{**SALTED, **changed}).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"customId": "c1", "uuid": UUID}, {"customId": "c1"}),
        ({"email": "Ann@acme.com"}, {"email": "ann@acme.com"}),
    ],
)
def test_a_client_is_the_same_by_the_strongest_identifier(one: Any, other: Any) -> None:
    keys = {event(**{**SALTED, "client": client}).key for client in (one, other)}

    assert len(keys) == 1


def test_one_moment_in_two_zones_is_one_event() -> None:
    assert event(**SALTED).key == event(**{**SALTED, "time": "2026-11-20T10:00:00+01:00"}).key


@pytest.mark.parametrize(
    "changed",
    [{"eventSalt": None}, {"eventSalt": ""}, {"time": None}, {"time": "2026-11-20T12:00:01Z"}],
)
def test_without_salt_or_a_past_time_nothing_can_be_overwritten(changed: dict[str, Any]) -> None:
    found = event(**{**SALTED, **changed})

    assert (found.key, found.overwrites) == (None, False)


def test_a_transaction_is_kept_with_its_products() -> None:
    products = [{"sku": "a-1", "quantity": 2, "finalUnitPrice": {"amount": 5, "currency": "PLN"}}]
    value = {"amount": 10, "currency": "PLN"}

    found = charge(
        client=C1,
        recordedAt="2026-11-20T09:00:00Z",
        orderId="o-1",
        value=value,
        products=products,
        eventSalt="s-1",
    )

    assert (found.action, found.label, found.time) == (
        "transaction.charge",
        "Transaction",
        NOW - 3 * HOUR,
    )
    assert found.properties == {"orderId": "o-1", "value": value, "products": products}
    assert found.overwrites


def test_a_transaction_may_have_a_label_but_no_other_action() -> None:
    assert charge(client=C1, label="Bought", action="transaction.charge").label == "Bought"
    body = json.dumps({"client": C1, "action": "transaction.cancel"}).encode()

    (reject,) = synerise.parse_transactions(body, NOW).rejects

    assert (reject.code, reject.field) == ("action_mismatch", "action")


def test_a_login_has_an_api_key() -> None:
    assert synerise.api_key(b'{"apiKey": "wp_1"}') == "wp_1"
    for body in (b"{}", b'{"apiKey": ""}'):
        with pytest.raises(Unauthorised):
            synerise.api_key(body)
    with pytest.raises(Malformed):
        synerise.api_key(b'{"apiKey": {}}')


def test_errors_are_told_only_where_nothing_was_taken() -> None:
    batch = parse([VIEW, {**VIEW, "label": ""}], "batch")

    synerise_answers.check(1, batch.rejects)
    synerise_answers.check(0, [])
    with pytest.raises(Malformed) as caught:
        synerise_answers.check(0, batch.rejects)

    assert caught.value.code == "missing_field"


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"label": ""}, "label", ""),
        ({"client": {"uuid": UUID.upper()}}, "client.uuid", UUID.upper()),
        ({"client": None}, "client", None),
        ({"client": {"id": "x" * 3000}}, "client.id", None),
    ],
)
def test_an_error_is_the_vendors_object(changed: Any, field: str, value: object) -> None:
    batch = parse([{**VIEW, **changed}])
    with pytest.raises(Malformed) as caught:
        synerise_answers.check(0, batch.rejects)

    found: Any = synerise_answers.refusal(caught.value, 400, "/v4/events/custom", NOW)

    assert found["timestamp"] == "2026-11-20T12:00:00.000Z"
    assert (found["status"], found["error"]) == (400, "Bad Request")
    assert (found["path"], found["code"]) == ("/v4/events/custom", batch.rejects[0].code)
    (error,) = found["errors"]
    assert (error["code"], error["field"], error["rejectedValue"]) == (1, field, value)
    assert error["message"] == found["message"] != ""


@pytest.mark.parametrize(
    "item",
    [
        b'{"": 1, "n": NaN}',
        b'{"": "\\ud800"}',
        b'{"label": "x", "label": "\\ud800"}',
        b'{"a":' + b"[" * 9000 + b"]" * 9000 + b"}",
        b"7",
    ],
)
def test_an_error_can_be_told_of_any_item(item: bytes) -> None:
    batch = synerise.parse(b"[" + item + b"]", NOW)
    with pytest.raises(Malformed) as caught:
        synerise_answers.check(0, batch.rejects)

    found: Any = synerise_answers.refusal(caught.value, 400, "/v4/events/batch", NOW)

    assert msgspec.json.encode(found)
    assert found["errors"][0]["rejectedValue"] is None
