"""Segment's and RudderStack's messages: every type, both spellings, and each refusal."""

import json
from typing import Any

import pytest

from waypost import times
from waypost.errors import Malformed, TooLarge, Unauthorised
from waypost.event import GROUP, IDENTIFY, NO_TIME, Batch, Event
from waypost.sources import segment

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
MINUTE = 60_000
ANN: dict[str, Any] = {"userId": "u-1"}
TRACK: dict[str, Any] = {"type": "track", "userId": "u-1", "event": "Created report"}


def events(*messages: dict[str, Any], **envelope: Any) -> list[Event]:
    body = {"batch": messages, **envelope}
    batch = segment.parse(json.dumps(body).encode(), NOW)
    assert not batch.rejects, batch.rejects
    return batch.events


def event(**message: Any) -> Event:
    (found,) = events(message)
    return found


def refusal(**message: Any) -> tuple[str, str | None]:
    (reject,) = segment.parse(json.dumps(message).encode(), NOW).rejects
    assert reject.message
    return reject.code, reject.field


def raw(text: str) -> Batch:
    return segment.parse(text.encode(), NOW)


def test_a_track_is_an_activity() -> None:
    found = event(
        **TRACK,
        anonymousId="a-1",
        messageId="m-1",
        timestamp="2026-11-20T13:00:00+02:00",
        properties={"plan": "pro", "weight": 2.5},
    )

    assert found == Event(
        time=NOW - 60 * MINUTE,
        action="Created report",
        weight=2.5,
        external_id="u-1",
        anonymous_id="a-1",
        properties={"plan": "pro", "weight": 2.5},
        key="m-1",
    )


def test_names_of_two_words_may_be_spelled_with_an_underscore() -> None:
    found = event(
        type="track",
        event="x",
        user_id="u-1",
        anonymous_id="a-1",
        message_id="m-1",
        group_id="acme",
        original_timestamp="2026-11-20T11:00:00Z",
        context={"traits": {"first_name": "Ann", "last_name": "Archer"}, "user_agent": "curl"},
    )

    assert (found.external_id, found.anonymous_id, found.key) == ("u-1", "a-1", "m-1")
    assert (found.company_id, found.name) == ("acme", "Ann Archer")
    assert found.time == NOW - 60 * MINUTE
    assert found.properties == {"context": {"userAgent": "curl"}}


@pytest.mark.parametrize("weight", [True, "2.5 kg", "7", -1, 1_000_001, None, [2]])
def test_a_weight_that_is_none_stays_a_property(weight: Any) -> None:
    found = event(**TRACK, properties={"weight": weight})

    assert (found.weight, found.properties) == (1.0, {"weight": weight})


@pytest.mark.parametrize(
    ("message", "action", "page"),
    [
        ({"type": "page", "name": "Settings"}, "Viewed Settings Page", "Settings"),
        ({"type": "screen", "name": "Home"}, "Viewed Home Screen", "Home"),
        ({"type": "page", "name": "Settings page"}, "Viewed Settings page", "Settings page"),
        ({"type": "page", "properties": {"name": "Pricing"}}, "Viewed Pricing Page", "Pricing"),
        ({"type": "page", "category": "Docs"}, "Viewed Docs Page", None),
        ({"type": "page"}, "Viewed Page", None),
        ({"type": "page", "properties": {"url": "https://a.b/c"}}, "Viewed Page", "https://a.b/c"),
        ({"type": "page", "properties": {"name": 7, "path": "/c"}}, "Viewed Page", "/c"),
        ({"type": "page", "context": {"page": {"url": "/d"}}}, "Viewed Page", "/d"),
        ({"type": "page", "context": {"page": "/d"}}, "Viewed Page", None),
        ({"type": "page", "properties": {"url": "u" * 3000}}, "Viewed Page", "u" * 2048),
    ],
)
def test_a_page_or_screen_is_something_viewed(
    message: dict[str, Any], action: str, page: str | None
) -> None:
    found = event(**ANN, **message)

    assert (found.action, found.page, found.kind) == (action, page, None)


