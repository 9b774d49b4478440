"""What `load` does with one file: rows in stretches through the same intake as every door."""

from collections.abc import Callable

import msgspec
from msgspec import to_builtins

from waypost.collector import without_gc
from waypost.errors import Malformed, NotFound
from waypost.event import Reject
from waypost.ingest import batches, drops, intake
from waypost.ingest.batches import BatchRecord
from waypost.ingest.file_parts import FileParts, noted
from waypost.ingest.load_jobs import Job, job_of, own_batch
from waypost.ingest.messages import FRAME_EVENTS
from waypost.ingest.ports import LoadStores
from waypost.ingest.queue_records import Record
from waypost.ingest.reception import Receipt, Reception
from waypost.sources import planhat
from waypost.sources.formats import csv_survey, files, reading
from waypost.sources.formats.files import Counted, File
from waypost.sources.formats.reading import NO_READING, Reading
from waypost.sources.planhat_csv import Undecided
from waypost.telemetry import logger
from waypost.tenants import Tenant

# Enough for one more stretch of 5,000 rows, and to queue the rest.
_SPARE_MS = 60_000


def load_all(
    records: list[Record], *, stores: LoadStores, remaining_ms: Callable[[], int]
) -> list[str]:
    """Loads the file of each record, and queues the rest of one that takes longer.

    Answers the message ids of files that have to come again.
    """
    failed = []
    for record in records:
        try:
            job = job_of(record["body"])
            rest = load(job, stores=stores, remaining_ms=remaining_ms) if job else None
            if rest is not None:
                stores.jobs.send(rest.tenant, [msgspec.json.encode(rest)])
        except Exception:
            logger().exception("LoadFailed", extra={"message_id": record["messageId"]})
            failed.append(record["messageId"])
    return failed


def load(job: Job, *, stores: LoadStores, remaining_ms: Callable[[], int]) -> Job | None:
    """Loads a file; a new job for the rest where less than a minute is left.

    Rows keep their ids, parts and places whoever loads them and however often. A file that cannot
    be read, or that is there no more, ends as a failed batch with the reason.
    """
    tenant = stores.tenants.get(job.tenant)
    if tenant is None:
        logger().warning("FileOfUnknownTenant", extra={"key": job.key})
        return None
    job, record = _open(job, stores)
    # Announced twice: all of it is on its way since, or will never be.
    if record.status != batches.LOADING:
        return None
    try:
        with without_gc():
            return _load(job, tenant, record, stores, remaining_ms)
    except (Malformed, NotFound) as error:
        record.status, record.error = batches.FAILED, error.message
        stores.batches.put(job.tenant, record)
        return None


def _open(job: Job, stores: LoadStores) -> tuple[Job, BatchRecord]:
    """The record that a door or an earlier delivery made, or a new one; the job that fills it.

    An upload's URL stays good for an hour. A second file under it would take up the places and
    parts of the first, which may be matched already, so it is a batch of its own.
    """
    name = job.key.partition("/")[2].partition("/")[2]
    record = BatchRecord(
        job.batch, job.kind, batches.LOADING, job.created, name, object=job.etag, key=job.key
    )
    standing = stores.batches.open(job.tenant, record)
    if standing.object == job.etag:
        return job, standing
    own = own_batch(job.key, job.etag, job.created)
    record = msgspec.structs.replace(record, id=own, name=standing.name)
    return msgspec.structs.replace(job, batch=own), stores.batches.open(job.tenant, record)


def _load(
    job: Job,
    tenant: Tenant,
    record: BatchRecord,
    stores: LoadStores,
    remaining_ms: Callable[[], int],
) -> Job | None:
    """Reads a file as it says that it is, or as it turns out to be once all of it was looked at."""
    if record.reading is None:
        record.reading = _told(job, stores)
    notes: list[Reject] = []
    while True:
        try:
            return _read(job, tenant, record, notes, stores, remaining_ms)
        except Undecided:
            survey = files.survey(_opened(job, stores), _opened(job, stores), record.reading)
        if survey.question is not None:
            record.status, record.question = batches.WAITING, to_builtins(survey.question)
            stores.batches.put(job.tenant, record)
            return None
        notes = csv_survey.notes(survey.reading, record.reading)
        record.notes += [note.message for note in notes]
        # What was queued before has its ids and its places; the rest is read anew.
        job = msgspec.structs.replace(job, skip=max(job.skip, record.parts))
        record.reading = survey.reading


def _told(job: Job, stores: LoadStores) -> Reading:
    """What lies beside a dropped file. Raises `Malformed` for what cannot be meant."""
    if job.kind != "drop":
        return NO_READING
    text = stores.inbox.beside(drops.mapping_of(job.key), reading.MAX_BYTES + 1)
    return NO_READING if text is None else reading.of_json(text)


def _opened(job: Job, stores: LoadStores) -> Counted:
    return Counted(stores.inbox.open(job.key, job.etag)[0])


def _read(
    job: Job,
    tenant: Tenant,
    record: BatchRecord,
    notes: list[Reject],
    stores: LoadStores,
    remaining_ms: Callable[[], int],
) -> Job | None:
    """Queues the parts of a file that are not queued yet; a job for the rest where time is short.

    `notes` are about the file as a whole, and go into the ledger with its next part.
    """
    body, record.bytes = stores.inbox.open(job.key, job.etag)
    stream = Counted(body)
    reception = Reception(tenant, job.batch, planhat.SOURCE, job.created, batch=job.batch)
    identifier = intake.identifier(reception, job.batch)
    # Counted anew from the first row on, since the record may hold an earlier delivery's counts.
    record.received = record.rejected = record.ignored = record.parts = 0
    file = files.File(stream, record.reading or NO_READING)
    _describe(record, file)
    rows = file.batches(job.created, FRAME_EVENTS, tenant.placeholders)
    parts = FileParts(rows, record, FRAME_EVENTS)
    while parts.is_more():
        part = record.parts
        # Read once more from its start: nobody can enter gzip half-way, and ordinals must go on.
        if part < job.skip:
            receipts = [intake.rehearse(batch, reception, identifier) for batch in parts]
            _count(record, *receipts)
            continue
        numbered = msgspec.structs.replace(reception, first_part=part)
        taken = intake.accept_all(
            noted(parts, notes), numbered, identifier, outbox=stores.outbox, rows=stores.rows
        )
        _count(record, taken)
        record.bytes_read = stream.bytes_read
        stores.batches.put(job.tenant, record)
        if remaining_ms() < _SPARE_MS:
            return msgspec.structs.replace(job, skip=part + 1)
    record.status, record.bytes_read = batches.MATCHING, record.bytes
    if not record.received:
        record.notes = ["the file has no row"]
    stores.batches.put(job.tenant, record)
    return None


def _describe(record: BatchRecord, file: File) -> None:
    if file.table is not None:
        record.columns, record.hints = file.table.columns.told, file.table.columns.hints


def _count(record: BatchRecord, *receipts: Receipt) -> None:
    record.parts += 1
    record.rejected += sum(len(receipt.rejects) for receipt in receipts)
    record.ignored += sum(receipt.ignored for receipt in receipts)
