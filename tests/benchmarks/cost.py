"""
What a million events cost, by who sends them, whose they are, and how many come in a second.

The real handlers run in this process on the embedded AWS: every call is counted with its size.
How many messages meet in one batch of `match` follows from the rate: five pollers share what the
window of five seconds gathers.
"""

from dataclasses import dataclass
from itertools import count
from uuid import uuid4

from tests.benchmarks import hourly, world
from tests.benchmarks.bill import DOOR_MB, USD, WAIT_MS, WORKER_MB, lambda_usd
from tests.benchmarks.hourly import Hour, HourlyJob
from tests.benchmarks.meter import Meter
from tests.benchmarks.mixes import BULK, HISTORY, PEOPLE, SENDERS, People, Sender
from waypost import services
from waypost.ingest.messages import INLINE_EVENTS, slices

RATES = (10, 100, 1_000)
_WINDOW_SECONDS, _POLLERS = 5, 5
_RECEIVE_SECONDS = 0.010  # until a poller asks again
_LEAST_EVENTS = 60  # of a cell, so that a few batches are averaged
_NAME = 49
_seeds = count()


@dataclass(frozen=True)
class Cell:
    """One mix at one batch size, run: `door` and `match` as metered, over so many events."""

    sender: Sender
    requests: int
    batches: int
    door: Meter
    match: Meter

    @property
    def events(self) -> int:
        return self.requests * self.sender.events

    def calls(self) -> float:
        """AWS calls of door and `match` for a thousand events."""
        calls = self.door.bill.calls.total() + self.match.bill.calls.total()
        return calls / self.events * 1_000

    def wru(self) -> float:
        """Write units of one event."""
        return (self.door.bill.units["wru"] + self.match.bill.units["wru"]) / self.events

    def usd(self, rate: int) -> float:
        """Of one event, up to its landing object."""
        polls = self.requests / _received(self.sender, rate) + self.batches * -(
            -self.requests // self.batches // 10
        )
        total = (
            self.requests * USD["request"]
            + lambda_usd(self.requests, self.door.cpu, self.door.waited(), DOOR_MB)
            + lambda_usd(self.batches, self.match.cpu, self.match.waited(), WORKER_MB)
            + polls * USD["sqs"]
            + self.door.bill.usd()
            + self.match.bill.usd()
        )
        return total / self.events


def report() -> str:
    """On a running stack."""
    tenants = {people: _settled(people) for people in PEOPLE}
    job = hourly.measure()
    rows = [_row(sender, people, tenants[people], job) for sender in SENDERS for people in PEOPLE]
    rows.append(_row(HISTORY, PEOPLE[0], tenants[PEOPLE[0]], job))
    waits = ", ".join(f"{kind.replace('_', ' ')} {ms} ms" for kind, ms in WAIT_MS.items())
    head = "USD per million events at so many a second; in brackets the hourly job's part of it"
    over = f"{'at 100 a second':>{_NAME + 14 * len(RATES) + 19}}"
    titles = _titles("", [f"{rate:,}/s" for rate in RATES]) + f"{'calls/1,000':>13}{'WRU':>6}"
    notes = [f"  waits assumed: {waits} a call"]
    if any("*" in row for row in rows):
        notes.append("  * at that rate the hourly job does not end in its 15 minutes")
    return "\n".join([head, over, titles, *rows, *notes])


def _titles(name: str, figures: list[str]) -> str:
    return f"  {name:<{_NAME}}" + "".join(f"{figure:>14}" for figure in figures)


def messages_per_batch(sender: Sender, rate: int) -> int:
    """How many messages one poller gathers in its window; of chunks each comes alone."""
    if sender.events > INLINE_EVENTS:
        return 1
    return max(1, rate // sender.events * _WINDOW_SECONDS // _POLLERS)


def _received(sender: Sender, rate: int) -> float:
    """Messages that one call of ReceiveMessage brings: it answers as soon as there is any."""
    waiting = rate / sender.events * _RECEIVE_SECONDS / _POLLERS
    return min(10.0, max(1.0, waiting))


def _settled(people: People) -> str:
    """A tenant in which the known users and all accounts are known."""
    tenant, meter = str(uuid4()), Meter()
    world.add_tenant(tenant)
    now = services.clock()
    with meter.running():
        everybody = [BULK.item(*one, now) for one in people.everybody()]
        world.post(BULK.door, tenant, everybody)
    world.match(tenant, meter.messages)
    return tenant


def _row(sender: Sender, people: People, tenant: str, job: HourlyJob) -> str:
    sizes = {rate: messages_per_batch(sender, rate) for rate in RATES}
    cells = {size: _run(sender, people, tenant, size) for size in set(sizes.values())}
    figures = [_figure(cells[sizes[rate]], people, rate, job) for rate in RATES]
    cell = cells[sizes[100]]
    name = f"{sender.name}: {people.name}"
    return _titles(name, figures) + f"{cell.calls():>13.0f}{cell.wru():>6.2f}"


def _run(sender: Sender, people: People, tenant: str, size: int) -> Cell:
    requests = size * max(1, -(-_LEAST_EVENTS // (size * sender.events)))
    door, matched = Meter(), Meter()
    drawn = people.drawn(next(_seeds))
    with door.running():
        for _ in range(requests):
            world.post(sender.door, tenant, sender.request(drawn, services.clock()))
    batches = list(slices(door.messages, size))
    with matched.running():
        for batch in batches:
            world.match(tenant, batch)
    return Cell(sender, requests, len(batches), door, matched)


def _figure(cell: Cell, people: People, rate: int, job: HourlyJob) -> str:
    events = 3_600.0 * rate
    hour = Hour(events, events * cell.batches / cell.events, 0 if people.known else events)
    total, share = cell.usd(rate) + job.usd(hour), job.usd(hour)
    late = "" if job.fits(hour) else "*"
    return f"{total * 1e6:.2f} ({share * 1e6:.2f}){late}"
