"""What `match` makes of conflicts of types: notes, clean events and rows, the same every time."""

import json
from collections import Counter
from copy import deepcopy
from typing import Any

import msgspec
import pytest

from tests import fakes
from tests.fakes.seconds import no_wait
from tests.faults.killers import Killer, every_point, mortal, survives
from waypost.errors import Unavailable
from waypost.event import MAX_NOTES, Batch, Event, Reject
from waypost.ingest import intake, matching, schema_enforcement
from waypost.ingest.matching import Work
from waypost.ingest.messages import Message
from waypost.ingest.ports import MatchStores
from waypost.ingest.reception import Reception
from waypost.ingest.schema import Schema
from waypost.lake import records
from waypost.tenants import Tenant, TypeConflicts

NOW = 1_800_000_000_000
POLICIES: tuple[TypeConflicts, ...] = ("set_aside", "coerce", "keep", "change")


class Matching:
    """A door and `match` of one tenant, on stores in memory."""

    def __init__(self, policy: TypeConflicts = "set_aside") -> None:
        self.tenant = Tenant("t1", type_conflicts=policy)
        self.outbox, self.rows = fakes.FakeOutbox(), fakes.FakeRows()
        self.ledger, self.lake = fakes.FakeLedger(), fakes.FakeLake()
        self.schemas = fakes.FakeSchemas()
        self.stores = MatchStores(
            fakes.FakeDirectory(),
            self.rows,
            self.ledger,
            fakes.FakeFeed(),
            self.lake,
            fakes.FakeBatches(),
            self.schemas,
            fakes.FakeTenants(),
            fakes.FakeInbox(),
            no_wait(),
        )

    def receive(self, receipt: str, *properties: dict[str, Any]) -> Message:
        """One request at the door, as the message that it queues."""
        events = [
            Event(n=n, time=NOW, action="Did", external_id="ann", properties=given)
            for n, given in enumerate(properties)
        ]
        reception = Reception(self.tenant, receipt, "test", NOW)
        identifier = intake.identifier(reception, receipt)
        intake.accept(Batch(events), reception, identifier, outbox=self.outbox, rows=self.rows)
        return self.outbox.read(self.outbox.sent[-1][1])

    def run(self, *messages: Message) -> Counter[str]:
        """One delivery of the messages: what is done to them is not seen by the next."""
        self.lake.objects.clear()
        work = Work(self.tenant, deepcopy(list(messages)))
        return matching.match(work, stores=self.stores, now=NOW)

    def notes(self, receipt: str) -> list[Reject]:
        return list(self.ledger.of_receipt("t1", receipt))

    def landed(self) -> list[dict[str, Any] | None]:
        """The properties of every event of the last delivery."""
        (landing,) = self.lake.landing("t1", "")
        data = self.lake.objects[landing.key]
        return [record.properties for record in records.unpack(data)]


def test_a_conflict_is_noted_with_all_that_is_needed_to_end_it() -> None:
    match = Matching()
    message = match.receive("r1", {"plan": "pro", "seats": 5}, {"plan": 7, "seats": 6})

    counts = match.run(message)

    (note,) = match.notes("r1")
    assert counts == {"stored": 2}
    assert match.landed() == [{"plan": "pro", "seats": 5}, {"seats": 6}]
    assert (note.index, note.code, note.verdict, note.field) == (
        1,
        "type_conflict",
        "noted",
        "plan",
    )
    assert note.payload == "7"
    assert note.detail == {"key": "plan", "path": "plan", "expected": "string", "found": "number"}
    assert "set aside" in note.message
    assert "PUT /api/v1/schema/plan" in note.message


@pytest.mark.parametrize(
    ("policy", "stored"),
    [("set_aside", None), ("coerce", {"a": 23}), ("keep", {"a": "23"}), ("change", {"a": "23"})],
)
def test_the_tenant_chooses_what_becomes_of_the_value(policy: TypeConflicts, stored: Any) -> None:
    match = Matching(policy)

    match.run(match.receive("r1", {"a": 1}), match.receive("r2", {"a": "23"}))

    assert match.landed() == [{"a": 1}, stored]
    assert [note.code for note in match.notes("r2")] == ["type_conflict"]
    assert match.schemas.get("t1").types == {"a": "string" if policy == "change" else "number"}


def test_the_row_that_a_door_wrote_is_cleaned_too() -> None:
    match = Matching()
    match.run(match.receive("r1", {"a": 1}))

    match.run(match.receive("r2", {"a": "x", "b": 2}))

    rows = match.rows.of_user("t1", ["x:ann"], None, 10)
    assert sorted(json.dumps(event.properties) for _, event in rows) == ['{"a": 1}', '{"b": 2}']


