"""Batches and runs over the API: how far something is that takes a while."""

from typing import Any, cast

import msgspec
import pytest

from tests import fakes
from tests.asking import asked
from tests.readers import BatchReader, FakeRuns
from waypost.errors import BadQuery, NotFound
from waypost.ingest.batches import LOADING, MATCHING, BatchRecord, PartRecord
from waypost.ingest.messages import Message
from waypost.ingest.replay import ReplayStores
from waypost.lake.runs import RunRecord
from waypost.web.api.batches import batch, batches
from waypost.web.api.replay import replay_all
from waypost.web.api.runs import run

T = "t-1"


@pytest.fixture
def store() -> BatchReader:
    return BatchReader()


def test_a_batch_is_answered_with_what_became_of_its_rows(store: BatchReader) -> None:
    record = BatchRecord("b1", "upload", MATCHING, 5, name="a.csv", bytes=9, received=2, parts=1)
    store.put(T, record)
    store.put_part(T, Message(T, "b1", "s", 5), PartRecord(stored=1, duplicate=1))

    answer = batch(T, "b1", store)

    assert msgspec.json.encode(answer) == (
        b'{"bytes":9,"bytes_read":0,"received":2,"rejected":0,"ignored":0,"id":"b1",'
        b'"kind":"upload","status":"done","created":5,"name":"a.csv",'
        b'"parts":{"announced":1,"matched":1},"matched":2,"stored":1,"duplicate":1}'
    )


def test_a_file_that_could_not_be_read_says_why(store: BatchReader) -> None:
    store.put(T, BatchRecord("b1", "drop", "failed", 5, error="not text", object="drops/x"))

    answer = batch(T, "b1", store)

    assert (answer.error, answer.parts.announced) == ("not text", 0)
    assert b"drops/x" not in msgspec.json.encode(answer)


def test_batches_come_newest_first_page_by_page(store: BatchReader) -> None:
    for id in ("b1", "b2", "b3"):
        store.put(T, BatchRecord(id, "upload", LOADING, 5))

    first = batches(T, asked(limit="2"), store)
    rest = batches(T, asked(limit="2", cursor=str(first.next)), store)

    assert [one.id for one in first.batches + rest.batches] == ["b3", "b2", "b1"]
    assert rest.next is None


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ({"status": "done"}, ["b2"]),
        ({"kind": "drop"}, ["b3"]),
        ({"name": "REPORT"}, ["b3", "b1"]),
        ({"name": "report", "status": "loading"}, ["b3", "b1"]),
        ({"created_after": "1970-01-01T00:00:00.006Z"}, ["b3"]),
        ({"created_before": "1970-01-01T00:00:00.006Z"}, ["b2", "b1"]),
    ],
)
def test_batches_are_narrowed_by_what_they_are(
    store: BatchReader, given: dict[str, str], ids: list[str]
) -> None:
    store.put(T, BatchRecord("b1", "upload", LOADING, 4, name="report.csv"))
    store.put(T, BatchRecord("b2", "upload", MATCHING, 5, name="x.csv"))
    store.put(T, BatchRecord("b3", "drop", LOADING, 6, name="Report 2.csv"))

    answer = batches(T, asked(**given), store)

    assert ([one.id for one in answer.batches], answer.next) == (ids, None)


def test_few_batches_among_many_are_looked_for_up_to_a_bound(store: BatchReader) -> None:
    for number in range(700):
        kind = "drop" if number in {0, 650} else "upload"
        store.put(T, BatchRecord(f"b{number:03}", kind, LOADING, 5))

    first = batches(T, asked(kind="drop"), store)
    rest = batches(T, asked(kind="drop", cursor=str(first.next)), store)

    assert [one.id for one in first.batches] == ["b650"]
    assert ([one.id for one in rest.batches], rest.next) == (["b000"], None)


def test_a_page_of_batches_is_short_since_each_has_its_parts_read(store: BatchReader) -> None:
    with pytest.raises(BadQuery, match="from 1 to 100"):
        batches(T, asked(limit="101"), store)


def test_a_run_is_answered_as_far_as_it_is() -> None:
    runs = FakeRuns({(T, "r1"): RunRecord("r1", "done", 5, finished=9, objects=2, days=1)})

    answer = run(T, "r1", runs)

    assert msgspec.json.encode(answer) == (
        b'{"id":"r1","status":"done","created":5,"finished":9,"objects":2,"days":1}'
    )


def test_what_another_tenant_has_is_unknown(store: BatchReader) -> None:
    store.put(T, BatchRecord("b1", "upload", LOADING, 5))

    with pytest.raises(NotFound) as refusal:
        batch("other", "b1", store)
    assert refusal.value.code == "unknown_batch"
    with pytest.raises(NotFound) as refusal:
        run(T, "r1", FakeRuns())
    assert refusal.value.code == "unknown_run"


@pytest.mark.parametrize("query", [{"inbox": "yes"}, {"inbox": "true", "since": "2026"}])
def test_a_replay_takes_inbox_and_queues_nothing_where_it_is_told_more(
    query: dict[str, str], store: BatchReader
) -> None:
    queued = fakes.FakeOutbox()
    runs: Any = FakeRuns()
    stores = ReplayStores(runs, queued, cast(Any, store), lambda *_: True, queued, lambda: 5)

    with pytest.raises(BadQuery):
        replay_all(T, asked(**query), stores)

    assert queued.sent == []
