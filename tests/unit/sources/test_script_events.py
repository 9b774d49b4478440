"""What the browser script adds to two senders' formats: keys, clocks, sessions, robots."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from waypost.event import Batch, Event
from waypost.sources import natero, planhat

NOON = 1_795_176_000_000  # 2026-11-20T12:00:00Z
HOUR = 3_600_000
SEEN = {
    "externalId": "u1",
    "action": "page.visit",
    "messageId": "m1",
    "date": "2026-11-20T11:59:50.000Z",
    "sentAt": "2026-11-20T12:00:00.000Z",
    "label": "Visited page Home",
    "session": "s1",
    "page": "https://shop.example/",
    "bot": False,
    "info": {"plan": "pro"},
}
USED = {
    "account_id": "acme",
    "user_id": "u1",
    "created_at": NOON - 10_000,
    "action": "feature",
    "feature": "Export",
    "messageId": "m1",
    "sentAt": "2026-11-20T12:00:00.000Z",
    "bot": False,
}


def test_an_event_of_the_script_keeps_its_key_label_session_and_page() -> None:
    event = _planhat(SEEN)

    assert (event.key, event.label, event.session) == ("m1", "Visited page Home", "s1")
    assert (event.page, event.properties) == ("https://shop.example/", {"plan": "pro"})
    assert event.time == NOON - 10_000


def test_without_a_message_id_these_fields_are_a_senders_own() -> None:
    event = _planhat({"externalId": "u1", "session": 7, "page": {"a": 1}, "bot": True})

    assert (event.session, event.page, event.key) == (None, None, None)
    assert event.properties == {"session": 7, "page": {"a": 1}, "bot": True}


def test_a_message_id_inside_info_is_no_message_id() -> None:
    event = _planhat({"externalId": "u1", "label": "x", "info": {"messageId": "m"}})

    assert event.key is None
    assert event.properties == {"label": "x", "messageId": "m"}


@pytest.mark.parametrize("unknown", [{"dropped": 3}, {"x": {"y": 1}}])
def test_what_the_script_does_not_know_either_goes_to_info(unknown: dict[str, Any]) -> None:
    event = _planhat({**SEEN, **unknown})

    assert event.properties == {"plan": "pro", **unknown}
    assert event.key == "m1"


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_a_wrong_clock_is_corrected(hours: int) -> None:
    off = {"date": _iso(NOON - 10_000 + hours * HOUR), "sentAt": _iso(NOON + hours * HOUR)}

    event = _planhat({**SEEN, **off})

    assert (event.time, event.own_time) == (NOON - 10_000, NOON - 10_000 + hours * HOUR)


@pytest.mark.parametrize("seconds", [-60, -1, 0, 3, 60])
def test_a_clock_that_is_about_right_is_believed(seconds: int) -> None:
    event = _planhat({**SEEN, "sentAt": _iso(NOON + seconds * 1000)})

    assert (event.time, event.own_time) == (NOON - 10_000, None)


def test_an_event_that_waited_keeps_the_time_at_which_it_happened() -> None:
    event = _planhat({**SEEN, "date": _iso(NOON - 48 * HOUR)})

    assert event.time == NOON - 48 * HOUR


def test_a_robot_is_left_out_and_told() -> None:
    for batch in (_parse(planhat, {**SEEN, "bot": True}), _parse(natero, {**USED, "bot": True})):
        (entry,) = batch.rejects

        assert (batch.events, entry.code, entry.verdict) == ([], "bot", "ignored")


def test_nateros_events_have_keys_and_clocks_too() -> None:
    batch = _parse(natero, {**USED, "created_at": NOON + HOUR, "sentAt": _iso(NOON + HOUR)})

    (event,) = batch.events
    assert (event.key, event.time, event.own_time) == ("m1", NOON, NOON + HOUR)
    assert event.properties is None


def test_a_login_and_its_traits_have_two_keys() -> None:
    login = {**USED, "action": "login", "details": {"first_name": "Ann"}}

    assert [event.key for event in _parse(natero, login).events] == ["m1", "m1:traits"]


def test_what_a_browser_dropped_is_no_trait_of_its_user() -> None:
    used = _parse(natero, {**USED, "dropped": 2}).events[0]
    known = _parse(natero, {**USED, "dropped": 2, "action": "identifyUser"}).events[0]

    assert used.properties == {"dropped": 2}
    assert "dropped" not in (known.properties or {})


def _planhat(item: dict[str, Any]) -> Event:
    batch = _parse(planhat, item)
    assert batch.rejects == []
    return batch.events[0]


def _parse(dialect: Any, item: dict[str, Any]) -> Batch:
    found: Batch = dialect.parse(json.dumps([item]).encode(), NOON)
    return found


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).isoformat()


def test_an_id_of_the_browser_is_enough_until_somebody_is_known() -> None:
    unknown = {name: value for name, value in SEEN.items() if name != "externalId"}

    alone, joined = (_planhat(item | {"anonymousId": "b1"}) for item in (unknown, SEEN))

    assert (alone.external_id, alone.anonymous_id) == (None, "b1")
    assert (joined.external_id, joined.anonymous_id) == ("u1", "b1")


def test_without_a_message_id_an_anonymous_id_names_nobody() -> None:
    batch = planhat.parse(b'{"anonymousId":"b1","action":"One"}', NOON)

    assert [reject.code for reject in batch.rejects] == ["identity_missing"]


@pytest.mark.parametrize("action", ["feature", "logout", "sessionSync", "pageView"])
def test_of_nateros_events_an_id_of_the_browser_is_enough(action: str) -> None:
    unknown = {name: value for name, value in USED.items() if name != "user_id"}

    (event,) = _parse(natero, unknown | {"action": action, "anonymousId": "b1"}).events

    assert (event.external_id, event.anonymous_id, event.company_id) == (None, "b1", "acme")


@pytest.mark.parametrize("action", ["login", "identifyUser"])
def test_who_logs_in_has_an_id_of_their_own(action: str) -> None:
    unknown = {name: value for name, value in USED.items() if name != "user_id"}
    item = unknown | {"action": action, "anonymousId": "b1", "details": {"title": "Countess"}}

    batch = natero.parse(json.dumps(item).encode(), NOON)

    assert [reject.field for reject in batch.rejects] == ["user_id"]
