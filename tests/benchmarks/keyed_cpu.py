"""CPU and calls of `match` per event with a message key, beside events without one, in one run."""

from itertools import count
from uuid import uuid4

from tests.benchmarks import world
from tests.benchmarks.meter import Meter
from tests.benchmarks.mixes import PEOPLE
from waypost import services, times

REQUESTS, EVENTS = 25, 20
ROUNDS = 7
_numbers = count()


def report() -> str:
    """On a running stack."""
    tenant = str(uuid4())
    world.add_tenant(tenant)
    _matched(tenant, keyed=False)  # makes the users
    runs = [
        {keyed: _matched(tenant, keyed=keyed) for keyed in (False, True)} for _ in range(ROUNDS)
    ]
    best = {keyed: min((run[keyed] for run in runs), key=lambda one: one.cpu) for keyed in runs[0]}
    events = REQUESTS * EVENTS
    head = f"match of {events} events, CPU, best of {ROUNDS} interleaved rounds"
    rows = [
        f"  {'with a key' if keyed else 'without':<12}{meter.cpu / events * 1e6:>7.0f} µs/event"
        f"{meter.cpu / best[False].cpu:>7.2f} × without"
        f"{sum(meter.bill.calls.values()) / events * 1000:>8.0f} calls per 1,000"
        f"{meter.bill.units['wru'] / events:>7.2f} WRU"
        for keyed, meter in best.items()
    ]
    return "\n".join([head, *rows])


def _matched(tenant: str, *, keyed: bool) -> Meter:
    """One batch of `match`, of events that nobody has sent before."""
    door = Meter()
    with door.running():
        for _ in range(REQUESTS):
            world.post("planhat", tenant, [_event(keyed) for _ in range(EVENTS)])
    return world.matched(tenant, door.messages)


def _event(keyed: bool) -> dict[str, str]:
    now, user = services.clock(), next(_numbers) % 200
    event = {
        "externalId": f"user-{user}",
        "companyExternalId": f"account-{user % PEOPLE[0].accounts}",
        "action": "Logged in",
        "date": times.iso(now - next(_numbers) % 60_000),
    }
    return event | {"messageId": str(uuid4()), "sentAt": times.iso(now)} if keyed else event