def test_the_category_and_the_properties_of_a_page_are_kept() -> None:
    found = event(**ANN, type="page", name="A", category="Docs", properties={"url": "/a"})

    assert found.properties == {"url": "/a", "category": "Docs"}


@pytest.mark.parametrize("place", ["traits", "context"])
def test_an_identify_tells_traits_wherever_they_stand(place: str) -> None:
    traits = {"email": "ann@acme.com", "name": "Ann", "companyId": 7, "plan": "pro"}
    message = {"traits": traits} if place == "traits" else {"context": {"traits": traits}}

    found = event(**ANN, type="identify", **message)

    assert (found.kind, found.action) == (IDENTIFY, None)
    assert (found.email, found.name, found.company_id) == ("ann@acme.com", "Ann", "7")
    assert found.properties == traits


def test_traits_of_the_message_win_over_those_of_its_context() -> None:
    context = {"traits": {"email": "old@acme.com", "plan": "pro"}}

    found = event(**ANN, type="identify", traits={"email": "new@acme.com"}, context=context)

    assert found.properties == {"email": "new@acme.com", "plan": "pro"}
    assert found.email == "new@acme.com"


# Each names the company in one more place, behind those that come first.
COMPANIES: list[dict[str, Any]] = [
    {"traits": {"companyId": "acme", "companyExternalId": "x"}, "groupId": "x"},
    {"traits": {"company_external_id": "acme", "company": {"id": "x"}}},
    {"traits": {"company": {"id": "acme", "name": "Acme"}}, "groupId": "x"},
    {"context": {"traits": {"company": {"id": "acme"}}, "groupId": "x"}},
    {"group_id": "acme", "context": {"groupId": "x"}},
    {"context": {"group_id": "acme"}, "properties": {"companyId": "x"}},
    {"properties": {"companyId": "acme", "companyExternalId": "x"}},
    {"properties": {"company_id": " acme "}},
    {"properties": {"companyExternalId": "acme"}},
    {"properties": {"companyId": {"id": 1}, "company_external_id": "acme"}},
    {"properties": {"companyId": "x" * 257, "companyExternalId": "acme"}},
    {"properties": {"companyId": "undefined", "companyExternalId": "acme"}},
]


@pytest.mark.parametrize("type", ["track", "page", "screen", "identify"])
@pytest.mark.parametrize("message", COMPANIES)
def test_the_company_is_the_one_that_stands_in_the_first_place(
    message: dict[str, Any], type: str
) -> None:
    batch = segment.parse(json.dumps({**TRACK, "type": type, **message}).encode(), NOW)

    assert [found.company_id for found in batch.events] == ["acme"]


@pytest.mark.parametrize("company", ["Acme", 7, {"name": "Acme"}, {"id": [1]}, ["acme"], None])
def test_a_company_without_an_id_is_a_trait_alone(company: Any) -> None:
    found = event(**ANN, type="identify", traits={"company": company})

    assert (found.company_id, found.properties) == (None, {"company": company})


# Who it is, as (id, anonymous id, e-mail), by what a message says besides its type.
PEOPLE: list[tuple[dict[str, Any], tuple[str | None, str | None, str | None]]] = [
    ({"properties": {"email": "ann@acme.com"}}, (None, None, "ann@acme.com")),
    (
        {"anonymousId": "a-1", "properties": {"email": "ann@acme.com"}},
        (None, "a-1", "ann@acme.com"),
    ),
    ({"userId": "u-1", "properties": {"email": "bob@acme.com"}}, ("u-1", None, None)),
    (
        {"traits": {"email": "ann@acme.com"}, "properties": {"email": "bob@acme.com"}},
        (None, None, "ann@acme.com"),
    ),
    (
        {"context": {"traits": {"email": "ann@acme.com"}}, "properties": {"email": "b@acme.com"}},
        (None, None, "ann@acme.com"),
    ),
    ({"traits": {"id": 7}}, ("7", None, None)),
    ({"userId": "u-1", "context": {"traits": {"id": "x"}}}, ("u-1", None, None)),
    ({"anonymousId": "a-1", "properties": {"email": "ask me"}}, (None, "a-1", None)),
    ({"anonymousId": "a-1", "properties": {"email": ["ann@acme.com"]}}, (None, "a-1", None)),
]


