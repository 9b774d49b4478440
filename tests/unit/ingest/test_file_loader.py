"""A file on its way in: its rows, parts and counts, whoever loads it and however often."""

import msgspec
import pytest

from tests.unit.ingest.loading import BAD, KEY, NOW, ROWS, Loader, many, never_enough
from waypost.errors import Unavailable
from waypost.ingest import batches, load_jobs
from waypost.ingest.batches import BatchRecord
from waypost.ingest.messages import FRAME_EVENTS
from waypost.tenants import Rule, Tenant


@pytest.fixture
def loader() -> Loader:
    return Loader()


def test_a_dropped_file_is_queued_for_matching_and_its_rows_counted(loader: Loader) -> None:
    loader.load(loader.put(*ROWS))

    (message,) = loader.messages()
    record = loader.record()
    assert [event.time for event in message.events] == [
        1_799_884_800_000 + n * 3_600_000 for n in range(3)
    ]
    assert (message.batch, message.received, message.part) == (record.id, NOW, 0)
    assert (record.status, record.kind, record.name) == (
        batches.MATCHING,
        "drop",
        "march/week 1.csv",
    )
    assert (record.received, record.rejected, record.parts) == (3, 0, 1)
    assert record.bytes_read == record.bytes == len(loader.inbox.objects[KEY])


def test_an_upload_goes_on_under_the_batch_that_its_door_opened(loader: Loader) -> None:
    key = "uploads/t1/b1/data"
    opened = BatchRecord("b1", "upload", batches.AWAITING, NOW - 5, name="activity.csv")
    loader.batches.put("t1", opened)

    loader.load(loader.put(*ROWS, key=key))

    record = loader.record()
    assert (record.id, record.created, record.name) == ("b1", NOW - 5, "activity.csv")
    assert (record.status, record.received) == (batches.MATCHING, 3)


def test_a_row_that_cannot_be_read_is_counted_beside_its_neighbours(loader: Loader) -> None:
    loader.load(loader.put(ROWS[0], BAD, ROWS[1]))

    (message,) = loader.messages()
    record = loader.record()
    assert [event.n for event in message.events] == [0, 2]
    assert [(reject.index, reject.line) for reject in message.rejects] == [(1, 3)]
    assert (record.received, record.rejected, record.status) == (3, 1, batches.MATCHING)


def test_a_file_above_one_part_is_numbered_through(loader: Loader) -> None:
    loader.load(loader.put(*many(FRAME_EVENTS + 2)))

    parts = {message.part: [event.n for event in message.events] for message in loader.messages()}
    assert parts == {0: [*range(FRAME_EVENTS)], 1: [FRAME_EVENTS, FRAME_EVENTS + 1]}
    assert (loader.record().received, loader.record().parts) == (FRAME_EVENTS + 2, 2)


def test_when_the_time_runs_out_the_rest_is_queued_as_a_job(loader: Loader) -> None:
    told = loader.put(*many(FRAME_EVENTS + 2))

    loader.load(told, remaining_ms=never_enough)

    ((tenant, body),) = loader.jobs.sent
    job, first = load_jobs.job_of(body), load_jobs.job_of(told)
    record = loader.record()
    assert tenant == "t1"
    assert first is not None
    assert first.batch == record.id
    assert job == msgspec.structs.replace(first, skip=1)
    assert (record.status, record.received, record.parts) == (batches.LOADING, FRAME_EVENTS, 1)
    assert len(loader.messages()) == 1


def test_a_continuation_goes_on_where_it_was_and_ends_the_same(loader: Loader) -> None:
    rows = [*many(2 * FRAME_EVENTS), BAD, *many(1)]
    whole = Loader()
    whole.load(whole.put(*rows))

    loader.load(loader.put(*rows), remaining_ms=never_enough)
    calls = loader.go_on(never_enough)

    assert calls == 3
    assert loader.ids() == whole.ids()
    assert len({id for part in loader.ids() for id in part}) == 2 * FRAME_EVENTS + 1
    assert loader.record() == whole.record()


def test_a_continuation_counts_what_a_rule_leaves_out_once() -> None:
    loader = Loader(Tenant("t1", rules=(Rule(deny=("Logged in",)),)))

    loader.load(loader.put(*many(FRAME_EVENTS + 1)), remaining_ms=never_enough)
    loader.go_on()

    record = loader.record()
    assert (record.received, record.ignored, record.rejected) == (
        FRAME_EVENTS + 1,
        FRAME_EVENTS + 1,
        0,
    )


def test_a_delivery_that_died_is_repeated_under_the_same_ids(loader: Loader) -> None:
    body = loader.put(*many(FRAME_EVENTS + 2))
    real, calls = loader.batches.put, 0

    def dies_at_the_second_part(tenant: str, record: BatchRecord) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Unavailable("DynamoDB is away")
        real(tenant, record)

    loader.batches.put = dies_at_the_second_part  # type: ignore[method-assign]
    failed = loader.load(body)
    died = loader.ids()
    loader.outbox.sent.clear()

    loader.load(body)

    assert failed == ["m0"]
    assert loader.ids() == died
    assert (loader.record().received, loader.record().parts) == (FRAME_EVENTS + 2, 2)


def test_a_file_sent_again_under_another_name_has_the_same_ids(loader: Loader) -> None:
    loader.load(loader.put(*ROWS, ROWS[0]))
    first = loader.ids()
    loader.outbox.sent.clear()

    loader.load(loader.put(*ROWS, ROWS[0], key="drops/t1/again.csv"))

    assert loader.ids() == first
    assert len(loader.batches.records) == 2


def test_the_same_drop_told_of_twice_is_one_batch(loader: Loader) -> None:
    body = loader.put(*ROWS)

    loader.load(body, body)

    assert loader.record().received == 3


def test_a_file_that_fails_comes_again_and_its_neighbours_do_not(loader: Loader) -> None:
    real = loader.batches.open

    def away_at_first(tenant: str, record: BatchRecord) -> BatchRecord:
        loader.batches.open = real  # type: ignore[method-assign]
        raise Unavailable("DynamoDB is away")

    loader.batches.open = away_at_first  # type: ignore[method-assign]
    torn = loader.put(*ROWS, key="drops/t1/torn.csv")

    failed = loader.load(torn, loader.put(*ROWS), "no message of ours")

    assert failed == ["m0", "m2"]
    assert len(loader.messages()) == 1
