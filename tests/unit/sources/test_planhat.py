"""Planhat's activity format: every field under every name, on every route, and each refusal."""

import json
from typing import Any

import msgspec
import pytest

from waypost import times
from waypost.errors import Malformed, TooLarge
from waypost.event import NO_TIME, Batch, Event
from waypost.sources import csv_body, planhat, planhat_activity

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
HOUR = 3_600_000
ANN: dict[str, Any] = {"email": "ann@acme.com"}
ROUTES = ["activity", "bulk", "csv"]


def read(route: str, fields: dict[str, Any]) -> Batch:
    """What one route makes of one activity, alone on the first and last and twice on bulk."""
    if route == "csv":
        cells = [json.dumps(v) if isinstance(v, dict) else str(v) for v in fields.values()]
        row = ";".join('"' + cell.replace('"', '""') + '"' for cell in cells)
        return csv_body.read((f"{';'.join(fields)}\n{row}\n").encode(), NOW).batch
    body: Any = [fields, fields] if route == "bulk" else fields
    return planhat.parse(json.dumps(body).encode(), NOW)


def event(route: str, **fields: Any) -> Event:
    batch = read(route, fields)
    assert not batch.rejects, batch.rejects
    return batch.events[0]


def refusal(**fields: Any) -> tuple[str, str | None]:
    (reject,) = read("activity", fields).rejects
    assert reject.message
    return reject.code, reject.field


def raw(text: str) -> Batch:
    return planhat.parse(text.encode(), NOW)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", ["externalId", "id"])
def test_the_user_id_goes_by_two_names_on_every_route(route: str, name: str) -> None:
    assert event(route, **{name: "u-1"}).external_id == "u-1"


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", ["companyExternalId", "cId", "companyId"])
def test_the_company_goes_by_three_names_on_every_route(route: str, name: str) -> None:
    assert event(route, **ANN, **{name: "acme"}).company_id == "acme"


@pytest.mark.parametrize("route", ROUTES)
def test_the_long_name_wins_over_the_short_one(route: str) -> None:
    found = event(
        route, id="short", externalId="long", companyId="c", cId="b", companyExternalId="a"
    )

    assert (found.external_id, found.company_id) == ("long", "a")
    assert event(route, **ANN, companyId="c", cId="b").company_id == "b"


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": "Ann Archer"}, "Ann Archer"),
        ({"firstName": "Ann", "lastName": "Archer"}, "Ann Archer"),
        ({"firstName": "Ann"}, "Ann"),
        ({"lastName": "Archer"}, "Archer"),
        ({"name": "Ann Archer", "firstName": "Someone", "lastName": "Else"}, "Ann Archer"),
    ],
)
def test_a_name_comes_whole_or_in_two_parts(route: str, fields: dict[str, str], name: str) -> None:
    assert event(route, **ANN, **fields).name == name


@pytest.mark.parametrize("route", ROUTES)
def test_whatever_is_left_out_has_its_default(route: str) -> None:
    found = event(route, **ANN)

    assert found == Event(email="ann@acme.com", time=NO_TIME, weight=1.0, count=1)
    assert (found.action, found.name, found.company_id, found.properties) == (None,) * 4


@pytest.mark.parametrize("route", ROUTES)
def test_weight_count_action_and_info_are_kept(route: str) -> None:
    info = {"theme": "Blue", "index": 20, "deep": {"list": [1, None, 2.5]}, "naïve": "ß"}

    found = event(route, **ANN, weight=2.5, count=3, action="Created report", info=info)

    assert (found.weight, found.count, found.action) == (2.5, 3, "Created report")
    assert found.properties == info


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "date",
    ["2026-11-20T08:00:00.000Z", "Fri, 20 Nov 2026 08:00:00 GMT", "2026-11-20 10:00+02:00"],
)
def test_a_date_is_any_string_that_javascript_reads(route: str, date: str) -> None:
    assert event(route, **ANN, date=date).time == NOW - 4 * HOUR


@pytest.mark.parametrize("date", [NOW - HOUR, float(NOW - HOUR), NOW - HOUR + 0.75])
def test_a_date_in_json_may_be_epoch_milliseconds(date: float) -> None:
    assert event("activity", **ANN, date=date).time == NOW - HOUR


@pytest.mark.parametrize("date", [None, ""])
def test_a_date_that_says_nothing_is_the_time_of_receipt(date: str | None) -> None:
    assert event("activity", **ANN, date=date).time == NO_TIME


