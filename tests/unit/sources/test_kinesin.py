"""KinesinLMS's tracking events: both spellings, the closed list, and no personal data."""

import json
from typing import Any

import msgspec
import pytest

from tests.kinesin_bodies import ANON, BLOCK, DOCUMENTED, PLAY, SENT
from waypost.errors import Malformed, Unauthorised
from waypost.event import NO_TIME, Batch, Event
from waypost.sources import kinesin
from waypost.sources.kinesin_types import EVENT_TYPES, VIDEO, VIDEO_EVENTS

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z


def parse(body: Any, anon: str | None = ANON, more_types: tuple[str, ...] = ()) -> Batch:
    return kinesin.parse(json.dumps(body).encode(), NOW, anon=anon, more_types=more_types)


def event(**fields: Any) -> Event:
    batch = parse(fields)
    assert not batch.rejects, batch.rejects
    return batch.events[0]


def refusal(anon: str | None = ANON, **fields: Any) -> tuple[str, str | None]:
    (reject,) = parse(fields, anon).rejects
    assert reject.message
    return reject.code, reject.field


def test_what_the_player_sends_is_read_whole() -> None:
    found = event(**SENT)

    kept = {name: SENT[name] for name in SENT if name not in ("event_type", "block_id")}
    assert found == Event(
        time=NO_TIME,
        action=VIDEO,
        anonymous_id=ANON,
        company_id="DEMO:SP",
        properties=kept,
        module="intro",
        product="DEMO",
    )


@pytest.mark.parametrize("given", [{"course_slug": "DEMO"}, {"course_run": "SP"}, {}])
def test_only_a_whole_course_is_an_account(given: dict[str, str]) -> None:
    found = event(event_type="kinesinlms.course.home.page_view", **given)

    assert found.company_id is None


def test_what_the_document_says_is_read_as_well() -> None:
    found = event(**DOCUMENTED)

    assert (found.action, found.anonymous_id) == (VIDEO, ANON)
    assert found.properties == {"unit_node_slug": "9", "event_data": PLAY}


def test_the_places_of_the_documented_structure_are_kept() -> None:
    places = {"module_id": "m", "section_id": "s", "unit_id": "u", "page_url": "https://lms/u1"}

    found = event(event_type="kinesinlms.course.home.page_view", **places)

    assert found.page == "https://lms/u1"
    assert found.properties == places


def test_there_are_43_types() -> None:
    assert len(EVENT_TYPES) == 43
    assert len(VIDEO_EVENTS) == 8
    assert {name.split(".")[1] for name in EVENT_TYPES} == {"core", "course", "site", "survey"}


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES - {VIDEO}))
def test_server_events_are_taken_on_the_same_model(kind: str) -> None:
    assert event(event_type=kind, event_data={"score": 1}).action == kind


def test_a_tenant_may_add_types_of_its_own() -> None:
    mine = {"event_type": "acme.lab.opened"}

    assert parse(mine, more_types=("acme.lab.opened",)).events[0].action == "acme.lab.opened"
    assert refusal(**mine) == ("unknown_event_type", "event_type")


@pytest.mark.parametrize("kind", [None, "", " "])
def test_an_event_without_a_type_is_refused(kind: str | None) -> None:
    assert refusal(**{**SENT, "event_type": kind}) == ("missing_field", "event_type")


@pytest.mark.parametrize("name", ["course_slug", "course_run", "course_unit_id", "event_data"])
def test_video_activity_needs_its_place(name: str) -> None:
    absent = {key: value for key, value in SENT.items() if key != name}

    assert refusal(**absent) == ("missing_field", name)
    assert refusal(**{**SENT, name: None}) == ("missing_field", name)


@pytest.mark.parametrize("name", ["node_id", "event_data"])
def test_the_documented_spelling_needs_less(name: str) -> None:
    absent = {key: value for key, value in DOCUMENTED.items() if key != name}

    assert refusal(**absent) == ("missing_field", name)


@pytest.mark.parametrize("sent", [SENT, DOCUMENTED])
@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        ({"video_id": ""}, "missing_field", "video_id"),
        ({"video_id": "x" * 201}, "too_long", "video_id"),
        ({"video_event_type": None}, "missing_field", "video_event_type"),
        ({"video_event_type": "play"}, "unknown_event_type", "video_event_type"),
        ({"video_event_type": VIDEO}, "unknown_event_type", "video_event_type"),
    ],
)
def test_video_activity_says_what_became_of_which_video(
    sent: dict[str, Any], data: dict[str, Any], code: str, field: str
) -> None:
    assert refusal(**{**sent, "event_data": {**PLAY, **data}}) == (code, field)


