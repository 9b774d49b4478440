"""A 200 that did not take everything: only the rest is sent again, and none of it is forgotten."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest

from tests import effort
from tests.fakes.seconds import no_wait
from tests.faults.planted import Forgetful, Repeating
from waypost.errors import CallFailed, Unavailable
from waypost.storage.dynamo import Table
from waypost.storage.items import Item, key, wrap
from waypost.storage.lean_stores import Queue

PATTERNS = range(effort.times(1_000, 1_000, 20_000))
KEYS = [(f"p{n % 3}", f"s{n}") for n in range(60)]
ITEMS: list[Item] = [{"pk": pk, "sk": sk, "n": n} for n, (pk, sk) in enumerate(KEYS)]
Reader = Callable[[Any], Any]
MESSAGES = [b'{"n":%d}' % n for n in range(25)]


def as_it_is(client: Any) -> Any:
    return client


class MoodyDynamo:
    """Leaves a random part of every batch undone, `patience` times in a row at most."""

    def __init__(self, seed: int, patience: int = 5, least: int = 0) -> None:
        self.chance, self.patience, self.least, self.refusals = Random(seed), patience, least, 0
        self.items: dict[tuple[str, str], Item] = {}
        self.done: Counter[tuple[str, str]] = Counter()

    def batch_write_item(self, *, RequestItems: dict[str, list[Item]]) -> Item:
        ((table, requests),) = RequestItems.items()
        taken, left = self._split(requests, 25)
        for request in taken:
            item = request.get("PutRequest", request.get("DeleteRequest"))
            place = _place(item.get("Item") or item["Key"])
            self.done[place] += 1
            self.items.pop(place, None)
            if "Item" in item:
                self.items[place] = item["Item"]
        return {"UnprocessedItems": {table: left} if left else {}}

    def batch_get_item(self, *, RequestItems: dict[str, Item]) -> Item:
        ((table, request),) = RequestItems.items()
        taken, left = self._split(request["Keys"], 100)
        self.done.update(map(_place, taken))
        items = [self.items[_place(key)] for key in taken if _place(key) in self.items]
        rest = {table: {**request, "Keys": left}} if left else {}
        return {"Responses": {table: items}, "UnprocessedKeys": rest}

    def _split(self, things: list[Any], most: int) -> tuple[list[Any], list[Any]]:
        assert 0 < len(things) <= most
        self.refusals = self.refusals + 1 if self.refusals < self.patience else 0
        left = self.chance.sample(things, self.chance.randint(self.least, len(things)))
        left = left if self.refusals else []
        return [thing for thing in things if thing not in left], left


def _place(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def table_on(client: Any) -> Table:
    return Table(client, "events", deadline=no_wait())


def unwritten(seed: int, reader: Reader) -> set[tuple[str, str]]:
    client = MoodyDynamo(seed)
    table_on(reader(client)).put_many(ITEMS)
    assert max(client.done.values(), default=1) == 1
    return set(KEYS) - client.items.keys()


def unread(seed: int, reader: Reader) -> set[tuple[str, str]]:
    client = MoodyDynamo(seed)
    client.items = {place: wrap(item) for place, item in zip(KEYS[:40], ITEMS, strict=False)}
    read = [(item["pk"], item["sk"]) for item in table_on(reader(client)).get_many(KEYS)]
    assert len(read) == len(set(read))
    return set(KEYS[:40]) - set(read)


def test_every_item_is_written_once_whatever_is_left_unprocessed() -> None:
    assert [seed for seed in PATTERNS if unwritten(seed, as_it_is)] == []


def test_every_item_is_read_once_whatever_is_left_unprocessed() -> None:
    assert [seed for seed in PATTERNS if unread(seed, as_it_is)] == []


def test_every_item_is_deleted_whatever_is_left_unprocessed() -> None:
    for seed in PATTERNS:
        client = MoodyDynamo(seed)
        client.items = {place: key(*place) for place in KEYS}

        table_on(client).delete_many(KEYS)

        assert client.items == {}


def test_a_table_that_never_takes_the_rest_is_unavailable() -> None:
    table = table_on(MoodyDynamo(1, patience=1_000, least=1))

    with pytest.raises(Unavailable):
        table.put_many(ITEMS)
    with pytest.raises(Unavailable):
        list(table.get_many(KEYS))


@pytest.mark.parametrize("lost", [unwritten, unread])
def test_the_harness_catches_unprocessed_items_that_are_ignored(lost: Any) -> None:
    assert len([seed for seed in PATTERNS if lost(seed, Forgetful)]) > len(PATTERNS) / 2


@pytest.mark.parametrize("lost", [unwritten, unread])
def test_the_harness_catches_a_batch_that_is_sent_again_whole(lost: Any) -> None:
    with pytest.raises(AssertionError):
        list(map(partial(lost, reader=Repeating), PATTERNS))


class MoodyQueue:
    """Fails random entries of a batch, the whole answer with a 200, `patience` times at most."""

    def __init__(self, seed: int, patience: int = 3, least: int = 0) -> None:
        self.chance, self.patience, self.least, self.refusals = Random(seed), patience, least, 0
        self.taken: list[str] = []
        self.deadline = no_wait()

    def json(self, target: str, payload: dict[str, Any]) -> dict[str, object]:
        entries = payload["Entries"]
        assert target == "AmazonSQS.SendMessageBatch"
        assert 0 < len(entries) <= 10
        self.refusals = self.refusals + 1 if self.refusals < self.patience else 0
        failed = self.chance.sample(entries, self.chance.randint(self.least, len(entries)))
        taken = [entry for entry in entries if entry not in failed or not self.refusals]
        self.taken += [entry["MessageBody"] for entry in taken]
        answer: dict[str, object] = {"Successful": [{"Id": entry["Id"]} for entry in taken]}
        if len(taken) < len(entries):
            answer["Failed"] = [{"Id": entry["Id"]} for entry in entries if entry not in taken]
        return answer


def send_all(queue: Any) -> None:
    Queue(queue, queue, queue_url="queue", bucket="inbox").send("t1", MESSAGES)


def unsent(seed: int, reader: Reader) -> bool:
    queue = MoodyQueue(seed)
    send_all(reader(queue))
    return sorted(queue.taken) != sorted(body.decode() for body in MESSAGES)


def test_every_message_is_queued_once_whatever_fails() -> None:
    assert [seed for seed in PATTERNS if unsent(seed, as_it_is)] == []


def test_a_queue_that_never_takes_the_rest_is_unavailable() -> None:
    queue = MoodyQueue(1, patience=1_000, least=1)

    with pytest.raises(Unavailable):
        send_all(queue)


def test_the_harness_catches_failed_entries_that_are_ignored() -> None:
    assert len([seed for seed in PATTERNS if unsent(seed, Forgetful)]) > len(PATTERNS) / 2


def test_the_harness_catches_messages_that_are_all_sent_again() -> None:
    assert len([seed for seed in PATTERNS if unsent(seed, Repeating)]) > len(PATTERNS) / 2


def test_a_message_that_sqs_never_takes_is_not_tried_again() -> None:
    class Refusing(MoodyQueue):
        def json(self, target: str, _payload: dict[str, Any]) -> dict[str, object]:
            self.taken.append(target)
            refusal = {"Id": "0", "SenderFault": True, "Code": "InvalidMessageContents"}
            return {"Failed": [refusal]}

    queue = Refusing(1)

    with pytest.raises(CallFailed, match="misconfigured"):
        send_all(queue)
    assert len(queue.taken) == 1
