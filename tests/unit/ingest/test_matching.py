"""What `match` makes of messages: verdicts, rows, feeds, landing, ledger, parts."""

from typing import Any

import pytest

from tests import fakes
from tests.fakes.seconds import FakeSeconds
from waypost.errors import Unavailable
from waypost.event import NO_TIME, Batch, Event, Reject
from waypost.ingest import intake, matching
from waypost.ingest.batches import PartRecord
from waypost.ingest.matching import Work
from waypost.ingest.ports import MatchStores
from waypost.ingest.reception import Reception
from waypost.lake import records
from waypost.lake.records import Landed
from waypost.profiles.directory import Account, User
from waypost.profiles.view import Change, Lost, View
from waypost.tenants import Tenant
from waypost.times import DAY_MS

TENANT = Tenant("t1")
NOW = 1_800_000_000_000


class Match:
    """A door and `match` of one tenant, on stores in memory."""

    def __init__(self) -> None:
        self.outbox, self.rows, self.lake = fakes.FakeOutbox(), fakes.FakeRows(), fakes.FakeLake()
        self.directory, self.ledger = fakes.FakeDirectory(), fakes.FakeLedger()
        self.feed, self.batches = fakes.FakeFeed(), fakes.FakeBatches()
        self.schemas = fakes.FakeSchemas()
        self.seconds = FakeSeconds()
        self._matched = 0

    def receive(self, receipt: str, *events: Event, **more: Any) -> None:
        """One request at a door. `first_part`, `rejects` and `received` as they are there."""
        for n, event in enumerate(events):
            event.n = more.get("n", 0) + n
        now, part = more.get("received", NOW), more.get("first_part", 0)
        batch = receipt if "first_part" in more else None
        reception = Reception(TENANT, receipt, "test", now, batch, part)
        intake.accept(
            Batch(list(events), more.get("rejects", [])),
            reception,
            intake.identifier(reception, receipt),
            outbox=self.outbox,
            rows=self.rows,
        )

    def run(self, *, repeated: bool = False) -> dict[str, int]:
        """Matches what was received since the last run; the counts by verdict."""
        waiting, self._matched = self.outbox.sent[self._matched :], len(self.outbox.sent)
        messages = [self.outbox.read(body) for _, body in waiting]
        stores = MatchStores(
            self.directory,
            self.rows,
            self.ledger,
            self.feed,
            self.lake,
            self.batches,
            self.schemas,
            fakes.FakeTenants(),
            fakes.FakeInbox(),
            self.seconds.deadline(),
        )
        work = Work(TENANT, messages, repeated)
        return dict(matching.match(work, stores=stores, now=NOW))

    def landed(self) -> list[Landed]:
        objects = self.lake.landing("t1", "")
        return [record for put in objects for record in records.unpack(self.lake.objects[put.key])]

    def changed(self) -> list[tuple[str, int]]:
        """The users and accounts of each object of changes: id or external id, and version."""
        objects = [self.lake.objects[put.key] for put in self.lake.changes("t1", "")]
        people = [change for data in objects for change in records.unpack_changes(data)]
        return sorted((name(change), change.version) for change in people)

    def shown(self) -> list[str | None]:
        pages = self.feed.older("t1", None)
        return [record.action for page in pages for record in page.records]


def name(thing: User | Account) -> str:
    return getattr(thing, "external_id", None) or thing.id


@pytest.fixture
def match() -> Match:
    return Match()


def event(action: str | None = "Did", *, time: int = NOW - 1, **fields: Any) -> Event:
    who = {"external_id": "ann", "company_id": "acme"} | fields
    return Event(action=action, time=time, **who)


def test_an_event_is_matched_shown_landed_and_has_its_row(match: Match) -> None:
    match.receive("r1", event("a"), event("b", company_id=None, external_id="bob"))

    counts = match.run()

    assert counts == {"stored": 2}
    assert [record.company_id for record in match.landed()] == ["acme", None]
    assert match.shown() == ["a", "b"]
    assert all(record.id in match.rows for record in match.landed())


def test_twins_in_one_file_are_kept_and_the_file_sent_again_is_duplicate(match: Match) -> None:
    counts = []
    for receipt in ("r1", "r2"):
        match.receive(receipt, event("a"), event("a"), event("b"))
        counts.append(match.run())

    assert counts == [{"stored": 3}, {"duplicate": 3}]
    assert len(match.rows) == 3
    assert match.shown() == ["a", "a", "b"]


