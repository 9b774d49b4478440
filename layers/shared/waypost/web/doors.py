"""What every HTTP door does between its sender's parsing and its sender's answer."""

import secrets
from collections.abc import Iterable, Iterator

from msgspec import Struct

from waypost.errors import Malformed, TooLarge, Unavailable
from waypost.event import Batch
from waypost.ingest import batches, intake
from waypost.ingest.batches import BatchRecord
from waypost.ingest.ports import DoorStores
from waypost.ingest.reception import Receipt, Reception
from waypost.sources.formats import json_items, reading
from waypost.sources.formats.reading import NO_READING, Reading
from waypost.telemetry import logger
from waypost.tenants import Tenant
from waypost.web.app import Call

UPLOAD_SECONDS = 3600
MAX_KEY = 200


class UploadAnswer(Struct):
    """Where to put a file, and the batch that it becomes; `expires` is in epoch ms."""

    url: str
    batch: str
    expires: int


def take(owner: Tenant, call: Call, batch: Batch, *, source: str, stores: DoorStores) -> Receipt:
    """Makes the batch of one body durable, as `take_all` does."""
    return take_all(owner, call, (batch,), source=source, stores=stores)


def take_all(
    owner: Tenant, call: Call, stretches: Iterable[Batch], *, source: str, stores: DoorStores
) -> Receipt:
    """Makes one body durable, which is read while it is taken in.

    Raises `Malformed` for an `Idempotency-Key` that is too long, and `Unavailable` where AWS did
    not take everything.
    """
    if key := call.headers.get("idempotency-key", "").strip():
        stretches = _keyed(stretches, key)
    reception = Reception(owner, call.receipt, source, call.received, site=call.site)
    return _accept(stretches, reception, call, stores)


def take_stream(
    owner: Tenant, call: Call, *, source: str, stores: DoorStores, told: Reading = NO_READING
) -> tuple[str, Receipt]:
    """One CSV body, read as was told; also opens a batch, by whose id its matching can be followed.

    Where the rows are safe and the batch could not be listed, its id is answered all the same, and
    nobody knows it: the log tells.
    """
    # Only this route reads rows: the other doors start without them.
    from waypost.sources import csv_body

    read = csv_body.read(call.body, call.received, owner.placeholders, told)
    batch, record = read.batch, _new_batch("stream", batches.MATCHING, call)
    if batch.received > json_items.MAX_ITEMS:
        # Only now: how many rows a CSV holds is not known before it is read, quotes and all.
        raise TooLarge(f"more than {json_items.MAX_ITEMS} rows in one body", code="too_many_items")
    reception = Reception(owner, record.id, source, call.received, batch=record.id, site=call.site)
    receipt = _accept((batch,), reception, call, stores)
    # The record comes last: its number of parts is only known once the rows are durable.
    record.bytes = record.bytes_read = len(call.body)
    record.received, record.rejected = batch.received, len(receipt.rejects)
    record.parts, record.ignored = receipt.parts, receipt.ignored
    record.reading, record.notes = read.reading, read.notes
    record.columns, record.hints = read.columns.told, read.columns.hints
    _list_batch(owner, record, stores)
    return record.id, receipt


def open_upload(owner: Tenant, call: Call, *, stores: DoorStores) -> UploadAnswer:
    """A URL for one PUT of up to 5 GB, good for an hour, and what the body tells of the file.

    A second file under it is a batch of its own (`ingest.file_loader`), and the same bytes again
    are the same batch. S3 could refuse it by `If-None-Match: *`, but only as a signed header, which
    a plain `curl -T` does not send; and who repeats a PUT whose answer was lost would be told 412.
    """
    record = _new_batch("upload", batches.AWAITING, call)
    record.reading = reading.of_body(call.body)
    stores.batches.put(owner.id, record)
    url = stores.outbox.presign(f"uploads/{owner.id}/{record.id}/data", UPLOAD_SECONDS)
    return UploadAnswer(url, record.id, call.received + UPLOAD_SECONDS * 1000)


def _list_batch(owner: Tenant, record: BatchRecord, stores: DoorStores) -> None:
    """Lists a batch whose rows are safe already: an error would bring all of them once more."""
    try:
        stores.batches.put(owner.id, record)
    except Unavailable as error:
        logger().warning("BatchNotListed", extra={"batch": record.id, "why": str(error)})


def _accept(
    stretches: Iterable[Batch], reception: Reception, call: Call, stores: DoorStores
) -> Receipt:
    identifier = intake.identifier(reception, call.request)
    return intake.accept_all(
        stretches, reception, identifier, outbox=stores.outbox, rows=stores.rows
    )


def _keyed(stretches: Iterable[Batch], key: str) -> Iterator[Batch]:
    if len(key) > MAX_KEY:
        raise Malformed(f"Idempotency-Key is longer than {MAX_KEY} characters", code="bad_key")
    for batch in stretches:
        for event in batch.events:
            # The place tells the items apart: a request sent again holds the same in its order.
            event.key = f"{key}:{event.n}"
        batch.canonical = False
        yield batch


def _new_batch(kind: str, status: str, call: Call) -> BatchRecord:
    # 128 random bits: whoever knows the id may ask how the batch is getting on.
    id = batches.new_id(call.received, secrets.token_hex(16))
    return BatchRecord(id, kind, status, call.received)
