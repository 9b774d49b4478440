"""Aggregate runs and tokens: the directory table, as far as operators go."""

from typing import Any

import msgspec

from waypost import tokens
from waypost.runs import RunRecord
from waypost.storage import keys
from waypost.storage.dynamo import Table
from waypost.tokens import Grant


class DynamoRuns:
    """Runs that somebody asked for."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, tenant: str, record: RunRecord) -> None:
        self._table.put(
            {
                "pk": keys.scoped(tenant, "run"),
                "sk": record.id,
                "record": msgspec.json.encode(record).decode(),
            }
        )

    def get(self, tenant: str, run: str) -> dict[str, Any] | None:
        item = self._table.get(keys.scoped(tenant, "run"), run)
        return msgspec.json.decode(item["record"]) if item else None


class DynamoTokens:
    """Tokens by their hash. The table holds nothing that opens a door."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, token: str, grant: Grant) -> None:
        item = {
            "pk": "token",
            "sk": tokens.digest(token),
            "tenant": grant.tenant,
            "scopes": " ".join(sorted(grant.scopes)),
        }
        self._table.put(item)

    def grant(self, token: str) -> Grant | None:
        """What a token allows, or None for one that nobody issued."""
        wanted = tokens.digest(token)
        item = self._table.get("token", wanted)
        if item is None or not tokens.same(item["sk"], wanted):
            return None
        return Grant(item["tenant"], frozenset(item["scopes"].split()))