@pytest.mark.parametrize("type", ["track", "page", "screen"])
@pytest.mark.parametrize(("message", "whose"), PEOPLE)
def test_the_user_is_the_one_that_stands_in_the_first_place(
    message: dict[str, Any], whose: object, type: str
) -> None:
    found = event(type=type, event="x", **message)

    assert (found.external_id, found.anonymous_id, found.email) == whose


@pytest.mark.parametrize(
    "email", ["ask me", "me @ home", "", None, "undefined", 7, "undefined@acme.com"]
)
def test_a_property_that_is_no_address_names_nobody(email: Any) -> None:
    code, _ = refusal(type="track", event="x", properties={"email": email})

    assert code == "identity_missing"


@pytest.mark.parametrize("properties", ["x", [1], 7])
def test_properties_that_a_call_does_not_have_are_no_fault_of_it(properties: Any) -> None:
    assert event(**ANN, type="identify", properties=properties).external_id == "u-1"
    assert event(type="group", groupId="acme", properties=properties).company_id == "acme"


def test_a_group_tells_of_the_account_and_joins_the_user() -> None:
    traits = {"name": "Acme Ltd", "email": "office@acme.com", "employees": 30}

    found = event(**ANN, type="group", groupId="acme", traits=traits)

    assert found == Event(
        kind=GROUP, company_id="acme", external_id="u-1", properties=traits, time=NO_TIME
    )


def test_a_group_needs_no_user_but_its_id() -> None:
    assert event(type="group", groupId="acme").external_id is None
    assert event(type="group", traits={"id": "acme", "email": "office@acme.com"}) == Event(
        kind=GROUP, company_id="acme", properties={"id": "acme", "email": "office@acme.com"}
    )
    assert refusal(type="group", userId="u-1") == ("missing_field", "groupId")


def test_an_alias_makes_what_came_before_part_of_the_user() -> None:
    found = event(type="alias", userId="u-1", previousId="a-1")

    assert (found.kind, found.external_id, found.anonymous_id) == (IDENTIFY, "u-1", "a-1")
    assert refusal(type="alias", userId="u-1") == ("missing_field", "previousId")
    assert refusal(type="alias", previousId="a-1") == ("missing_field", "userId")


def test_of_the_context_only_four_members_are_kept() -> None:
    kept = {"library": {"name": "x"}, "ip": "203.0.113.7", "page": {"url": "/"}, "userAgent": "y"}

    found = event(**TRACK, context={**kept, "device": {"id": 1}, "traits": {}, "locale": "de"})

    assert found.properties == {"context": kept}


def test_a_property_of_ones_own_named_context_is_left_alone() -> None:
    found = event(**TRACK, properties={"context": "own"}, context={"ip": "203.0.113.7"})

    assert found.properties == {"context": "own"}


def test_nulls_and_empty_texts_are_absent() -> None:
    found = event(
        **TRACK,
        anonymousId=None,
        messageId="",
        timestamp=None,
        properties=None,
        traits=None,
        context={"traits": {"email": None, "name": ""}},
    )

    assert found == Event(action="Created report", external_id="u-1", time=NO_TIME)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"type": "track", "event": "x"}, ("identity_missing", "userId")),
        ({"type": "track", "event": "x", "userId": " "}, ("identity_missing", "userId")),
        ({**ANN, "type": "track"}, ("missing_field", "event")),
        (ANN, ("missing_field", "type")),
        ({**ANN, "type": "delete"}, ("unknown_type", "type")),
        ({**TRACK, "properties": "plan"}, ("invalid_type", "properties")),
        ({**TRACK, "context": []}, ("invalid_type", "context")),
        ({**TRACK, "userId": {"id": 1}}, ("invalid_type", "userId")),
        ({**TRACK, "timestamp": "yesterday"}, ("invalid_date", "timestamp")),
        ({**TRACK, "timestamp": False}, ("invalid_date", "timestamp")),
        ({**TRACK, "event": "x" * 513}, ("too_long", "event")),
        ({**TRACK, "userId": "x" * 257}, ("too_long", "userId")),
        ({**ANN, "type": "page", "name": "x" * 513}, ("too_long", "name")),
        ({**ANN, "type": "identify", "traits": {"email": "ann"}}, ("invalid_email", "email")),
    ],
)
def test_a_message_that_breaks_a_rule_is_refused_by_name(
    message: dict[str, Any], reason: Any
) -> None:
    assert refusal(**message) == reason


