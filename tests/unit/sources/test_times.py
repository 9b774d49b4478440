"""Times at every sender's door: units, clocks that are off, and archives; each change is noted."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from waypost import times
from waypost.event import Batch, Event
from waypost.sources import (
    csv_body,
    moesif,
    moesif_calls,
    moesif_profiles,
    natero,
    planhat,
    planhat_stretches,
    segment,
    synerise,
)
from waypost.sources.formats import files
from waypost.sources.formats.files import Counted
from waypost.times import DAY_MS

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
HOUR = 3_600_000
SECONDS = NOW // 1000 - 3600

SCRIPT = {"externalId": "u1", "action": "page.visit", "messageId": "m1"}
TRACK = {"type": "track", "userId": "u1", "event": "Saved", "messageId": "m1"}
USED = {"account_id": "a", "user_id": "u1", "action": "feature", "feature": "Export"}
VIEW = {"action": "screen.view", "label": "Viewed", "client": {"customId": "u1"}}
CHARGE = {"label": "Bought", "client": {"customId": "u1"}}
CALL = {"user_id": "u1", "action_name": "Saved"}
Parse = Callable[[bytes, int], Batch]


def loaded(body: bytes, received: int) -> Batch:
    (batch,) = files.batches(Counted(io.BytesIO(body)), received, 5_000)
    return batch


def in_stretches(body: bytes, received: int) -> Batch:
    (batch,) = planhat_stretches.stretches(body, received)
    return batch


def in_csv(body: bytes, received: int) -> Batch:
    (row,) = json.loads(body)
    return csv_body.read(f"id,date\nu1,{row['date']}\n".encode(), received).batch


def imported(body: bytes, received: int) -> Batch:
    return segment.parse(body, received, "import")


def request(time: Any) -> dict[str, Any]:
    return {"uri": "https://a.example/x", "verb": "GET", "time": time}


# Each source that takes a time: its parser, an item with that time, and the field's full name.
DOORS: list[tuple[Parse, Callable[[Any], dict[str, Any]], str]] = [
    (planhat.parse, lambda time: {"id": "u1", "date": time}, "date"),
    (planhat.parse, lambda time: {**SCRIPT, "date": time}, "date"),
    (in_stretches, lambda time: {"id": "u1", "date": time}, "date"),
    (in_stretches, lambda time: {**SCRIPT, "date": time}, "date"),
    (loaded, lambda time: {"id": "u1", "date": time}, "date"),
    (in_csv, lambda time: {"id": "u1", "date": time}, "date"),
    (segment.parse, lambda time: {**TRACK, "timestamp": time}, "timestamp"),
    (segment.parse, lambda time: {**TRACK, "originalTimestamp": time}, "timestamp"),
    (segment.parse_dock, lambda time: {**TRACK, "timestamp": time}, "timestamp"),
    (imported, lambda time: {**TRACK, "timestamp": time}, "timestamp"),
    (natero.parse, lambda time: {**USED, "created_at": time}, "created_at"),
    (moesif.actions, lambda time: {**CALL, "request": request(time)}, "request.time"),
    (moesif_calls.events, lambda time: {**CALL, "request": request(time)}, "request.time"),
    (moesif_profiles.users, lambda time: {"user_id": "u", "modified_time": time}, "modified_time"),
    (synerise.parse, lambda time: {**VIEW, "time": time}, "time"),
    (synerise.parse_transactions, lambda time: {**CHARGE, "recordedAt": time}, "recordedAt"),
]


def taken(parse: Parse, item: dict[str, Any]) -> tuple[Event, list[tuple[str, str | None]]]:
    """The event of the only item, and the codes and fields of the notes beside it."""
    batch = parse(json.dumps([item]).encode(), NOW)
    (event,) = batch.events
    assert batch.received == 1
    assert {note.verdict for note in batch.rejects} <= {"noted"}
    return event, [(note.code, note.field) for note in batch.rejects]


@pytest.mark.parametrize(("parse", "item", "field"), DOORS)
@pytest.mark.parametrize("kind", [int, str])
def test_seconds_are_read_as_seconds_and_noted_by_every_source(
    kind: type, parse: Parse, item: Callable[[Any], dict[str, Any]], field: str
) -> None:
    event, notes = taken(parse, item(kind(SECONDS)))

    assert (event.time, notes) == (NOW - HOUR, [("seconds_read", field)])


@pytest.mark.parametrize(("parse", "item", "field"), DOORS)
def test_milliseconds_are_read_from_a_number_and_from_text(
    parse: Parse, item: Callable[[Any], dict[str, Any]], field: str
) -> None:
    for value in (NOW - HOUR, str(NOW - HOUR)):
        assert taken(parse, item(value))[0].time == NOW - HOUR
        assert not taken(parse, item(value))[1]


@pytest.mark.parametrize(
    ("parse", "item", "field"), [door for door in DOORS if door[2] != "created_at"]
)
def test_the_last_millisecond_of_1969_is_not_no_time(
    parse: Parse, item: Callable[[Any], dict[str, Any]], field: str
) -> None:
    (reject,) = parse(json.dumps([item("1969-12-31T23:59:59.999Z")]).encode(), NOW).rejects

    assert (reject.code, reject.field) == ("date_out_of_range", field)


@pytest.mark.parametrize(("parse", "item", "field"), DOORS)
@pytest.mark.parametrize("value", [1, 45_985, 20_261_120])
def test_a_number_too_small_for_a_time_is_refused_by_every_source(
    value: int, parse: Parse, item: Callable[[Any], dict[str, Any]], field: str
) -> None:
    (reject,) = parse(json.dumps([item(value)]).encode(), NOW).rejects

    assert reject.field == field
    assert reject.code == ("invalid_date" if parse is in_csv else "date_out_of_range")


def test_the_end_of_a_call_may_be_seconds_too() -> None:
    call = {**CALL, "request": request(SECONDS), "response": {"time": SECONDS + 2, "status": 200}}

    event, notes = taken(moesif_calls.events, call)

    assert (event.properties or {})["duration_ms"] == 2_000
    assert notes == [("seconds_read", "request.time"), ("seconds_read", "response.time")]


def test_the_times_of_an_account_may_be_seconds_too() -> None:
    account = {"account_id": "a", "created_at": NOW, "action": "identifyAccount"}

    event, notes = taken(natero.parse, account | {"details": {"join_date": "1563000000"}})

    assert event.properties == {"join_date": 1_563_000_000_000}
    assert notes == [("seconds_read", "join_date")]


# Every source with a time of sending: its parser, and an item sent and dated so.
SENDERS: list[tuple[Parse, Callable[[str, str], dict[str, Any]]]] = [
    (planhat.parse, lambda date, sent: {**SCRIPT, "date": date, "sentAt": sent}),
    (in_stretches, lambda date, sent: {**SCRIPT, "date": date, "sentAt": sent}),
    (segment.parse, lambda date, sent: {**TRACK, "timestamp": date, "sentAt": sent}),
    (segment.parse, lambda date, sent: {"batch": [{**TRACK, "timestamp": date}], "sentAt": sent}),
    (segment.parse_dock, lambda date, sent: {**TRACK, "timestamp": date, "sentAt": sent}),
    (natero.parse, lambda date, sent: {**USED, "created_at": milliseconds(date), "sentAt": sent}),
]


def milliseconds(iso: str) -> int:
    return int(times.parse(iso, "date").timestamp() * 1000)


@pytest.mark.parametrize(("parse", "item"), SENDERS)
def test_a_skew_within_a_day_corrects_and_one_beyond_is_ignored(
    parse: Parse, item: Callable[[str, str], dict[str, Any]]
) -> None:
    ahead = item(times.iso(NOW + 5 * HOUR), times.iso(NOW + 6 * HOUR))

    corrected, nothing = _one(parse, ahead)
    kept, notes = _one(parse, item("2023-03-01T12:00:00.000Z", "2023-03-01T12:00:01.000Z"))

    assert (corrected.time, corrected.own_time, nothing) == (NOW - HOUR, NOW + 5 * HOUR, [])
    assert times.iso(kept.time) == "2023-03-01T12:00:00.000Z"
    assert (kept.own_time, notes) == (None, [("clock_ignored", "sentAt")])


@pytest.mark.parametrize(("parse", "item"), SENDERS)
@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00Z", "2036-01-01T00:00:00Z", "soon"])
def test_a_clock_that_was_never_set_costs_no_event(
    sent: str, parse: Parse, item: Callable[[str, str], dict[str, Any]]
) -> None:
    event, notes = _one(parse, item(times.iso(NOW - HOUR), sent))

    assert (event.time, event.own_time) == (NOW - HOUR, None)
    assert notes == [("clock_ignored", "sentAt")]


@pytest.mark.parametrize("age", [0, 5 * HOUR, 3 * DAY_MS, 1000 * DAY_MS])
@pytest.mark.parametrize("in_batch", [True, False])
def test_an_archive_is_never_shifted(age: int, in_batch: bool) -> None:
    sent = times.iso(NOW - age + 2_000)
    message = {**TRACK, "timestamp": times.iso(NOW - age)}
    body = {"batch": [message], "sentAt": sent} if in_batch else {**message, "sentAt": sent}

    event, notes = _one(imported, body)

    assert (event.time, event.own_time, notes) == (NOW - age, None, [])


def test_a_file_of_the_scripts_events_is_never_shifted() -> None:
    row = {**SCRIPT, "date": times.iso(NOW - 6 * HOUR), "sentAt": times.iso(NOW - 5 * HOUR)}

    event, notes = taken(loaded, row)

    assert (event.time, event.own_time, notes) == (NOW - 6 * HOUR, None, [])


def test_a_body_of_many_stretches_gets_one_note_and_keeps_every_item() -> None:
    body = json.dumps([{"id": "u1", "date": SECONDS - n} for n in range(1_200)]).encode()

    stretches = list(planhat_stretches.stretches(body, NOW))

    (note,) = [entry for batch in stretches for entry in batch.rejects]
    assert (note.code, note.index, note.detail) == ("seconds_read", 0, {"items": "1200"})
    assert sum(batch.received for batch in stretches) == 1_200


def test_a_batch_gets_one_note_however_many_messages_it_has() -> None:
    batch = {"batch": [TRACK | {"timestamp": SECONDS + n} for n in range(500)], "sentAt": "2023"}

    notes = segment.parse(json.dumps(batch).encode(), NOW).rejects

    assert [(note.code, note.index, note.detail) for note in notes] == [
        ("seconds_read", 0, {"items": "500"}),
        ("clock_ignored", 0, {"items": "500"}),
    ]


def _one(parse: Parse, body: dict[str, Any]) -> tuple[Event, list[tuple[str, str | None]]]:
    batch = parse(json.dumps(body).encode(), NOW)
    (event,) = batch.events
    return event, [(note.code, note.field) for note in batch.rejects]
