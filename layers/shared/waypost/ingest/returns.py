"""When a message that was not done comes back: soon, and later each time.

Without this it would wait for the visibility timeout of its queue, which has to outlast a function
several times over: one refusal of a store would freeze a file for an hour and a half.
"""

import random
from collections.abc import Callable
from typing import Any

from waypost.ingest.ports import Deliveries
from waypost.ingest.queue_records import Record, group, partial_response, receives

# SQS counts the receives of messages that were never begun too. The first three cost no pause and
# are left out of the growth, so that a busy queue brings nothing nearer to the dead letters.
FREE_RECEIVES = 3
_FIRST_SECONDS, _MOST_SECONDS = 10, 900
# What a function may still do after its last look at the clock.
_MARGIN_MS = 30_000


def span(times: int) -> tuple[int, int]:
    """The shortest and the longest pause after so many failures, in seconds.

    10, 20, 40 … and 15 minutes at most, or half of that: tenants that failed together must not
    come back together. None at all after none.
    """
    if times < 1:
        return 0, 0
    longest = min(_MOST_SECONDS, _FIRST_SECONDS * 2 ** min(times - 1, 10))
    return longest // 2, longest


def give_back(failed: list[Record], deliveries: Deliveries) -> None:
    """Records that failed: each comes back after a pause that grows with its failures."""
    _hide(failed, 0, deliveries)


def answer(records: list[Record], failed: list[str], deliveries: Deliveries) -> dict[str, Any]:
    """What a function answers SQS when the records of these message ids failed."""
    ids = set(failed)
    give_back([record for record in records if record["messageId"] in ids], deliveries)
    return partial_response(failed)


def put_off(late: list[Record], deliveries: Deliveries) -> None:
    """Records were not begun for want of time: they come back at once, to another function."""
    _hide(late, FREE_RECEIVES, deliveries)


def _hide(records: list[Record], free: int, deliveries: Deliveries) -> None:
    # One draw for all that a tenant has: together they cost the calls of one message.
    drawn: dict[tuple[str, int], int] = {}
    pauses = []
    for record in records:
        times = receives(record) - free
        pause = drawn.setdefault((group(record), times), random.randint(*span(times)))
        pauses.append((record, pause))
    deliveries.hide(pauses)


def hold(records: list[Record], deliveries: Deliveries, remaining_ms: Callable[[], int]) -> None:
    """Hides records until this function must have ended, should it die with them."""
    seconds = (remaining_ms() + _MARGIN_MS) // 1000
    deliveries.hide([(record, seconds) for record in records])
