"""Tokens by their hash: the directory table, as far as credentials go."""

from waypost import tokens
from waypost.storage.dynamo import Table
from waypost.tokens import Grant


class DynamoTokens:
    """Tokens by their hash. No token can be made from what the table holds."""

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
