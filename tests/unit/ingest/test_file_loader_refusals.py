"""Files that `load` cannot take, or not as a whole: nothing of them vanishes without a reason."""

import gzip

import pytest

from tests.unit.ingest.loading import BAD, HEADER, KEY, ROWS, Loader, many, put_event
from waypost.errors import Unavailable
from waypost.event import MAX_EVENT_BYTES
from waypost.ingest import batches, file_loader
from waypost.ingest.messages import FRAME_EVENTS


@pytest.fixture
def loader() -> Loader:
    return Loader()


def test_another_file_put_to_an_upload_that_was_read_is_left_alone(loader: Loader) -> None:
    key = "uploads/t1/b1/data"
    loader.load(loader.put(*ROWS, key=key))
    before = loader.record()

    loader.put(BAD, key=key)
    loader.load(put_event(key, etag="e2"))

    assert loader.record() == before
    assert len(loader.messages()) == 1


def test_a_file_of_a_tenant_that_nobody_has_leaves_no_trace(loader: Loader) -> None:
    loader.load(loader.put(*ROWS, key="drops/nobody/a.csv"))

    assert (loader.batches.records, loader.outbox.sent) == ({}, [])


@pytest.mark.parametrize(
    "key",
    ["a.csv", "other/t1/a.csv", "drops/t1", "drops/t1/", "drops/t1/folder/", "uploads/t1/b1/else"],
)
def test_an_object_that_is_nobodys_file_is_no_job(loader: Loader, key: str) -> None:
    assert file_loader.job_of(put_event(key)) is None

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
    loader.inbox.objects[KEY] = data

    loader.load(put_event(KEY))

    record = loader.record()
    assert (record.status, record.received) == (batches.FAILED, 0)
    assert (record.error or "").startswith(words)
    assert (loader.messages(), loader.jobs.sent) == ([], [])


def test_a_file_that_breaks_off_keeps_the_rows_before_and_says_why(loader: Loader) -> None:
    whole = "\n".join([HEADER, *many(2 * FRAME_EVENTS)]).encode()
    loader.inbox.objects[KEY] = gzip.compress(whole)[:-2_000]

    loader.load(put_event(KEY))

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
    def away(key: str) -> None:
        raise Unavailable("S3 is away")

    loader.inbox.open = away  # type: ignore[assignment,method-assign]

    failed = loader.load(loader.put(*ROWS))

    assert failed == ["m0"]
    assert loader.record().status == batches.LOADING
