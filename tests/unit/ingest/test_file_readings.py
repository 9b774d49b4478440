"""How a file is read: told beside it or before it, found in all of it, or asked for."""

import gzip

import pytest

from tests.unit.ingest.loading import NOW, Loader, never_enough
from waypost.errors import NotFound, Refused
from waypost.event import Verdict
from waypost.ingest import answered, batches, load_jobs
from waypost.ingest.batches import BatchRecord
from waypost.ingest.messages import FRAME_EVENTS
from waypost.sources.formats.reading import Reading

UNDECIDED = b"id;date\nann;05.10.2016\nbob;06.10.2016\n"
MAPPING = "drops/t1/march/mapping.json"


@pytest.fixture
def loader() -> Loader:
    return Loader()


def answer(loader: Loader, batch: str, told: Reading) -> None:
    answered.answer("t1", batch, told, records=loader.batches, jobs=loader.jobs)


def users(loader: Loader) -> list[str | None]:
    return [event.external_id for message in loader.messages() for event in message.events]


def test_a_file_whose_dates_do_not_decide_waits_with_its_question(loader: Loader) -> None:
    loader.load(loader.put_bytes(UNDECIDED))

    record = loader.record()
    assert (record.status, record.received, loader.messages()) == (batches.WAITING, 0, [])
    assert record.question is not None
    assert (record.question["code"], record.question["column"]) == ("date_order", "date")


def test_the_answer_lets_it_be_read(loader: Loader) -> None:
    loader.load(loader.put_bytes(UNDECIDED))

    answer(loader, loader.record().id, Reading(date_order="dmy"))
    loader.go_on()

    record = loader.record()
    assert (record.status, record.received, record.question) == (batches.MATCHING, 2, None)
    assert [event.time for message in loader.messages() for event in message.events] == [
        1_475_625_600_000,
        1_475_712_000_000,
    ]


def test_an_answer_may_be_given_again_where_the_queue_was_away(loader: Loader) -> None:
    loader.load(loader.put_bytes(UNDECIDED))
    id = loader.record().id

    for _ in range(2):
        answer(loader, id, Reading(date_order="dmy"))
    loader.go_on()

    assert users(loader) == ["ann", "bob"]


def test_only_a_batch_that_waits_is_answered(loader: Loader) -> None:
    loader.load(loader.put_bytes(b"id\nann\n"))

    with pytest.raises(Refused) as refusal:
        answer(loader, loader.record().id, Reading(date_order="dmy"))
    with pytest.raises(NotFound):
        answer(loader, "nobody's", Reading())
    assert refusal.value.code == "not_waiting"


def test_what_lies_beside_a_drop_tells_how_it_is_read(loader: Loader) -> None:
    loader.inbox.put(MAPPING, b'{"columns":{"Company":"companyExternalId"},"dateOrder":"dmy"}')

    loader.load(loader.put_bytes(b"id;Company;date\nann;acme;05.10.2016\n"))

    (message,) = loader.messages()
    record = loader.record()
    assert [(event.company_id, event.time) for event in message.events] == [
        ("acme", 1_475_625_600_000)
    ]
    assert record.columns == {"id": "id", "Company": "companyExternalId", "date": "date"}


def test_a_mapping_that_cannot_be_meant_fails_the_file_with_the_reason(loader: Loader) -> None:
    loader.inbox.put(MAPPING, b'{"dateorder":"dmy"}')

    loader.load(loader.put_bytes(UNDECIDED))

    assert loader.record().status == batches.FAILED
    assert "unknown field `dateorder`" in (loader.record().error or "")


def test_an_upload_is_read_as_its_door_was_told(loader: Loader) -> None:
    told = Reading(date_order="mdy")
    loader.batches.put("t1", BatchRecord("b1", "upload", batches.AWAITING, NOW, reading=told))

    loader.load(loader.put_bytes(UNDECIDED, key="uploads/t1/b1/data"))

    assert loader.record().status == batches.MATCHING


def test_dates_that_decide_late_are_read_alike_from_the_first_one_on(loader: Loader) -> None:
    rows = ["ann;05.10.2016"] * (FRAME_EVENTS + 1) + ["bob;13.10.2016"]

    loader.load(loader.put_bytes("\n".join(["id;date", *rows]).encode()))

    days = [event.time for message in loader.messages() for event in message.events]
    assert set(days[:-1]) == {1_475_625_600_000}
    assert loader.record().reading == Reading(date_order="dmy")