def test_a_resend_in_the_same_batch_is_duplicate(match: Match) -> None:
    match.receive("r1", event("a"), event("b"))
    match.receive("r2", event("a"), event("b"))

    assert match.run() == {"stored": 2, "duplicate": 2}


def test_an_event_whose_resend_has_the_row_is_stored_once(match: Match) -> None:
    match.receive("r1", event("a"), event("b"))
    match.receive("r2", event("a"))

    counts = match.run()

    assert counts == {"stored": 2, "duplicate": 1}
    assert sorted(filter(None, match.shown())) == ["a", "b"]


def test_a_redelivered_message_is_no_duplicate(match: Match) -> None:
    match.receive("r1", event("a"), event("b"))
    match.run()

    match.outbox.sent *= 2

    assert match.run() == {"stored": 2}
    assert len(match.rows) == 2


def test_a_message_matched_again_lands_in_the_same_place(match: Match) -> None:
    match.receive("r1", event("a"))
    match.receive("r2", event("b"))
    match.run()

    match.outbox.sent += reversed(match.outbox.sent)
    match.run()

    (landing,) = match.lake.landing("t1", "")
    assert landing.counts["stored"] == 2


def test_a_message_delivered_twice_at_once_counts_once(match: Match) -> None:
    match.receive("b1", event("a"), first_part=0, rejects=[Reject(1, "bad", "why")])
    match.outbox.sent *= 2

    counts = match.run()

    assert counts == {"stored": 1, "rejected": 1}
    assert match.batches.parts == {("t1", "b1", 0): PartRecord(stored=1, rejected=1)}
    assert (len(match.landed()), len(match.ledger.entries["t1", "b1", 0])) == (2, 1)


def test_an_undated_event_with_a_key_resent_later_is_counted_once(match: Match) -> None:
    counts = []
    for n in range(3):
        match.receive(f"r{n}", event(time=NO_TIME, key="k1"), received=NOW + n * 1000)
        counts.append(match.run())

    assert counts == [{"stored": 1}, {"duplicate": 1}, {"duplicate": 1}]
    assert {record.time for record in match.landed()} == {NOW}


@pytest.mark.parametrize("first_is_corrected", [True, False])
def test_a_resend_whose_clock_is_judged_otherwise_is_counted_once_at_the_first_time(
    match: Match, first_is_corrected: bool
) -> None:
    times: list[dict[str, Any]] = [{"time": NOW - DAY_MS, "own_time": NOW - 1}, {"time": NOW - 1}]
    counts = []
    for n, time in enumerate(times if first_is_corrected else reversed(times)):
        match.receive(f"r{n}", event(key="k1", **time))
        counts.append(match.run())

    assert counts == [{"stored": 1}, {"duplicate": 1}]
    first = NOW - DAY_MS if first_is_corrected else NOW - 1
    assert {record.time for record in match.landed()} == {first}
    assert len(match.rows) == 1


@pytest.mark.parametrize("own_time", [None, NOW - 1])
def test_a_resend_without_a_key_and_with_a_corrected_clock_is_counted_once(
    match: Match, own_time: int | None
) -> None:
    first = NOW - 1 if own_time is None else NOW - DAY_MS
    match.receive("r1", event(time=first, own_time=own_time))
    match.receive("r2", event(time=NOW - 2 * DAY_MS, own_time=NOW - 1))

    assert match.run() == {"stored": 1, "duplicate": 1}
    assert {record.time for record in match.landed()} == {first}


def test_undated_events_without_a_key_are_each_counted(match: Match) -> None:
    for n in range(2):
        match.receive(f"r{n}", event(time=NO_TIME), received=NOW + n)

    assert match.run() == {"stored": 2}


@pytest.mark.parametrize("together", [True, False])
def test_a_message_key_with_another_body_is_rejected_and_in_the_ledger(
    match: Match, together: bool
) -> None:
    match.receive("r1", event("a", key="k1"))
    first = {} if together else match.run()
    match.receive("r2", event("b", key="k1"))

    second = match.run()

    assert first | second == {"stored": 1, "rejected": 1}
    (reject,) = match.ledger.of_receipt("t1", "r2")
    assert (reject.code, reject.index) == ("conflict", 0)
    assert reject.payload
    assert '"action":"b"' in reject.payload
    assert match.shown() == ["a"]


def test_of_one_key_at_two_times_in_one_batch_the_first_is_stored(match: Match) -> None:
    match.receive("r1", event("a", key="k1"), event("b", key="k1", time=NOW - 2))

    assert match.run() == {"stored": 1, "rejected": 1}
    assert match.shown() == ["a"]


