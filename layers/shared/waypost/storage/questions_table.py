"""Saved questions: the directory table."""

import msgspec

from waypost.insights.saved import SavedQuestion
from waypost.storage import keys
from waypost.storage.dynamo import Table


class DynamoQuestions:
    """Saved questions by name."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def every(self, tenant: str) -> list[SavedQuestion]:
        """All of a tenant, by name; there are 200 at most."""
        items = self._table.query(keys.scoped(tenant, "question"))
        return [msgspec.json.decode(item["record"], type=SavedQuestion) for item in items]

    def get(self, tenant: str, name: str) -> SavedQuestion | None:
        item = self._table.get(keys.scoped(tenant, "question"), name)
        return msgspec.json.decode(item["record"], type=SavedQuestion) if item else None

    def put(self, tenant: str, question: SavedQuestion) -> None:
        record = msgspec.json.encode(question).decode()
        place = {"pk": keys.scoped(tenant, "question"), "sk": question.name}
        self._table.put({**place, "record": record})

    def delete(self, tenant: str, name: str) -> None:
        """Deletes a question, whether it is there or not."""
        self._table.delete_many([(keys.scoped(tenant, "question"), name)])
