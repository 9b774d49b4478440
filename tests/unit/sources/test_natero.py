"""Natero's format: every field under every name, every action, each arrangement, each refusal."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from waypost.errors import Malformed
from waypost.event import GROUP, IDENTIFY, TIME, Batch, Event
from waypost.sources import natero

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
THEN = NOW - 60_000
WHO: dict[str, Any] = {"account_id": "acme", "user_id": "u1", "created_at": THEN}
FEATURE = WHO | {"action": "feature", "feature": "Create Report"}


def read(*items: dict[str, Any]) -> Batch:
    return natero.parse(json.dumps(items).encode(), NOW)


def event(**fields: Any) -> Event:
    batch = read(WHO | fields)
    assert not batch.rejects, batch.rejects
    return batch.events[0]


def refusal(item: dict[str, Any]) -> tuple[str, str | None]:
    (reject,) = read(item).rejects
    assert (reject.verdict, bool(reject.message)) == ("rejected", True)
    return reject.code, reject.field


def form(**fields: Any) -> str:
    return urlencode(fields)


def test_a_feature_event_says_who_where_what_and_how_often() -> None:
    found = event(
        action="feature",
        feature="Create Report",
        module="Reports",
        product="BI",
        session_id="s1",
        total=3,
    )

    assert (found.company_id, found.external_id, found.session) == ("acme", "u1", "s1")
    assert (found.action, found.feature) == ("Create Report", "Create Report")
    assert (found.module, found.product) == ("Reports", "BI")
    assert (found.count, found.weight, found.time) == (3, 1.0, THEN)
    assert (found.kind, found.properties) == (None, None)


@pytest.mark.parametrize(
    ("name", "alias", "field"),
    [
        ("account_id", "accountId", "company_id"),
        ("user_id", "userId", "external_id"),
        ("session_id", "sessionId", "session"),
        ("session_id", "session", "session"),
        ("feature", "featureId", "feature"),
        ("module", "moduleId", "module"),
        ("product", "productId", "product"),
        ("page", "pageName", "page"),
    ],
)
def test_a_field_goes_by_either_name(name: str, alias: str, field: str) -> None:
    item = {key: value for key, value in FEATURE.items() if key != name}

    (found,) = read(item | {alias: "x"}).events
    (both,) = read(item | {name: "a", alias: "b"}).events

    assert (getattr(found, field), getattr(both, field)) == ("x", "a")


def test_times_go_by_either_name_and_are_numbers_in_forms_too() -> None:
    item = {"account_id": "acme", "user_id": "u1", "action": "moduleEnd"}

    (found,) = read(
        item | {"createdAt": str(THEN), "activeDuration": "1500", "timeSpent": "2500"}
    ).events

    assert (found.time, found.active_ms, found.module_ms) == (THEN, 1500, 2500)


@pytest.mark.parametrize("action", ["login", "logout", "pageView"])
def test_activity_counts_under_its_own_name(action: str) -> None:
    found = event(action=action)

    assert (found.action, found.weight, found.kind) == (action, 1.0, None)


@pytest.mark.parametrize("action", ["sessionSync", "sessionIdle", "moduleEnd", "pageViewEnd"])
def test_a_report_of_time_is_no_activity_and_counts_nothing(action: str) -> None:
    report = event(action=action, active_duration=15_000)

    assert (report.action, report.kind, report.active_ms) == (action, TIME, 15_000)
    assert (report.count, report.weight) == (0, 0.0)


def test_only_the_end_of_a_module_adds_to_its_time() -> None:
    ended = event(action="moduleEnd", module="Reports", time_spent=9000)
    left = event(action="pageViewEnd", module="Reports", time_spent="9000")

    assert (ended.module_ms, ended.properties) == (9000, None)
    assert (left.module_ms, left.properties) == (0, {"time_spent": 9000})


@pytest.mark.parametrize(
    ("spelled", "action"),
    [
        *(("session_sync", "sessionSync"), ("Session Sync", "sessionSync")),
        *(("SESSIONSYNC", "sessionSync"), ("page-view-end", "pageViewEnd"), ("LogIn", "login")),
    ],
)
def test_the_spelling_of_an_action_is_taken_loosely(spelled: str, action: str) -> None:
    assert event(action=spelled).action == action


def test_an_unknown_action_is_refused_with_the_list_of_the_known_ones() -> None:
    (reject,) = read(WHO | {"action": "purchase"}).rejects

    assert (reject.code, reject.field) == ("unknown_action", "action")
    assert "identifyAccount" in reject.message
    assert "sessionSync" in reject.message


def test_identify_user_is_what_is_known_of_the_user() -> None:
    found = event(
        action="identifyUser",
        details={"first_name": "Ann", "last_name": "Archer", "email": "ann@acme.com", "own": 1},
    )

    assert (found.kind, found.action) == (IDENTIFY, None)
    assert (found.name, found.email) == ("Ann Archer", "ann@acme.com")
    assert found.properties == {
        "first_name": "Ann",
        "last_name": "Archer",
        "email": "ann@acme.com",
        "own": 1,
    }


def test_identify_account_needs_no_user() -> None:
    item = {"account_id": "acme", "created_at": THEN, "action": "identifyAccount"}

    (found,) = read(item | {"details": {"name": "Acme Ltd"}}).events

    assert (found.kind, found.company_id, found.external_id) == (GROUP, "acme", None)
    assert (found.properties, found.name) == ({"name": "Acme Ltd"}, None)


def test_a_login_with_details_also_tells_of_its_user() -> None:
    login = WHO | {"action": "login", "details": {"first_name": "Ann", "email": "ann@acme.com"}}

    batch = read(login, FEATURE, WHO | {"action": "login"}, login)

    first, _, bare, again, *told = batch.events
    assert [one.n for one in batch.events] == [0, 1, 2, 3, 4, 5]
    assert (first.action, first.kind, first.name) == ("login", None, "Ann")
    assert first.properties == {"first_name": "Ann", "email": "ann@acme.com"}
    assert (bare.action, again.action) == ("login", "login")
    assert [(one.kind, one.action, one.external_id) for one in told] == [
        (IDENTIFY, None, "u1"),
        (IDENTIFY, None, "u1"),
    ]
    assert told[0].properties == first.properties
    assert (told[0].name, told[0].email, told[0].time) == ("Ann", "ann@acme.com", THEN)


def test_numbers_behind_refused_items_stay_their_own() -> None:
    batch = read(WHO | {"action": "login", "details": {"role": "dev"}}, {"action": "feature"})

    places = sorted([one.n for one in batch.events] + [one.index for one in batch.rejects])
    assert places == [0, 1, 2]


def test_the_phone_in_the_pocket_goes_by_two_names() -> None:
    one = event(action="identifyUser", details={"mobile": "1"})
    other = event(action="identifyUser", details={"mobile_phone": "2", "mobile": "3"})

    assert (one.properties, other.properties) == ({"mobile_phone": "1"}, {"mobile_phone": "2"})


def test_details_of_an_account_come_in_their_types_from_forms_too() -> None:
    fields = {
        "account_id": "acme",
        "created_at": THEN,
        "action": "identifyAccount",
        "details[employees]": "120",
        "details[join_date]": "1563000000000",
        "details[is_churned]": "true",
        "details[inactive_time]": "1563000000001",
        "details[inactive_reason]": "moved",
    }

    (found,) = natero.parse(form(**fields).encode(), NOW).events

    assert found.properties == {
        "employees": 120,
        "join_date": 1_563_000_000_000,
        "is_churned": True,
        "inactive_time": 1_563_000_000_001,
        "inactive_reason": "moved",
    }


@pytest.mark.parametrize(
    ("name", "most"),
    [
        *(("first_name", 80), ("phone", 80), ("mailing_postal", 80), ("salutation", 80)),
        *(("title", 128), ("role", 128), ("department", 128), ("mailing_street", 512)),
        *(("name", 256), ("tier", 80), ("billing_country", 80), ("website", 512)),
        *(("inactive_reason", 512), ("lifecycle_stage", 80)),
    ],
)
def test_a_detail_over_its_length_is_cut_and_noted(name: str, most: int) -> None:
    batch = read(FEATURE, WHO | {"action": "identifyUser", "details": {name: "x" * (most + 1)}})
    exact = event(action="identifyUser", details={name: "x" * most})

    (note,) = batch.rejects
    assert batch.events[1].properties == {name: "x" * most} == exact.properties
    assert (note.index, note.code, note.verdict, note.field) == (1, "truncated", "noted", name)
    assert note.payload == json.dumps("x" * (most + 1))
    assert str(most) in note.message


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"employees": "many"}, "invalid_number"),
        ({"join_date": [1]}, "invalid_number"),
        ({"join_date": 0}, "date_out_of_range"),
        ({"inactive_time": "20261120"}, "date_out_of_range"),
        ({"is_churned": "perhaps"}, "invalid_type"),
        ({"role": {"a": 1}}, "invalid_type"),
        ({"phone": True}, "invalid_type"),
    ],
)
def test_a_detail_of_no_use_is_left_out_and_noted(details: dict[str, Any], code: str) -> None:
    batch = read(WHO | {"action": "identifyAccount", "details": {"tier": "gold"} | details})

    (note,) = batch.rejects
    assert batch.events[0].properties == {"tier": "gold"}
    assert (note.code, note.verdict, note.field) == (code, "noted", next(iter(details)))


@pytest.mark.parametrize("email", ["nobody", f"{'x' * 320}@acme.com"])
def test_an_address_of_no_use_costs_nobody_the_user(email: str) -> None:
    batch = read(WHO | {"action": "identifyUser", "details": {"email": email}})

    (note,), (found,) = batch.rejects, batch.events
    assert (note.verdict, note.field) == ("noted", "email")
    assert (found.email, found.properties) == (None, {"email": email})


def test_a_number_where_text_belongs_is_read_as_text() -> None:
    found = event(action="identifyUser", details={"mailing_postal": 12345}, session_id=7)

    assert (found.properties, found.session) == ({"mailing_postal": "12345"}, "7")


def test_what_the_tables_do_not_know_is_kept() -> None:
    found = event(action="logout", browser="ff", total=2, details={"why": "late"})

    assert found.properties == {"browser": "ff", "total": 2, "details": {"why": "late"}}


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_null_and_empty_text_are_nothing(nothing: str | None) -> None:
    found = event(action="identifyUser", session_id=nothing, details={"role": nothing})

    assert (found.session, found.properties) == (None, None)
    assert refusal(FEATURE | {"user_id": nothing}) == ("missing_field", "user_id")


@pytest.mark.parametrize("name", ["account_id", "user_id", "created_at", "action", "feature"])
def test_what_is_required_is_asked_for_by_name(name: str) -> None:
    item = {key: value for key, value in FEATURE.items() if key != name}

    assert refusal(item) == ("missing_field", name)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"account_id": "x" * 257}, "too_long", "account_id"),
        ({"user_id": "x" * 257}, "too_long", "user_id"),
        ({"session_id": "x" * 257}, "too_long", "session_id"),
        ({"feature": "x" * 129}, "too_long", "feature"),
        ({"module": "x" * 129}, "too_long", "module"),
        ({"product": "x" * 129}, "too_long", "product"),
        ({"user_id": ["u1"]}, "invalid_type", "user_id"),
        ({"details": "Ann"}, "invalid_type", "details"),
        ({"total": 0}, "out_of_range", "total"),
        ({"total": 1.5}, "out_of_range", "total"),
        ({"total": "many"}, "invalid_number", "total"),
        ({"created_at": "2026-11-20"}, "invalid_number", "created_at"),
        ({"created_at": -1}, "date_out_of_range", "created_at"),
        ({"created_at": NOW + 90_000_000}, "date_out_of_range", "created_at"),
        ({"created_at": 1e300}, "invalid_date", "created_at"),
        ({"active_duration": -1}, "out_of_range", "active_duration"),
        ({"active_duration": "long"}, "invalid_number", "active_duration"),
        ({"time_spent": 90_000_000}, "out_of_range", "time_spent"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], code: str, field: str) -> None:
    assert refusal(FEATURE | change) == (code, field)


@pytest.mark.parametrize("length", [128, 256])
def test_the_longest_names_are_taken(length: int) -> None:
    names = ("feature", "module", "product") if length == 128 else ("account_id", "user_id")

    batch = read(FEATURE | dict.fromkeys(names, "x" * length))

    assert (len(batch.events), batch.rejects) == (1, [])


@pytest.mark.parametrize(
    "layout", ["{0},{1}", "[{0},{1}]", "{0}\n{1}\n", "{0}{1}", "{0} {1}", "{0},\r\n{1}"]
)
def test_several_objects_in_every_arrangement_are_several_events(layout: str) -> None:
    one, other = json.dumps(FEATURE), json.dumps(FEATURE | {"user_id": "u2"}, indent=1)
    other = other.replace("\n", "")

    batch = natero.parse(layout.format(one, other).encode(), NOW)

    assert [found.external_id for found in batch.events] == ["u1", "u2"]


def test_a_form_under_the_wrong_label_is_one_event_with_its_details() -> None:
    body = (
        b"account_id=acme&user_id=u1&created_at=1563000000000&session_id=s1&action=identifyUser"
        b"&details%5Bfirst_name%5D=Ann&details%5Bemail%5D=ann%40acme.com&details[last_name]="
    )

    (found,) = natero.parse(body, NOW).events

    assert (found.kind, found.time, found.session) == (IDENTIFY, 1_563_000_000_000, "s1")
    assert found.properties == {"first_name": "Ann", "email": "ann@acme.com"}


def test_a_bad_item_harms_no_neighbour() -> None:
    batch = read(FEATURE, {"action": "feature"}, FEATURE)

    assert [one.n for one in batch.events] == [0, 2]
    assert [(one.index, one.field) for one in batch.rejects] == [(1, "created_at")]


@pytest.mark.parametrize("body", [b"", b"hello", b"\xff\xfe{"])
def test_a_body_without_an_item_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(Malformed):
        natero.parse(body, NOW)


def test_the_answer_is_empty_unless_nothing_was_taken() -> None:
    rejects = read({"action": "feature"}).rejects

    assert natero.answer(1, []) == ({}, 200)
    assert natero.answer(1, rejects) == ({}, 200)
    body, status = natero.answer(0, rejects)
    assert (status, set(body), body["code"]) == (400, {"code", "message"}, "missing_field")