def test_the_rejects_of_a_door_land_and_keep_their_bytes(match: Match) -> None:
    match.receive("r1", event(), rejects=[Reject(1, "bad_date", "why", "date", payload="{…}")])

    counts = match.run()

    (reject,) = match.ledger.of_receipt("t1", "r1")
    landed = match.landed()[1]
    assert counts == {"stored": 1, "rejected": 1}
    assert (reject.code, reject.payload) == ("bad_date", "{…}")
    assert (landed.verdict, landed.code, landed.n) == ("rejected", "bad_date", 1)


def test_conflicts_stand_in_the_ledger_under_their_own_message(match: Match) -> None:
    match.receive("r1", event("a", key="k1"), event("a", key="k2"))
    match.run()
    for part in range(2):
        match.receive("b1", event("b", key=f"k{part + 1}"), first_part=part, n=part)

    match.run()

    places = {place: len(entry) for place, entry in match.ledger.entries.items()}
    assert places == {("t1", "b1", 0): 1, ("t1", "b1", 1): 1}


def test_a_part_tells_what_became_of_its_own_message(match: Match) -> None:
    match.receive("b1", event("a"), event("b"), first_part=0)
    match.receive("b1", event("c"), first_part=1, n=2, rejects=[Reject(3, "bad", "why")])

    match.run()

    assert match.batches.parts == {
        ("t1", "b1", 0): PartRecord(stored=2),
        ("t1", "b1", 1): PartRecord(stored=1, rejected=1),
    }


def test_an_event_older_than_the_retention_goes_to_the_lake_alone(match: Match) -> None:
    old = NOW - 91 * DAY_MS
    match.receive("r1", event("a", time=old), event("a", time=old))
    match.receive("r2", event("a", time=old))

    counts = match.run()

    assert counts == {"stored": 2, "duplicate": 1}
    assert (len(match.rows), match.shown(), len(match.landed())) == (0, [], 3)


def test_an_event_without_an_action_is_counted_and_not_shown(match: Match) -> None:
    match.receive("r1", event(None))

    assert match.run() == {"stored": 1}
    assert match.shown() == []


def test_the_counts_stand_in_the_name_of_the_landing_object(match: Match) -> None:
    match.receive("r1", event("a"), event("b", company_id=None, external_id="bob"))
    match.receive("r2", event("a"), rejects=[Reject(1, "bad", "why")])

    counts = match.run()

    (landing,) = match.lake.landing("t1", "")
    assert landing.counts == {"ignored": 0} | counts
    assert sum(counts.values()) == 4


class Racing(fakes.FakeDirectory):
    """Another run is faster with ann, `races` times; `asked` are the users of each reading."""

    races = 0

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[set[str | None]] = []

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        self.asked.append({event.external_id for event in events})
        return super().view(tenant, events)

    def commit(self, tenant: str, change: Change) -> Lost:
        if not self.races:
            return super().commit(tenant, change)
        self.races -= 1
        lost = {user.id for user in change.users.values() if user.external_id == "ann"}
        for id in lost:
            del change.users[id]
            change.new_users.discard(id)
        return Lost(super().commit(tenant, change).users | lost)


def test_who_loses_a_race_for_an_identity_decides_again(match: Match) -> None:
    match.directory = Racing()
    match.directory.races = 6
    match.receive("r1", event())

    assert match.run() == {"stored": 1}
    assert len(match.directory.everybody) == 1


def test_who_loses_again_and_again_waits_each_time(match: Match) -> None:
    match.directory = Racing()
    match.directory.races = 6
    match.receive("r1", event())

    match.run()

    assert len(match.seconds.pauses) == 6


def test_only_what_was_lost_is_decided_again(match: Match) -> None:
    match.directory = Racing()
    match.directory.races = 2
    match.receive("r1", event("a", external_id="ann"), event("b", external_id="bob"))

    assert match.run() == {"stored": 2}
    assert match.directory.asked == [{"ann", "bob"}, {"ann"}, {"ann"}]
    assert match.changed() == [("acme", 1), ("ann", 1), ("bob", 1)]


def test_who_loses_every_race_leaves_the_message_to_come_again(match: Match) -> None:
    match.directory = Racing()
    match.directory.races = 1_000
    match.receive("r1", event("a"), event("b"))

    with pytest.raises(Unavailable):
        match.run()

    assert (len(match.rows), len(match.lake)) == (0, 0)
