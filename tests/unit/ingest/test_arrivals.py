"""What an arrival is judged as, beside the first one under the same id."""

from dataclasses import dataclass

import pytest

from waypost.event import GROUP, IDENTIFY, Event, Verdict
from waypost.ingest.arrivals import Arrival, First, Place, judge
from waypost.ingest.messages import Message
from waypost.lake.records import VERDICTS
from waypost.profiles.resolution import Match

EARLIER, LATER = "r1", "r2"
OWN = First(LATER, 3, "same")
SAME, OTHER = First(EARLIER, 3, "same"), First(EARLIER, 3, "other")


@dataclass(frozen=True)
class Case:
    """An arrival in `LATER`, number 3, under a message key whose body has the digest `same`."""

    first: First = OWN
    kind: str | None = None
    overwrites: bool = False
    repeated: bool = False

    def arrival(self) -> Arrival:
        event = Event(n=3, digest="same", kind=self.kind, overwrites=self.overwrites)
        match = Match("ann", "ann")
        return Arrival(Message("t1", LATER, "test", 0), event, match)


TABLE = {
    "the first": (Case(), Verdict.STORED),
    "the traits of a user": (Case(kind=IDENTIFY), Verdict.STORED),
    "the traits of an account": (Case(kind=GROUP), Verdict.STORED),
    "the same body again": (Case(SAME), Verdict.DUPLICATE),
    "another body under the key": (Case(OTHER), Verdict.REJECTED),
    "other traits under the key": (Case(OTHER, kind=IDENTIFY), Verdict.REJECTED),
    "another body that overwrites": (Case(OTHER, overwrites=True), Verdict.DUPLICATE),
    "the same body that overwrites": (Case(SAME, overwrites=True), Verdict.DUPLICATE),
    "the first that overwrites": (Case(overwrites=True), Verdict.STORED),
    "a twin in its own reception": (Case(First(LATER, 2, "same")), Verdict.DUPLICATE),
    "its key again in its own reception": (Case(First(LATER, 2, "other")), Verdict.REJECTED),
    "the first, handed over twice in a run": (Case(repeated=True), Verdict.DUPLICATE),
    "a later one, handed over twice": (Case(OTHER, repeated=True), Verdict.REJECTED),
}


@pytest.mark.parametrize(("case", "verdict"), TABLE.values(), ids=TABLE)
def test_an_arrival_is_judged_beside_the_first(case: Case, verdict: Verdict) -> None:
    assert judge(case.arrival(), case.first, repeated=case.repeated) is verdict


def test_an_arrival_that_is_its_own_first_is_counted() -> None:
    arrival = Case().arrival()

    arrival.verdict = judge(arrival, arrival.as_first(), repeated=False)

    assert arrival.place == arrival.as_first().place == Place(LATER, 3)
    assert arrival.is_counted


@pytest.mark.parametrize("verdict", VERDICTS)
def test_only_a_conflict_lands_with_a_code(verdict: Verdict) -> None:
    arrival = Case().arrival()
    arrival.verdict = verdict

    landed = arrival.landed()

    assert (landed.receipt, landed.n, landed.verdict) == (LATER, 3, verdict)
    assert landed.code == ("conflict" if verdict is Verdict.REJECTED else None)


def test_four_verdicts_are_counted_in_the_order_of_the_landing_names() -> None:
    assert VERDICTS == ("stored", "duplicate", "rejected", "ignored")
    assert set(Verdict) - set(VERDICTS) == {Verdict.NOTED}
