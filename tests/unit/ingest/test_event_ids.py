"""Event ids: what makes two arrivals one event."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.event import MAX_EVENT_BYTES, NO_TIME, Event, ItemError
from waypost.ingest.event_ids import EventIds
from waypost.sources import planhat_stretches

NOW = 1_800_000_000_000
DATED: dict[str, Any] = {"time": NOW, "external_id": "ann", "action": "Logged in"}
UNDATED: dict[str, Any] = DATED | {"time": NO_TIME}


def identifier(**other: Any) -> EventIds:
    given: dict[str, Any] = {"tenant": "t1", "source": "planhat", "request": "r1", "received": NOW}
    return EventIds(**(given | other))


def id_of(fields: dict[str, Any], n: int = 0, **other: Any) -> str:
    event = Event(n=n, **fields)
    identifier(**other).line(event)
    return event.id


def ids_of(*bodies: dict[str, Any]) -> list[str]:
    """The ids of the events of one reception."""
    ids, events = identifier(), [Event(n=n, **fields) for n, fields in enumerate(bodies)]
    for event in events:
        ids.line(event)
    return [event.id for event in events]


# 1. The sender's message key.


@pytest.mark.parametrize("other", [{"n": 7}, {"request": "r2"}, {"received": NOW + 1}])
def test_a_message_key_is_the_event_wherever_it_stands(other: dict[str, Any]) -> None:
    assert id_of(UNDATED | {"key": "k1"}, **other) == id_of(UNDATED | {"key": "k1"})


@pytest.mark.parametrize("other", [{"time": NOW - 1}, {"external_id": "bob"}, {"label": "x"}])
def test_a_message_key_is_the_event_whatever_its_body(other: dict[str, Any]) -> None:
    assert id_of(DATED | {"key": "k1"} | other) == id_of(DATED | {"key": "k1"})


@pytest.mark.parametrize("other", [{"tenant": "t2"}, {"source": "segment"}])
def test_a_message_key_reaches_no_other_tenant_or_source(other: dict[str, Any]) -> None:
    assert id_of(DATED | {"key": "k1"}, **other) != id_of(DATED | {"key": "k1"})


def test_the_body_of_a_message_key_is_told_by_its_digest() -> None:
    def digest(received: int, **fields: Any) -> str | None:
        event = Event(key="k1", **(UNDATED | fields))
        identifier(received=received).line(event)
        return event.digest

    assert digest(NOW) == digest(NOW + 1)
    assert digest(NOW) != digest(NOW, label="other")


# 2. No key but a date.


@pytest.mark.parametrize("other", [{"n": 7}, {"request": "r2"}, {"received": NOW + 1}])
def test_a_date_and_the_content_are_the_event(other: dict[str, Any]) -> None:
    assert id_of(DATED, **other) == id_of(DATED)


@pytest.mark.parametrize(
    "other",
    [{"time": NOW + 1}, {"external_id": "bob"}, {"weight": 2.0}, {"properties": {"a": 1}}],
)
def test_other_content_is_another_event(other: dict[str, Any]) -> None:
    assert id_of(DATED | other) != id_of(DATED)


def test_other_tenants_have_other_ids_for_the_same_content() -> None:
    assert id_of(DATED, tenant="t2") != id_of(DATED)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"properties": {"b": 1, "a": 2}}, {"properties": {"a": 2, "b": 1}}),
        ({"properties": {"o": {"b": 1, "a": 2}}}, {"properties": {"o": {"a": 2, "b": 1}}}),
        ({"properties": {"l": [{"b": 1, "a": 2}]}}, {"properties": {"l": [{"a": 2, "b": 1}]}}),
        ({"properties": {"n": 5}}, {"properties": {"n": 5.0}}),
        ({"properties": {"l": [{"n": 5}, 0]}}, {"properties": {"l": [{"n": 5.0}, -0.0]}}),
        ({"properties": {"n": 10**22}}, {"properties": {"n": 1e22}}),
        ({"email": "ann@acme.com"}, {"email": "Ann@ACME.com"}),
        ({"email": "strasse@acme.com"}, {"email": "straße@acme.com"}),
    ],
)
@pytest.mark.parametrize("key", [None, "k1"])
def test_the_same_said_otherwise_is_the_same_event(
    one: dict[str, Any], other: dict[str, Any], key: str | None
) -> None:
    def digest(fields: dict[str, Any]) -> tuple[str, str | None]:
        event = Event(**(DATED | fields), key=key)
        identifier().line(event)
        return event.id, event.digest

    assert digest(one) == digest(other)
    assert digest(one) != digest({"properties": {"n": 5.5}})


_PROPERTIES = [
    None,
    {"a": 1},
    {"b": {"n": 5.0}, "a": [1.5]},
    {"a": 1},
    {"x": "y" * MAX_EVENT_BYTES},
]


@pytest.mark.parametrize("given", [{}, {"time": NO_TIME}, {"key": "k1"}, {"own_time": NOW - 5}])
@pytest.mark.parametrize("email", [None, "ann@acme.com", "Ann@acme.com"])
def test_many_events_get_the_lines_that_each_would_get(
    given: dict[str, Any], email: str | None
) -> None:
    def events() -> list[Event]:
        plain = [Event(n=n, **DATED, properties=it) for n, it in enumerate(_PROPERTIES, 7)]
        return [*plain, Event(n=99, **(DATED | given), email=email)]

    alone, ids = identifier(), list[bytes | None]()
    for event in events():
        try:
            ids.append(alone.line(event))
        except ItemError:
            ids.append(None)

    assert identifier().lines(events()) == ids


def test_a_stretch_that_calls_itself_canonical_gets_the_ids_of_its_events() -> None:
    items = [
        {"email": f"a{n % 3}@acme.com", "date": NOW, "info": {"b": 1, "a": "x.0"}} for n in range(9)
    ]
    (stretch,) = planhat_stretches.stretches(msgspec.json.encode(items), NOW)

    lines = identifier().lines(stretch.events, canonical=True)

    assert stretch.canonical
    assert lines == identifier().lines(stretch.events)
    assert [event.n for event in stretch.events] == list(range(9))


def test_twins_in_one_file_are_both_kept_and_a_resend_repeats_their_ids() -> None:
    other = DATED | {"label": "x"}

    first, again = ids_of(DATED, other, DATED, DATED), ids_of(DATED, DATED, other, DATED)

    assert len(set(first)) == 4
    assert sorted(first) == sorted(again)


# 3. Neither.


@pytest.mark.parametrize("other", [{"n": 1}, {"request": "r2"}, {"tenant": "t2"}])
def test_with_neither_key_nor_date_each_place_is_an_event(other: dict[str, Any]) -> None:
    assert id_of(UNDATED, **other) != id_of(UNDATED)


def test_with_neither_the_same_place_of_one_request_is_one_event() -> None:
    assert id_of(UNDATED, received=NOW + 1) == id_of(UNDATED)


def test_an_undated_event_takes_the_time_of_its_reception() -> None:
    keyed, placed = Event(key="k1", **UNDATED), Event(**UNDATED)

    for event in (keyed, placed):
        identifier(received=NOW + 5).line(event)

    assert (keyed.time, placed.time) == (NOW + 5, NOW + 5)


# All three.


@pytest.mark.parametrize(
    ("fields", "id"),
    [
        (DATED | {"key": "k1"}, "6236bdeb40a8272e12a011dda37b4cf4"),
        (DATED, "f56f3b0970751c9e07199371aea75d1b"),
        (UNDATED, "073ed1dfa5685aee0cbdb0c5f0f6c672"),
    ],
)
def test_ids_never_change_between_versions(fields: dict[str, Any], id: str) -> None:
    assert id_of(fields) == id


@pytest.mark.parametrize("fields", [DATED, UNDATED, DATED | {"key": "k1"}])
def test_a_line_is_the_event_with_its_id_and_place(fields: dict[str, Any]) -> None:
    event = Event(n=3, **fields)

    line = identifier().line(event)

    assert msgspec.json.decode(line, type=Event) == event
    assert (event.n, event.key, len(event.id)) == (3, None, 32)


@pytest.mark.parametrize("fields", [DATED, UNDATED, DATED | {"key": "k1"}])
def test_an_event_over_the_bound_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ItemError) as refusal:
        identifier().line(Event(**fields, properties={"text": "x" * MAX_EVENT_BYTES}))

    assert refusal.value.code == "event_too_large"


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(st.sets(st.tuples(_TEXT, _TEXT, _TEXT), min_size=2, max_size=8))
def test_no_two_message_keys_meet(places: set[tuple[str, str, str]]) -> None:
    given = [(tenant.replace("\0", ""), source, key) for tenant, source, key in places]

    ids = {id_of(DATED | {"key": key}, tenant=who, source=source) for who, source, key in given}

    assert len(ids) == len(set(given))


@pytest.mark.parametrize("canonical", [True, False])
@pytest.mark.parametrize("others", [0, 1, 2])
def test_an_event_that_stays_alone_knows_its_id(canonical: bool, others: int) -> None:
    alone = Event(n=others, **DATED)
    long = [Event(n=n, **DATED, properties={"a": "x" * MAX_EVENT_BYTES}) for n in range(others)]

    *refused, line = identifier().lines([*long, alone], canonical)

    assert refused == [None] * others
    assert alone.id == msgspec.json.decode(line or b"")["id"] == id_of(DATED, others)