@pytest.mark.parametrize("skew", [-60 * MINUTE, -1440 * MINUTE, 60 * MINUTE, 61_000])
def test_a_clock_that_is_wrong_is_corrected_by_what_it_says_of_the_sending(skew: int) -> None:
    message = TRACK | {"timestamp": NOW + skew - MINUTE}

    (found,) = events(message, sentAt=times.iso(NOW + skew))

    assert (found.time, found.own_time) == (NOW - MINUTE, message["timestamp"])


@pytest.mark.parametrize("sent", [NOW - MINUTE, NOW + MINUTE, NOW])
def test_a_clock_that_is_about_right_is_believed(sent: int) -> None:
    (found,) = events(TRACK | {"timestamp": NOW - 5}, sentAt=times.iso(sent))

    assert (found.time, found.own_time) == (NOW - 5, None)


@pytest.mark.parametrize("sent_at", [None, ""])
def test_a_time_of_sending_that_says_nothing_harms_nothing(sent_at: Any) -> None:
    (found,) = events(TRACK | {"timestamp": NOW - 5}, sentAt=sent_at)

    assert (found.time, found.own_time) == (NOW - 5, None)


def test_a_single_message_carries_its_own_time_of_sending() -> None:
    found = event(**TRACK, timestamp=NOW + 9 * MINUTE, sentAt=times.iso(NOW + 10 * MINUTE))

    assert (found.time, found.own_time) == (NOW - MINUTE, NOW + 9 * MINUTE)


def test_without_a_time_nothing_is_corrected() -> None:
    (found,) = events(TRACK, sentAt=times.iso(NOW - 60 * MINUTE))

    assert (found.time, found.own_time) == (NO_TIME, None)


@pytest.mark.parametrize("shape", ["one", "array", "batch", "batch of one", "gapless"])
def test_a_body_is_one_message_an_array_or_a_batch(shape: str) -> None:
    one = json.dumps(TRACK)
    bodies = {
        "one": one,
        "array": f"[{one},{one}]",
        "batch": json.dumps({"batch": [TRACK, TRACK]}, indent=2),
        "batch of one": f'{{"batch":{one}}}',
        "gapless": one + one,
    }

    found = raw(bodies[shape])

    assert [event.n for event in found.events] == ([0] if "one" in shape else [0, 1])
    assert {event.action for event in found.events} == {"Created report"}


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ('{"type":"track","userId":"u-1","event":"x","properties":{"a":NaN}}', "number_not_finite"),
        ('{"type":"track","userId":"u-1","userId":"u-2","event":"x"}', "duplicate_key"),
        ('{"a":' * 40 + "1" + "}" * 40, "too_deep"),
        ('{"type" "track"}', "invalid_json"),
        ('{"type":"track","event":"x","userId":"\\ud800"}', "lone_surrogate"),
        ("7", "not_an_object"),
    ],
)
@pytest.mark.parametrize("wrap", ['{{"batch":[{0}],"sentAt":"x","writeKey":"k"}}', "[{0}]"])
def test_a_broken_message_harms_no_other(wrap: str, broken: str, code: str) -> None:
    good = json.dumps(TRACK)

    found = raw(wrap.format(f"{good}, {broken}, {good}"))

    assert [event.n for event in found.events] == [0, 2]
    assert [(reject.index, reject.code) for reject in found.rejects] == [(1, code)]


