"""Arrival: one received event on its way through `match`, and how it is judged."""

from dataclasses import dataclass, field
from typing import NamedTuple

from waypost.event import Event, Verdict
from waypost.ingest.messages import Message
from waypost.lake.records import Landed, landed
from waypost.profiles.resolution import Match

CONFLICT = "conflict"


class Place(NamedTuple):
    """Where an item came in: the receipt of its reception, and its number there, from 0."""

    receipt: str
    n: int


class First(NamedTuple):
    """The first arrival under an event's id: its place, and the digest of its body.

    There is a digest only where the sender's message key gave the id. Otherwise the id is made of
    the body, and two bodies cannot meet under one id.
    """

    receipt: str
    n: int
    digest: str | None

    @property
    def place(self) -> Place:
        return Place(self.receipt, self.n)


RowKey = tuple[str, str]  # where a row lies: partition and sort key, for the store alone


class Standing(NamedTuple):
    """What stood of events that may come again, before anything was decided about them.

    `times`: under which time each came first, in the order asked for; that time is settled from
    then on. `rows`: what is known of rows in their places, None where nothing stood.
    """

    times: list[int]
    rows: dict[RowKey, First | None]


@dataclass(slots=True)
class Arrival:
    """One received event, the message it came in, and whom it belongs to.

    The verdict is set once all arrivals of a run have claimed their rows.
    """

    message: Message
    event: Event
    match: Match
    verdict: Verdict = field(init=False)

    @property
    def place(self) -> Place:
        return Place(self.message.receipt, self.event.n)

    @property
    def is_counted(self) -> bool:
        return self.verdict is Verdict.STORED

    def as_first(self) -> First:
        return First(self.message.receipt, self.event.n, self.event.digest)

    def landed(self) -> Landed:
        """The record of it that the hourly job reads."""
        record = landed(
            self.event,
            self.match.identity,
            self.verdict,
            receipt=self.message.receipt,
            received=self.message.received,
            source=self.message.source,
        )
        record.code = CONFLICT if self.verdict is Verdict.REJECTED else None
        return record


def judge(arrival: Arrival, first: First, *, repeated: bool) -> Verdict:
    """The verdict on one arrival beside the first one under the same id. Pure.

    | arrival                                          | verdict   |
    |--------------------------------------------------|-----------|
    | is the first                                     | stored    |
    | came later, with the same body or to overwrite   | duplicate |
    | came later, under the same key with another body | rejected  |

    Everybody counts: whether the user has an account is no part of it.

    `repeated`: the queue handed over this very arrival twice in one run. The second copy stands at
    the place of the first arrival and must not be counted again.
    """
    event = arrival.event
    if arrival.place != first.place or repeated:
        same = event.overwrites or event.digest == first.digest
        return Verdict.DUPLICATE if same else Verdict.REJECTED
    return Verdict.STORED
