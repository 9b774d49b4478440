"""When a message that was not done comes back: soon, and later each time.

Without this it would wait for the visibility timeout of its queue, which has to outlast a function
several times over: one refusal of a store would freeze a file for an hour and a half.
"""

import random
from collections.abc import Callable

from waypost.ingest.ports import Deliveries
from waypost.ingest.queue_records import Record, receives

# SQS counts the receives of messages that were never begun too. The first three cost no pause and
# are left out of the growth, so that a busy queue brings nothing nearer to the dead letters.
FREE_RECEIVES = 3
_FIRST_SECONDS, _MOST_SECONDS = 10, 900
# What a function may still do after its last look at the clock.
_MARGIN_MS = 30_000


def span(times: int) -> tuple[int, int]:
    """The shortest and the longest pause after so many failures, in seconds.

    10, 20, 40 … and 15 minutes at most, or half of that: what failed together must not come back
    together. None at all after none.
    """
    if times < 1:
        return 0, 0
    longest = min(_MOST_SECONDS, _FIRST_SECONDS * 2 ** min(times - 1, 10))
    return longest // 2, longest


def give_back(records: list[Record], failed: list[str], deliveries: Deliveries) -> None:
    """Records of these message ids failed: each comes back after a pause that grows with them."""
    ids = set(failed)
    mine = [record for record in records if record["messageId"] in ids]
    deliveries.hide([(record, random.randint(*span(receives(record)))) for record in mine])


def put_off(records: list[Record], deliveries: Deliveries) -> None:
    """Records were not begun for want of time: they come back at once, to another function."""
    free = FREE_RECEIVES
    deliveries.hide(
        [(record, random.randint(*span(receives(record) - free))) for record in records]
    )


def hold(records: list[Record], deliveries: Deliveries, remaining_ms: Callable[[], int]) -> None:
    """Hides records until this function must have ended, should it die with them."""
    seconds = (remaining_ms() + _MARGIN_MS) // 1000
    deliveries.hide([(record, seconds) for record in records])
