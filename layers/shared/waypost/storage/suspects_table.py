"""Messages whose work was begun and never ended: the directory table, as far as suspects go."""

import secrets
from collections import Counter
from collections.abc import Callable

from waypost.storage.dynamo import Table

# One partition for all tenants: a function that looks does not know whose messages died before.
_PK = "suspect"
# Longer than it takes a message that always dies to reach the dead letters.
_KEPT_MS = 86_400_000
# A part has a hundred messages at most, so this is below four megabytes.
_MOST_MARKS = 1_000


class DynamoSuspects:
    """Notes of what is being worked; `clock` tells now in epoch ms."""

    def __init__(self, table: Table, clock: Callable[[], int]) -> None:
        self._table = table
        self._clock = clock

    def begin(self, ids: list[str]) -> str:
        """Notes that the messages of these ids are begun; the name of the note."""
        now = self._clock()
        mark = f"{now:015d}#{secrets.token_hex(8)}"
        # DynamoDB removes what is past its `ttl` within some days; `begun` leaves it out at once.
        ttl = (now + _KEPT_MS) // 1000
        self._table.put({"pk": _PK, "sk": mark, "ids": " ".join(ids), "ttl": ttl})
        return mark

    def end(self, mark: str) -> None:
        self._table.delete_many([(_PK, mark)])

    def begun(self) -> Counter[str]:
        """By message id, how often it was begun and not ended, within a day."""
        oldest = f"{self._clock() - _KEPT_MS:015d}"
        marks = self._table.query(_PK, after=oldest, newest_first=True, limit=_MOST_MARKS)
        return Counter(id for item in marks for id in item["ids"].split())
