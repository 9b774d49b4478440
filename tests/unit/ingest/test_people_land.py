"""What `match` lands of users and accounts: what it changed, and all where it may be late."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.landed_people import differing
from tests.unit.ingest.matched_queue import HOUR_MS, Queue, again, record
from tests.unit.ingest.test_matching import Match, event, name
from waypost.ingest.queue_records import Record


@pytest.fixture
def match() -> Match:
    return Match()


@pytest.fixture
def queue() -> Queue:
    """A queue whose first message was matched by a function that died before it landed."""
    queue = Queue()
    assert queue.match(queue.receive()) == []
    queue.lake.objects.clear()
    return queue


def landed_again(queue: Queue) -> bool:
    return differing(queue.lake, queue.directory, "t1") == []


def test_users_and_accounts_land_when_they_change_and_not_before_they_stand(match: Match) -> None:
    match.receive("r1", event(), event(external_id="bob", company_id=None))
    match.run()
    first = match.changed()
    match.receive("r2", event(email="ann@acme.com"), event(external_id="bob", company_id="acme"))

    match.run()

    assert first == [("acme", 1), ("ann", 1), ("bob", 1)]
    assert match.changed() == sorted([*first, ("ann", 2), ("bob", 2)])


def test_a_batch_of_known_users_lands_no_changes(match: Match) -> None:
    match.receive("r1", event())
    match.run()
    before = match.changed()

    match.receive("r2", event("again"))
    match.run()

    assert (match.changed(), len(match.lake.landing("t1", ""))) == (before, 2)


def test_whoever_a_repeated_message_is_about_lands_again(match: Match) -> None:
    match.receive("r1", event(), event(external_id=None, anonymous_id="a1"))
    match.receive("r2", event(anonymous_id="a1"))
    match.run()
    standing = {(name(user), user.version) for user in match.directory.everybody}
    match.lake.objects.clear()

    match.outbox.sent *= 2
    match.run(repeated=True)

    assert match.changed() == sorted([*standing, ("acme", 1)])
    assert len(standing) == 2


def test_an_event_lands_with_the_record_of_its_key_whoever_that_became(match: Match) -> None:
    visit: dict[str, Any] = {"external_id": None, "anonymous_id": "a1"}
    match.receive("r1", event("known"), event("before", **visit))
    match.run()
    match.receive("r2", event("told", anonymous_id="a1"))
    match.run()
    match.receive("r3", event("after", **visit))
    match.run()

    ids = {record.action: record.user_id for record in match.landed()}

    assert ids["before"] == ids["after"] != ids["told"]
    (visitor,) = [user for user in match.directory.everybody if user.merged_into]
    assert (visitor.id, visitor.merged_into) == (ids["before"], ids["told"])


def delivered_again(queue: Queue, delivered: Record) -> list[Record]:
    return [again(delivered)]


def begun_before_in_this_function(queue: Queue, delivered: Record) -> list[Record]:
    return [delivered, *queue.receive("poison")]


def sent_back_as_a_dead_letter(queue: Queue, delivered: Record) -> list[Record]:
    queue.clock.tick(HOUR_MS)
    return [delivered]


def delivered_once(_: Queue, delivered: Record) -> list[Record]:
    return [delivered]


@pytest.mark.parametrize(
    ("delivery", "lands"),
    [
        (delivered_again, True),
        (begun_before_in_this_function, True),
        (sent_back_as_a_dead_letter, True),
        (delivered_once, False),
    ],
)
def test_a_message_that_may_have_been_begun_lands_all_it_is_about(
    queue: Queue, delivery: Callable[[Queue, Record], list[Record]], *, lands: bool
) -> None:
    (tenant, body), *_ = queue.outbox.sent

    queue.match(delivery(queue, record("m0", body, tenant)))

    assert landed_again(queue) is lands