@pytest.mark.parametrize("time", [0, NOW, NOW + 24 * HOUR])
def test_a_date_may_lie_between_1970_and_a_day_ahead(time: int) -> None:
    assert event("activity", **ANN, date=times.iso(time)).time == time
    assert refusal(**ANN, date=-1) == ("date_out_of_range", "date")
    assert refusal(**ANN, date=NOW + 24 * HOUR + 1) == ("date_out_of_range", "date")


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "13", 1e300, 9e22, "٢٠٢٦-١١-٢٠"])
def test_what_is_not_a_date_is_refused_by_name(date: Any) -> None:
    assert refusal(**ANN, date=date) == ("invalid_date", "date")


def test_null_and_empty_and_blank_identifiers_count_as_absent() -> None:
    found = event("activity", email=" ", externalId="", id=" u-1 ", name=None, cId="", companyId=7)

    assert (found.email, found.external_id, found.name, found.company_id) == (
        None,
        "u-1",
        None,
        "7",
    )


@pytest.mark.parametrize("fields", [{}, {"name": "Ann"}, {"email": ""}, {"email": None, "id": " "}])
def test_an_activity_of_nobody_is_refused_with_the_remedy(fields: dict[str, Any]) -> None:
    (reject,) = read("activity", fields).rejects

    assert (reject.code, reject.field) == ("identity_missing", "email")
    assert reject.message == "give email, externalId or id: whose activity is it?"


@pytest.mark.parametrize("email", ["ann", "@acme.com", "ann@", "ann archer@acme.com", "@"])
def test_an_email_without_its_parts_is_refused(email: str) -> None:
    assert refusal(email=email) == ("invalid_email", "email")


@pytest.mark.parametrize("value", ["0", 0, 0.0, 1_000_000, "1e6"])
def test_a_weight_is_a_number_up_to_a_million_also_as_text(value: Any) -> None:
    assert event("activity", **ANN, weight=value).weight == float(value)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"weight": -0.1}, ("out_of_range", "weight")),
        ({"weight": 1_000_001}, ("out_of_range", "weight")),
        ({"weight": "heavy"}, ("invalid_number", "weight")),
        ({"weight": "nan"}, ("number_not_finite", "weight")),
        ({"weight": True}, ("invalid_type", "weight")),
        ({"count": 0}, ("out_of_range", "count")),
        ({"count": 1.5}, ("out_of_range", "count")),
        ({"count": "1000001"}, ("out_of_range", "count")),
        ({"count": [1]}, ("invalid_type", "count")),
        ({"info": "text"}, ("invalid_type", "info")),
        ({"info": [], "extra": 1}, ("invalid_type", "info")),
        ({"action": {"a": 1}}, ("invalid_type", "action")),
        ({"id": 1.5}, ("invalid_type", "id")),
        ({"date": [2026]}, ("invalid_type", "date")),
        ({"externalId": "x" * 257}, ("too_long", "externalId")),
        ({"cId": "x" * 257}, ("too_long", "companyExternalId")),
        ({"name": "x" * 513}, ("too_long", "name")),
        ({"action": "x" * 513}, ("too_long", "action")),
        ({"email": "x" * 312 + "@acme.com"}, ("too_long", "email")),
    ],
)
def test_a_field_out_of_bounds_is_refused_by_name(fields: dict[str, Any], reason: Any) -> None:
    assert refusal(**ANN | fields) == reason


def test_a_field_at_its_bound_is_taken() -> None:
    email = "x" * 311 + "@acme.com"

    found = event("activity", email=email, id="i" * 256, cId="c" * 256, action="a" * 512)

    assert [len(text or "") for text in (found.email, found.external_id)] == [320, 256]


@pytest.mark.parametrize("route", ROUTES)
def test_unknown_fields_are_kept_in_info_and_its_own_win(route: str) -> None:
    found = event(route, **ANN, info={"theme": "Blue"}, plan="pro", __proto__="data", theme="Red")

    assert found.properties == {"theme": "Blue", "plan": "pro", "__proto__": "data"}


@pytest.mark.parametrize(
    "text",
    [
        '{"email":"ann@acme.com","plan":"pro"}',
        '{"email" : "ann@acme.com", "plan": "pro"}',
        '{"email":"ann@acme.com","weight":1e6,"plan":"pro"}',
        '{"email":"ann@acme.com","weight":1,"count":1,"date":1795176000000,"plan":"pro"}',
        '{"email":"ann@acme.com","action":"\\u003a","plan":"pro"}',
        '{"email":"ann@acme.com","action":"\\u0022:","plan":"pro"}',
        '{"plan":"pro","email":"ann@acme.com","name":null}',
    ],
)
def test_an_unknown_field_is_kept_however_the_rest_is_spelled(text: str) -> None:
    assert raw(text).events[0].properties == {"plan": "pro"}


