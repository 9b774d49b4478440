"""A table's queries: bounds, pages, limits. What DynamoDB itself does, the contract suite tells."""

from typing import Any

import pytest

from waypost.storage.dynamo import Table
from waypost.storage.items import guarded_put, version


class Pages:
    """A client whose partition holds sort keys, of which an answer takes no more than `most`."""

    def __init__(self, *keys: str, most: int = 2) -> None:
        self.keys = keys
        self.most = most
        self.asked: list[dict[str, Any]] = []

    def query(self, **request: Any) -> dict[str, Any]:
        self.asked.append(dict(request))
        start = int(request.get("ExclusiveStartKey", 0))
        stop = start + min(self.most, request.get("Limit", self.most))
        answer: dict[str, Any] = {"Items": [{"sk": {"S": sk}} for sk in self.keys[start:stop]]}
        return answer | ({"LastEvaluatedKey": stop} if stop < len(self.keys) else {})


def keys(client: Pages, **bounds: Any) -> list[str]:
    return [item["sk"] for item in Table(client, "table").query("t1|key", **bounds)]


def test_a_partition_is_read_page_by_page_to_its_end() -> None:
    client = Pages("a", "b", "c", "d", "e")

    assert keys(client) == ["a", "b", "c", "d", "e"]
    assert len(client.asked) == 3


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_no_more_come_than_were_asked_for_however_the_pages_fall(limit: int) -> None:
    client = Pages("a", "b", "c", "d", "e")

    assert keys(client, limit=limit) == ["a", "b", "c", "d", "e"][:limit]
    assert len(client.asked) == (limit + 1) // 2


def test_between_takes_its_ends_in() -> None:
    client = Pages("b", "c", "d")

    assert keys(client, between=("b", "d")) == ["b", "c", "d"]
    assert client.asked[0]["KeyConditionExpression"] == "pk = :pk AND sk BETWEEN :a AND :b"


def test_after_and_before_leave_their_own_keys_out_together_too() -> None:
    client = Pages("b", "c", "d")

    assert keys(client, after="b", before="d") == ["c"]


def test_a_guarded_put_wants_the_state_that_was_seen() -> None:
    item = {"pk": "p", "sk": "s", "version": 4}

    over = guarded_put("table", item, version(3))
    new = guarded_put("table", item, version(0))

    assert over["ConditionExpression"] == "#name = :seen"
    assert over["ExpressionAttributeNames"] == {"#name": "version"}
    assert over["ExpressionAttributeValues"] == {":seen": {"N": "3"}}
    assert new["ConditionExpression"] == "attribute_not_exists(pk)"
