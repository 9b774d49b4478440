"""What a door takes, what it leaves out by a rule, what it changes: all of it in the ledger."""

from typing import Any

import pytest

from tests import fakes
from waypost.event import MAX_NOTES, MAX_TEXT, NO_TIME, Batch, Event, Reject, Verdict
from waypost.ingest import intake
from waypost.ingest.reception import Receipt, Reception
from waypost.tenants import Rule, Tenant

NOW = 1_800_000_000_000
STRICT = Tenant("t1", rules=(Rule(deny=("screen.*",)),))


class Door:
    """A door on stores in memory, and what it sent on."""

    def __init__(self, tenant: Tenant = STRICT) -> None:
        self.tenant = tenant
        self.outbox, self.rows = fakes.FakeOutbox(), fakes.FakeRows()

    def take(self, *events: Event, rejects: list[Reject] | None = None) -> Receipt:
        for n, event in enumerate(events):
            event.n = n
        reception = Reception(self.tenant, "r1", "test", NOW)
        identifier = intake.identifier(reception, "request")
        batch = Batch(list(events), rejects or [])
        return intake.accept(batch, reception, identifier, outbox=self.outbox, rows=self.rows)

    def entries(self) -> list[tuple[int, str, str]]:
        messages = [self.outbox.read(body) for _, body in self.outbox.sent]
        entries = [entry for message in messages for entry in message.rejects]
        return [(entry.index, entry.verdict, entry.code) for entry in entries]

    def events(self) -> list[Event]:
        return [event for _, body in self.outbox.sent for event in self.outbox.read(body).events]


def event(action: str = "Did", **fields: Any) -> Event:
    return Event(action=action, external_id="ann", **{"time": NOW} | fields)


def test_what_a_rule_leaves_out_goes_to_the_ledger_and_not_to_the_sender() -> None:
    door = Door()

    receipt = door.take(event("screen.view"), event())

    assert (receipt.processed, receipt.ignored, receipt.rejects) == (2, 1, [])
    assert door.entries() == [(0, "ignored", "denied")]
    assert [event.action for event in door.events()] == ["Did"]


def test_a_request_that_is_all_ignored_is_no_error() -> None:
    door = Door()

    receipt = door.take(event("screen.view"))

    assert (receipt.processed, receipt.rejects) == (1, [])
    assert door.entries() == [(0, "ignored", "denied")]


def test_a_sender_that_ignores_by_its_own_rules_is_told_apart_from_a_refusal() -> None:
    door = Door()
    own = [
        Reject(1, "not_counted", "a page call", verdict=Verdict.IGNORED),
        Reject(2, "too_long", "…"),
    ]

    receipt = door.take(event(), rejects=own)

    assert (receipt.processed, receipt.ignored) == (2, 1)
    assert [reject.code for reject in receipt.rejects] == ["too_long"]


def test_dots_in_keys_are_gone_before_anything_is_stored() -> None:
    door = Door()

    door.take(event(properties={"so.me.dots": 1}))

    assert door.events()[0].properties == {"so_me_dots": 1}


def test_a_key_that_cannot_be_renamed_is_noted_and_the_event_kept() -> None:
    door = Door()

    receipt = door.take(event(properties={"a.b": 1, "a_b": 2}))

    assert receipt.processed == 1
    assert door.entries() == [(0, "noted", "key_taken")]
    assert door.events()[0].properties == {"a_b": 2}


def test_an_event_with_very_many_such_keys_has_a_bounded_number_of_notes() -> None:
    door = Door()
    names = [f"{'x' * 900}_{n}" for n in range(300)]
    both = dict.fromkeys(names, 1) | {name.replace("_", "."): 1 for name in names}

    door.take(event(properties=both))

    notes = door.outbox.read(door.outbox.sent[0][1]).rejects
    assert [note.code for note in notes[:-1]] == ["key_taken"] * (MAX_NOTES + 1)
    assert notes[-2].message.startswith("290 more keys")
    assert max(len(note.message) + len(note.field or "") for note in notes) < 2 * MAX_TEXT + 100


def test_the_same_event_with_dots_or_underscores_is_one_event() -> None:
    door = Door()

    door.take(event(properties={"a.b": 1}))
    door.take(event(properties={"a_b": 1}))

    assert len({event.id for event in door.events()}) == 1


def test_a_single_event_is_shown_at_once_also_with_a_key() -> None:
    door = Door()

    door.take(event(key="k1"))

    assert len(door.rows) == 1


@pytest.mark.parametrize("guessed", [{"own_time": NOW - 5}, {"time": NO_TIME}])
def test_an_event_with_a_key_and_a_guessed_time_waits_for_match(guessed: dict[str, Any]) -> None:
    door = Door()

    door.take(event(key="k1", **guessed))

    assert (len(door.rows), len(door.events())) == (0, 1)