@pytest.mark.parametrize(
    "text",
    [
        '{"email":"ann@acme.com","email":"ben@acme.com"}',
        '{"email" : "ann@acme.com", "email": "ben@acme.com"}',
        '{"email":"ann@acme.com","em\\u0061il":"ben@acme.com"}',
        '{"email":"ann@acme.com","info":{"a":1,"email":2,"email":3}}',
        '{"email":"ann@acme.com","email":"ben@acme.com","weight":1e30}',
    ],
)
def test_a_key_given_twice_is_refused_by_name(text: str) -> None:
    (reject,) = raw(text).rejects

    assert (reject.code, reject.field) == ("duplicate_key", "email")


def test_a_key_is_not_taken_for_its_look_alike_in_text_or_another_object() -> None:
    text = '{"email":"ann@acme.com","action":"a\\":1,\\"b","info":{"email":"x","b":{"email":1}}}'

    assert raw(text).events[0].properties == {"email": "x", "b": {"email": 1}}


def test_a_reject_keeps_its_place_and_its_bytes() -> None:
    batch = raw('[{"id":"a"},{"action":"x"},{"id":"b"},7,' + '{"name":"' + "n" * 3000 + '"}]')

    assert [event.n for event in batch.events] == [0, 2]
    assert [(r.index, r.code) for r in batch.rejects] == [
        (1, "identity_missing"),
        (3, "not_an_object"),
        (4, "identity_missing"),
    ]
    assert batch.rejects[0].payload == '{"action":"x"}'
    assert len(batch.rejects[2].payload or "") == 2000


def test_an_answer_counts_what_was_taken_and_lists_what_was_not() -> None:
    rejects = raw('[{"action":"x"},{"email":"ann"}]').rejects

    body, status = planhat.answer(1, rejects[:1])

    errors: Any = body["errors"]
    assert (body["processed"], status) == (1, 200)
    assert [sorted(error) for error in errors] == [["code", "field", "index", "message"]]
    assert planhat.answer(2, [], batch="b-1") == (
        {"processed": 2, "errors": [], "batch": "b-1"},
        200,
    )


def test_an_answer_to_nothing_usable_is_a_400_that_names_the_first_reason() -> None:
    body, status = planhat.answer(0, raw('[{"email":"ann"},{"action":"x"}]').rejects)

    assert (status, body["processed"], body["code"]) == (400, 0, "invalid_email")
    assert body["message"] == '"ann" is not an e-mail address'


def test_an_answer_fits_what_lambda_may_answer_however_many_items_are_bad() -> None:
    rejects = raw('{"email":"' + "\\u0001" * 200 + '"}').rejects * 50_000

    body, _ = planhat.answer(1, rejects)

    errors: Any = body["errors"]
    assert (len(errors), body["rejected"]) == (planhat.MAX_ERRORS, 50_000)
    assert len(json.dumps(json.dumps(body))) < 6_000_000


@pytest.mark.parametrize("body", [b"", b" \r\n", b"\xef\xbb\xbf", b"[ , ]"])
def test_a_body_without_an_item_says_so(body: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        planhat.parse(body, NOW)

    assert refused.value.code == "empty_body"


def test_a_body_takes_50_000_items_and_not_one_more() -> None:
    item = b'{"id":1},'

    assert len(planhat.parse(b"[" + item * 49_999 + item[:-1] + b"]", NOW).events) == 50_000
    with pytest.raises(TooLarge):
        planhat.parse(b"[" + item * 50_000 + item[:-1] + b"]", NOW)


@pytest.mark.parametrize(
    ("raw", "same"),
    [
        (b'{"id":"u","info":{"a":1}}', True),
        (b'{ "id" : "u" }', True),
        (b'{"id":"u","date":"2026-01-01T00:00:00Z"}', True),
        (b'{"id":"u","id":"v"}', False),
        (b'{"id":"u","seats":5}', False),
        (b'{"id":"u","info":{"a":1,"a":2}}', False),
        (b'{"id":"u","name":null}', False),
    ],
)
def test_an_item_that_loses_a_member_in_decoding_does_not_have_the_same_members(
    raw: bytes, same: bool
) -> None:
    wire = msgspec.json.encode(msgspec.json.decode(raw, type=planhat_activity.Activity))

    assert planhat_activity.same_members(raw, wire) is same


@pytest.mark.parametrize("body", [b"[]", b" [ ]\n", b"[][]", b"[]\n[ ]\n"])
def test_empty_arrays_hold_nothing_and_are_no_error(body: bytes) -> None:
    batch = planhat.parse(body, NOW)

    assert (batch.events, batch.rejects) == ([], [])
