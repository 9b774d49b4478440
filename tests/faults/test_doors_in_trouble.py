"""A door never answers an error for what is safe, nor a success for what is not."""

import json
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.fakes.seconds import FakeSeconds
from tests.faults.aws import FOR_GOOD, HANGING, TROUBLES, Aws, DoorOnAws, Trouble
from tests.faults.doorbell import BULK, CSV, ONE, UPLOADS, Answer
from tests.faults.senders import SENDERS
from waypost.deadline import Deadline
from waypost.ingest import intake
from waypost.ingest.messages import INLINE_EVENTS

LAMBDA_SECONDS = 15.0
EVENT = {"externalId": "u-1", "action": "Did"}
MANY = json.dumps([EVENT] * (INLINE_EVENTS + 1)).encode()


@dataclass(frozen=True)
class Ring:
    """One request, and the call after which what it brought is safe."""

    name: str
    path: str
    body: bytes
    safe: str = "SendMessageBatch"
    headers: dict[str, str] = field(default_factory=dict)

    def at(self, world: Aws) -> Answer:
        return self.on(DoorOnAws(world))

    def on(self, door: DoorOnAws) -> Answer:
        return door.post(self.body, self.path, **self.headers)

    def __str__(self) -> str:
        return self.name


RINGS = [
    Ring("planhat one", ONE, json.dumps(EVENT).encode()),
    Ring("planhat bulk", BULK, json.dumps([EVENT, EVENT]).encode()),
    Ring("planhat chunk", BULK, MANY),
    Ring("planhat csv", CSV, b"id,action\nu-1,a\nu-2,b\n"),
    Ring("planhat csv of one", CSV, b"id,action\nu-1,a\n"),
    Ring("planhat csv chunk", CSV, b"id,action\n" + b"u-1,a\n" * (INLINE_EVENTS + 1)),
    Ring("upload", UPLOADS, b"", safe="PutItem directory"),
    *(
        Ring(sender.name, sender.path, sender.wrap([sender.good()]), headers=sender.headers)
        for sender in SENDERS
    ),
]


def calls_of(ring: Ring) -> list[str]:
    """The calls that a door makes for a request, each once, in their order."""
    world = Aws()
    assert ring.at(world).status < 300
    return list(dict.fromkeys(world.called))


def plan(after: bool) -> list[Any]:
    """Every request with every call that it makes before it is safe, or after."""
    pairs = []
    for ring in RINGS:
        calls = calls_of(ring)
        safe = calls.index(ring.safe)
        pairs += [(ring, call) for call in (calls[safe + 1 :] if after else calls[: safe + 1])]
    return [pytest.param(ring, call, id=f"{ring}: {call}") for ring, call in pairs]


def told(answer: Answer) -> Any:
    """An answer without what is random in it."""
    body = answer.body
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in ("batch", "url")}
    return answer.status, body


def before_lambda_ends_it(world: Aws) -> bool:
    """Whether a door, the first in its world, answered in time."""
    return world.seconds.now - FakeSeconds().now < LAMBDA_SECONDS - 0.5


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
@pytest.mark.parametrize(("ring", "call"), plan(after=True))
def test_what_fails_after_an_event_is_safe_changes_no_answer(
    ring: Ring, call: str, trouble: Trouble
) -> None:
    well, troubled = Aws(), Aws(troubled=call, trouble=trouble)

    answer = ring.at(troubled)

    assert told(answer) == told(ring.at(well))
    assert len(troubled.kept("SendMessageBatch")) == 1
    assert troubled.kept(call) == []
    assert before_lambda_ends_it(troubled)


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
@pytest.mark.parametrize(("ring", "call"), plan(after=False))
def test_what_fails_before_an_event_is_safe_is_to_be_sent_again(
    ring: Ring, call: str, trouble: Trouble
) -> None:
    world = Aws(troubled=call, trouble=trouble)

    answer = ring.at(world)

    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert [kept for name, kept in world.taken if name != "PutObject"] == []
    assert before_lambda_ends_it(world)


@pytest.mark.parametrize("trouble", [one for one in TROUBLES if one.name not in FOR_GOOD], ids=str)
@pytest.mark.parametrize(("ring", "call"), plan(after=False))
def test_trouble_that_passes_is_not_seen_by_the_sender(
    ring: Ring, call: str, trouble: Trouble
) -> None:
    world = Aws(troubled=call, trouble=trouble, times=1)

    answer = ring.at(world)

    assert told(answer) == told(ring.at(Aws()))
    assert world.called.count(call) > 1
    assert len(world.kept(ring.safe)) == 1


@pytest.mark.parametrize(
    "ring", [ring for ring in RINGS if "PutItem events" in calls_of(ring)], ids=str
)
def test_nobody_waits_for_a_row_that_is_only_shown_earlier(ring: Ring) -> None:
    world = Aws(troubled="PutItem events")

    ring.at(world)

    assert world.called.count("PutItem events") == 1
    assert world.seconds.pauses == []


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
@pytest.mark.parametrize("ring", [RINGS[0], RINGS[-1]], ids=str)
def test_a_door_that_knows_its_sender_needs_no_table_to_know_him(
    ring: Ring, trouble: Trouble
) -> None:
    world = Aws(trouble=trouble)
    door = DoorOnAws(world)
    ring.on(door)
    world.troubled = "GetItem directory"

    answers = []
    for _ in range(3):
        world.seconds.now += 61
        answers.append(told(ring.on(door)))

    assert answers == [told(ring.at(Aws()))] * 3
    assert world.seconds.pauses == []
    assert len(world.kept("SendMessageBatch")) == 4


def test_the_harness_catches_a_courtesy_that_is_answered_with_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Never(Exception):
        """Nothing is caught that the door meets."""

    monkeypatch.setattr(intake, "WaypostError", Never)

    assert RINGS[0].at(Aws(troubled="PutItem events")).status == 503


def test_the_harness_catches_a_door_that_knows_no_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Deadline, "run", lambda _self, _remaining_ms: nullcontext())
    world = Aws(troubled="SendMessageBatch", trouble=HANGING)

    RINGS[0].at(world)

    assert not before_lambda_ends_it(world)