def test_a_resend_in_conflict_leaves_the_row_of_the_first_alone() -> None:
    match = Matching()
    match.run(match.receive("r1", {"a": 1}), match.receive("r2", {"a": "x"}))

    counts = match.run(match.receive("r3", {"a": "x"}))

    events = [event for _, event in match.rows.of_user("t1", ["x:ann"], None, 10)]
    first = match.rows.claim(match.tenant, [("r9", event) for event in events])
    assert counts == {"duplicate": 1}
    assert sorted(receipt for receipt, _, _ in first.values()) == ["r1", "r2"]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_message_that_comes_again_gets_the_same_result(policy: TypeConflicts) -> None:
    match = Matching(policy)
    first = match.receive("r1", {"a": 1}, {"a": "2"}, {"a": True}, {"b": {"a": 4}})
    second = match.receive("r2", {"a": [5]}, {"b": "6"}, {"a": 7})
    match.run(first)
    told, landed = match.notes("r1"), match.landed()
    match.run(second)
    told_later, types = match.notes("r2"), match.schemas.get("t1").types

    match.run(first)
    again = match.landed()
    match.run(second, first)

    assert again == landed
    assert (match.notes("r1"), match.notes("r2")) == (told, told_later)
    assert match.schemas.get("t1").types == types


@pytest.mark.parametrize("policy", POLICIES)
def test_wherever_match_dies_the_next_delivery_ends_the_same(policy: TypeConflicts) -> None:
    def ends(killer: Killer) -> list[Any]:
        match = Matching(policy)
        match.run(match.receive("r1", {"a": 1}))
        again = [match.receive("r2", {"a": "2"}), match.receive("r3", {"a": 3, "b": {"a": True}})]
        whole = match.stores
        parts = (getattr(whole, name) for name in whole.__struct_fields__)
        match.stores = MatchStores(*mortal(killer, *parts))
        died = not survives(lambda: match.run(*again))
        match.stores = whole
        if died:
            match.run(*again)
        rows = match.rows.of_user("t1", ["x:ann"], None, 10)
        kept = [match.notes("r2"), match.notes("r3"), match.landed(), match.schemas.known]
        return [*kept, sorted((event.id, event.properties) for _, event in rows)]

    undisturbed = ends(Killer())

    assert len(undisturbed[0]) == 1
    for killer in every_point(ends):
        assert ends(killer) == undisturbed


def test_two_runs_that_teach_at_once_agree_on_the_first() -> None:
    match, other = Matching(), Matching()
    other.schemas.known = match.schemas.known
    slow = match.receive("r1", {"a": 1, "b": 1})
    real = match.schemas.put

    def beaten(tenant: str, schema: Schema) -> bool:
        match.schemas.put = real  # type: ignore[method-assign]
        other.run(other.receive("r2", {"a": "x", "c": 1}))
        return real(tenant, schema)

    match.schemas.put = beaten  # type: ignore[method-assign]
    match.run(slow)

    assert match.schemas.get("t1").types == {"a": "string", "b": "number", "c": "number"}
    assert match.landed() == [{"b": 1}]


def test_a_race_that_never_ends_sends_the_messages_back() -> None:
    match = Matching()
    match.schemas.put = lambda *_: False  # type: ignore[method-assign]

    with pytest.raises(Unavailable):
        match.run(match.receive("r1", {"a": 1}))


@pytest.mark.parametrize("properties", [{"a": 1, "b": {"a": 2}}, None])
def test_known_keys_cost_no_call(properties: dict[str, Any] | None) -> None:
    match = Matching()
    match.run(match.receive("r1", {"a": 1, "b": {}}))
    calls: list[bool] = []
    real = match.schemas.get

    def counted(tenant: str, *, fresh: bool = False) -> Schema:
        calls.append(fresh)
        return real(tenant)

    match.schemas.get = counted  # type: ignore[method-assign]
    message = Message("t1", "r2", "test", NOW, [Event(properties=properties)])
    schema_enforcement.settle_types(match.tenant, [message], match.schemas, no_wait())

    assert True not in calls
    assert match.schemas.known["t1"].version == 1


def test_an_event_full_of_conflicts_makes_a_bounded_ledger() -> None:
    match = Matching()
    match.run(match.receive("r1", {f"k{n}": n for n in range(100)}))

    match.run(match.receive("r2", {f"k{n}": str(n) for n in range(100)}))

    notes = match.notes("r2")
    assert len(notes) == MAX_NOTES + 1
    assert "90 more" in notes[-1].message
    assert msgspec.json.decode(notes[-1].payload or "")["k99"] == "99"
