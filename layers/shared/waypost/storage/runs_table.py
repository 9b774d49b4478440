"""Aggregate runs that somebody asked for: the directory table, as far as operators go."""

import msgspec

from waypost.lake.runs import RunRecord
from waypost.storage import keys
from waypost.storage.dynamo import Table
from waypost.times import DAY_MS

_KEPT_MS = 90 * DAY_MS


class DynamoRuns:
    """Runs that somebody asked for, for 90 days."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, tenant: str, record: RunRecord) -> None:
        self._table.put(
            {
                "pk": keys.scoped(tenant, "run"),
                "sk": record.id,
                "record": msgspec.json.encode(record).decode(),
                "ttl": (record.created + _KEPT_MS) // 1000,
            }
        )

    def get(self, tenant: str, run: str) -> RunRecord | None:
        item = self._table.get(keys.scoped(tenant, "run"), run)
        return msgspec.json.decode(item["record"], type=RunRecord) if item else None