def test_parts_that_were_queued_before_a_question_keep_their_rows(loader: Loader) -> None:
    rows = [f"u{n};2016-10-05" for n in range(FRAME_EVENTS + 700)] + ["bob;05.10.2016"]
    loader.load(loader.put_bytes("\n".join(["id;date", *rows]).encode()))
    assert (loader.record().status, loader.record().parts) == (batches.WAITING, 1)

    answer(loader, loader.record().id, Reading(date_order="dmy"))
    loader.go_on()

    assert len(users(loader)) == len(set(users(loader))) == FRAME_EVENTS + 701
    assert loader.record().received == FRAME_EVENTS + 701


@pytest.mark.parametrize("squeeze", [bytes, gzip.compress])
def test_a_file_of_excels_is_read_and_that_is_noted_once(loader: Loader, squeeze: type) -> None:
    rows = ["ann"] * (2 * FRAME_EVENTS) + ["M\u00fcller"] * 2

    loader.load(loader.put_bytes(squeeze("\n".join(["id", *rows]).encode("cp1252"))))

    entries = [entry for message in loader.messages() for entry in message.rejects]
    assert users(loader)[-2:] == ["M\u00fcller"] * 2
    assert [(entry.code, entry.index, entry.verdict) for entry in entries] == [
        ("cp1252_read", 2 * FRAME_EVENTS, Verdict.NOTED)
    ]
    assert len(loader.record().notes) == 1
    assert loader.record().received == 2 * FRAME_EVENTS + 2


def test_seconds_are_noted_once_a_part(loader: Loader) -> None:
    rows = ["ann,1785000000"] * (FRAME_EVENTS + 700)

    loader.load(loader.put_bytes("\n".join(["id,date", *rows]).encode()))

    noted = [entry.detail for message in loader.messages() for entry in message.rejects]
    assert noted == [{"items": str(FRAME_EVENTS)}, {"items": "700"}]
    assert loader.record().parts == 2


def test_a_batch_names_its_columns_and_what_may_be_meant(loader: Loader) -> None:
    loader.load(loader.put_bytes(b"id,Company\nann,acme\n"))

    assert loader.record().columns == {"id": "id", "Company": "info.Company"}
    assert "companyExternalId" in loader.record().hints[0]


def test_a_header_without_a_row_says_so(loader: Loader) -> None:
    loader.load(loader.put_bytes(b"id,action\n"))

    assert loader.record().notes == ["the file has no row"]


def test_a_file_that_goes_on_later_is_read_as_it_was_begun(loader: Loader) -> None:
    lines = ["id;date", *["ann;05.10.2016"] * (FRAME_EVENTS + 2), "bob;13.10.2016"]
    body = loader.put_bytes("\n".join(lines).encode())
    whole = Loader()
    whole.load(whole.put_bytes("\n".join(lines).encode()))

    loader.load(body, remaining_ms=never_enough)
    loader.go_on()

    assert loader.ids() == whole.ids()


@pytest.mark.parametrize(
    ("name", "size", "is_file"),
    [
        ("march.csv", 9, True),
        ("march.csv", 0, True),
        ("dt=2026-11-20/part-0.csv.gz", 9, True),
        ("_region=eu/a.csv", 9, True),
        ("week 1", 9, True),
        ("_SUCCESS", 0, False),
        ("a/_SUCCESS", 9, False),
        ("a/.part-0.csv.crc", 9, False),
        ("part-0.csv.crc", 9, False),
        ("_temporary/0/part-0.csv", 9, False),
        ("part-0.csv", 0, False),
        ("done", 0, False),
        ("a_$folder$", 0, False),
        ("a/mapping.json", 9, False),
        ("mapping.json", 9, False),
    ],
)
def test_what_a_tool_writes_beside_its_files_is_no_batch(
    name: str, size: int, is_file: bool
) -> None:
    told = f'{{"key":"drops/t1/{name}","etag":"e","size":{size}}}'
    body = f'{{"time":"2027-01-15T08:00:00Z","detail":{{"object":{told}}}}}'

    assert (load_jobs.job_of(body) is not None) is is_file
