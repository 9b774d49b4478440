"""Files that `load` cannot take, or not as a whole: nothing of them vanishes without a reason."""

import gzip

import pytest

from tests.unit.ingest.loading import (
    BAD,
    HEADER,
    KEY,
    NOW,
    ROWS,
    Loader,
    many,
    never_enough,
    put_event,
)
from waypost.errors import Unavailable
from waypost.event import MAX_EVENT_BYTES
from waypost.ingest import batches, load_jobs
from waypost.ingest.batches import BatchRecord
from waypost.ingest.messages import FRAME_EVENTS


@pytest.fixture
def loader() -> Loader:
    return Loader()


UPLOAD = "uploads/t1/b1/data"
OVERWRITTEN = (
    "the file was overwritten before all of it was read; the newer one is a batch of its own"
)


def ends(loader: Loader) -> list[tuple[str, int, str | None]]:
    """State, rows and reason of each batch."""
    records = loader.batches.records.values()
    return [(record.status, record.received, record.error) for record in records]


def test_another_file_put_to_an_upload_that_was_read_is_a_batch_of_its_own(loader: Loader) -> None:
    loader.batches.put("t1", BatchRecord("b1", "upload", batches.AWAITING, NOW))
    loader.load(loader.put(*ROWS, key=UPLOAD))

    told = loader.put(ROWS[0], BAD, key=UPLOAD)
    loader.load(told, told)

    assert ends(loader) == [("matching", 3, None), ("matching", 2, None)]
    assert [len(message.events) for message in loader.messages()] == [3, 1]
    assert len({message.batch for message in loader.messages()}) == 2


@pytest.mark.parametrize("key", [KEY, UPLOAD])
@pytest.mark.parametrize("turn", [1, -1], ids=["told of in order", "told of the other way round"])
def test_a_file_overwritten_before_it_was_read_fails_and_the_newer_one_is_loaded_once(
    loader: Loader, key: str, turn: int
) -> None:
    told = [loader.put(*ROWS, key=key), loader.put(ROWS[0], key=key)]

    loader.load(*told[::turn])

    assert ends(loader)[::turn] == [("failed", 0, OVERWRITTEN), ("matching", 1, None)]
    assert [len(message.events) for message in loader.messages()] == [1]


def test_a_file_overwritten_between_two_calls_keeps_the_rows_that_were_read(
    loader: Loader,
) -> None:
    loader.load(loader.put(*many(FRAME_EVENTS + 2)), remaining_ms=never_enough)
    loader.put(*ROWS)

    loader.go_on()

    assert ends(loader) == [("failed", FRAME_EVENTS, OVERWRITTEN)]
    assert len(loader.messages()) == 1


def test_a_file_deleted_before_it_was_read_fails_with_the_reason(loader: Loader) -> None:
    told = loader.put(*ROWS)
    loader.inbox.objects.clear()

    loader.load(told, told)

    assert ends(loader) == [("failed", 0, "the file was deleted before all of it was read")]


def test_a_file_of_a_tenant_that_nobody_has_leaves_no_trace(loader: Loader) -> None:
    loader.load(loader.put(*ROWS, key="drops/nobody/a.csv"))

    assert (loader.batches.records, loader.outbox.sent) == ({}, [])


@pytest.mark.parametrize(
    "key",
    ["a.csv", "other/t1/a.csv", "drops/t1", "drops/t1/", "drops/t1/folder/", "uploads/t1/b1/else"],
)
def test_an_object_that_is_nobodys_file_is_no_job(loader: Loader, key: str) -> None:
    assert load_jobs.job_of(put_event(key)) is None

    loader.load(put_event(key))

    assert (loader.batches.records, loader.outbox.sent) == ({}, [])


MALFORMED = {
    "no such columns": (b"color,size\nred,4\n", "the first line must be a header"),
    "empty": (b" \n\n", "the file is empty"),
    "gzip that ends too early": (gzip.compress(b"x" * 10_000)[:-20], "the gzip stream is damaged"),
}


@pytest.mark.parametrize(("data", "words"), MALFORMED.values(), ids=MALFORMED)
def test_a_file_that_nobody_can_read_fails_with_the_reason(
    loader: Loader, data: bytes, words: str
) -> None:
    loader.load(loader.put_bytes(data))

    record = loader.record()
    assert (record.status, record.received) == (batches.FAILED, 0)
    assert (record.error or "").startswith(words)
    assert (loader.messages(), loader.jobs.sent) == ([], [])


def test_a_file_that_breaks_off_keeps_the_rows_before_and_says_why(loader: Loader) -> None:
    whole = "\n".join([HEADER, *many(2 * FRAME_EVENTS)]).encode()

    loader.load(loader.put_bytes(gzip.compress(whole)[:-2_000]))

    record = loader.record()
    assert record.status == batches.FAILED
    assert "gzip" in (record.error or "")
    assert 0 < record.received == sum(len(message.events) for message in loader.messages())


def test_a_row_too_large_for_an_event_is_refused_and_its_neighbours_taken(loader: Loader) -> None:
    large = f"ann,acme,{'x' * (MAX_EVENT_BYTES + 1)},2027-01-14T00:00:00Z"

    loader.load(loader.put(ROWS[0], large, ROWS[1]))

    (message,) = loader.messages()
    assert (len(message.events), len(message.rejects)) == (2, 1)


def test_a_store_that_is_away_fails_the_delivery(loader: Loader) -> None:
    def away(key: str, etag: str) -> None:
        raise Unavailable("S3 is away")

    loader.inbox.open = away  # type: ignore[assignment,method-assign]

    failed = loader.load(loader.put(*ROWS))

    assert failed == ["m0"]
    assert loader.record().status == batches.LOADING