@pytest.mark.parametrize("name", VIDEO_EVENTS)
def test_a_video_can_be_played_in_eight_ways(name: str) -> None:
    assert event(**{**SENT, "event_data": {**PLAY, "video_event_type": name}}).action == VIDEO


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"course_unit_id": "seventeen"}, "invalid_number", "course_unit_id"),
        ({"course_unit_id": 1.5}, "invalid_type", "course_unit_id"),
        ({"block_uuid": "no"}, "invalid_uuid", "block_uuid"),
        ({"unit_node_slug": "x" * 201}, "too_long", "unit_node_slug"),
        ({"course_unit_slug": "x" * 201}, "too_long", "course_unit_slug"),
        ({"event_data": [PLAY]}, "invalid_type", "event_data"),
        ({"event_data": {**PLAY, "n": 10**40}}, "number_too_long", "event_data"),
        ({"page_url": "x" * 2049}, "too_long", "page_url"),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused_by_name(
    changed: dict[str, Any], code: str, field: str
) -> None:
    assert refusal(**{**SENT, **changed}) == (code, field)


def test_the_block_is_optional() -> None:
    found = event(**{**SENT, "block_uuid": None})

    assert "block_uuid" not in (found.properties or {})


def test_the_header_of_the_proxy_wins_over_the_body() -> None:
    sent = {**SENT, "anon_username": "from the body"}

    assert parse(sent).events[0].anonymous_id == ANON
    assert parse(sent, anon=None).events[0].anonymous_id == "from the body"
    assert parse(sent, anon=" ").events[0].anonymous_id == "from the body"


def test_an_event_without_an_anonymous_id_is_refused() -> None:
    assert refusal(anon=None, **SENT) == ("identity_missing", "anon_username")


def test_no_name_and_no_address_is_stored() -> None:
    person = {
        "user": 17,
        "username": "ann",
        "email": "ann@acme.example",
        "name": "Ann Archer",
        "first_name": "Ann",
        "properties": {"email": "ann@acme.example"},
    }

    taken = parse({**SENT, **person})
    refused = parse({**SENT, **person, "event_type": "nothing"})

    stored = msgspec.json.encode([taken.events, refused.rejects]).lower()
    assert b"ann" not in stored
    assert taken.events == parse(SENT).events


def test_the_time_is_never_the_senders() -> None:
    assert event(**SENT, time="2014-03-03T16:19:05.584523+00:00").time == NO_TIME


def test_a_request_holds_one_event() -> None:
    with pytest.raises(Malformed) as caught:
        parse([SENT, SENT])

    assert caught.value.code == "one_event_only"
    assert len(parse([SENT]).events) == 1


def test_the_answer_names_the_type_that_was_taken() -> None:
    batch = parse(DOCUMENTED)

    assert kinesin.answer(batch, []) == ({"tracking_event_type": VIDEO, "received": True}, 201)


def test_a_refusal_names_the_field() -> None:
    batch = parse({**SENT, "event_type": "nothing"})

    body, status = kinesin.answer(batch, batch.rejects)

    assert status == 400
    assert body["event_type"] == [body["message"]]
    assert body["code"] == "unknown_event_type"


def test_a_refusal_of_no_single_field_says_so() -> None:
    batch = kinesin.parse(b"{no}", NOW)

    body, status = kinesin.answer(batch, batch.rejects)

    assert (status, body["code"]) == (400, "invalid_json")
    assert body["non_field_errors"] == [body["message"]]


def test_a_refused_request_has_the_vendors_detail() -> None:
    found = kinesin.refusal(Unauthorised("send a token", code="token_missing"), 403, "/")

    assert found == {"code": "token_missing", "message": "send a token", "detail": "send a token"}


def test_a_stored_event_has_the_documented_and_the_actual_keys() -> None:
    shown = {
        "id": "0f" * 16,
        "time": "2014-03-03T16:19:05.584Z",
        "action": VIDEO,
        "user": {"id": "u-1", "anonymous_id": ANON},
        "info": event(**SENT).properties,
        "source": "kinesin",
    }

    found = kinesin.page({"events": [shown], "next": "more"})

    assert found == {
        "events": [
            {
                "uuid": "0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f",
                "event_type": VIDEO,
                "time": "2014-03-03T16:19:05.584000+00:00",
                "user": None,
                "anon_username": ANON,
                "course_slug": "DEMO",
                "course_run": "SP",
                "module_id": None,
                "section_id": None,
                "unit_id": None,
                "page_url": None,
                "unit_node_slug": "u1",
                "course_unit_id": 17,
                "course_unit_slug": "intro",
                "block_uuid": BLOCK,
                "event_data": PLAY,
            }
        ],
        "next": "more",
    }


def test_a_stored_event_without_fields_has_every_key_as_null() -> None:
    shown = {
        "id": "0f" * 16,
        "time": "2014-03-03T16:19:05.000Z",
        "action": "kinesinlms.core.user.login",
        "user": {"anonymous_id": ANON},
        "info": None,
        "source": "kinesin",
    }

    found = kinesin.stored(shown)

    assert found["time"] == "2014-03-03T16:19:05.000000+00:00"
    assert found["event_data"] is None


def test_the_listing_is_of_this_sender_and_passes_on_pages_and_nothing_else() -> None:
    query = {"limit": "5", "cursor": "c", "user": "u-1", "after": "0", "source": "planhat"}

    assert kinesin.paging(query) == {"source": "kinesin", "limit": "5", "cursor": "c"}