def test_an_empty_body_says_so() -> None:
    with pytest.raises(Malformed) as refused:
        raw("")

    assert refused.value.code == "empty_body"


@pytest.mark.parametrize("body", ["[]", '{"batch":[]}', '{"batch":[],"writeKey":"k"}'])
def test_an_empty_batch_holds_nothing_but_perhaps_its_write_key(body: str) -> None:
    assert raw(body).received == 0
    assert segment.write_key(body.encode()) == ("k" if "writeKey" in body else None)


@pytest.mark.parametrize("body", ['{"batch":[{', '{"batch":[{}}', "hello", '{"batch":[{}]'])
def test_a_body_that_nobody_can_read_is_refused_whole(body: str) -> None:
    with pytest.raises(Malformed):
        raw(body)


def test_a_batch_takes_50_000_messages_and_not_one_more() -> None:
    with pytest.raises(TooLarge):
        raw('{"batch":[' + "{}," * 50_000 + "{}]}")


def test_a_route_implies_the_type_that_a_message_does_not_name() -> None:
    body = json.dumps([ANN | {"event": "x"}, ANN | {"type": "page"}]).encode()

    found = segment.parse(body, NOW, "track").events

    assert [event.action for event in found] == ["x", "Viewed Page"]


@pytest.mark.parametrize(
    "body",
    [
        '{"batch":[{"a":1}],"writeKey":"k"}',
        '{"writeKey":"k","batch":[{"a":NaN}]}',
        '{"batch":[{"writeKey":"k"}]}',
        '[{"writeKey":" k "},{}]',
        '{"write_key":"k","type":"track"}',
    ],
)
def test_a_credential_may_stand_in_the_body(body: str) -> None:
    assert segment.write_key(body.encode()) == "k"


@pytest.mark.parametrize("key", ["null", '""', "7", '"\\ud800"', "NaN"])
def test_what_is_no_credential_is_none(key: str) -> None:
    assert segment.write_key(f'{{"batch":[{{}}],"writeKey":{key}}}'.encode()) is None


def test_the_dock_counts_identify_and_track_of_a_named_user_alone() -> None:
    messages = [
        TRACK,
        {"type": "track", "event": "x", "context": {"traits": {"email": "ann@acme.com"}}},
        {"type": "identify", "user_id": "u-1", "traits": {"companyId": "ABCDE"}},
        {"type": "page", "userId": "u-1", "name": "Home"},
        {"type": "group", "userId": "u-1", "groupId": "acme"},
        {"type": "track", "event": "x", "anonymousId": "a-1"},
        {"type": "unheard", "userId": "u-1"},
        {"type": "track", "userId": "u-1"},
    ]

    found = segment.parse_dock(json.dumps(messages).encode(), NOW)

    assert [event.n for event in found.events] == [0, 1, 2]
    assert [(reject.index, reject.code, reject.verdict) for reject in found.rejects] == [
        (3, "type_ignored", "ignored"),
        (4, "type_ignored", "ignored"),
        (5, "identity_missing", "ignored"),
        (6, "type_ignored", "ignored"),
        (7, "missing_field", "rejected"),
    ]


def test_an_answer_is_a_success_unless_nothing_could_be_taken() -> None:
    rejects = raw(json.dumps([ANN, {"type": "track", "event": "x"}])).rejects

    assert segment.answer(3, []) == ({"success": True}, 200)
    assert segment.answer(1, rejects) == ({"success": True}, 200)
    assert segment.answer(0, []) == ({"success": True}, 200)
    body, status = segment.answer(0, rejects)
    assert (status, body["code"], sorted(body)) == (400, "missing_field", ["code", "message"])


@pytest.mark.parametrize(("path", "extra"), [("/v1/batch", set()), ("/dock/segment", {"errors"})])
def test_a_refusal_has_what_each_client_reads(path: str, extra: set[str]) -> None:
    body = segment.refusal(Unauthorised("no such key", code="token_unknown"), 401, path)

    assert body.keys() == {"code", "message"} | extra
