"""What every HTTP door does between its dialect's parse and its dialect's answer."""

import gc
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from waypost import services, tokens
from waypost.errors import Malformed, NotFound, TooLarge, Unauthorised
from waypost.event import Batch
from waypost.ingest import batches, intake
from waypost.ingest.batches import BatchRecord
from waypost.ingest.intake import Receipt, Reception
from waypost.sources import planhat_csv
from waypost.sources.formats import json_items
from waypost.tenants import Tenant
from waypost.web.app import Call

UPLOAD_SECONDS = 3600
MAX_KEY = 200

Parse = Callable[[bytes, int], Batch]


def tenant(id: str) -> Tenant:
    """The tenant of an open route. Raises `NotFound`."""
    return intake.known_tenant(services.door_tenants(), id)


def owner(credential: str) -> Tenant:
    """The tenant that a credential may write for: the tenant's own id, or a token that may write.

    Raises `Unauthorised` for one that nobody has, `Forbidden` for a token without that scope.
    """
    found = services.door_tenants().get(credential)
    if tokens.is_token(credential):
        grant = services.door_tokens().grant(credential)
        found = services.door_tenants().get(grant.require("write").tenant) if grant else None
    if found is None:
        raise Unauthorised("this key is not known, or was revoked", code="token_unknown")
    return found


def take(owner: Tenant, call: Call, parse: Parse, *, source: str) -> Receipt:
    """One body through one dialect into Waypost. Raises `Malformed` or `TooLarge`."""
    with without_gc():
        batch = parse(call.body, call.received)
    if key := call.headers.get("idempotency-key", "").strip():
        _apply_request_key(batch, key)
    return _accept(batch, Reception(owner, call.receipt, source, call.received), call)


def take_stream(owner: Tenant, call: Call, *, source: str) -> tuple[str, Receipt]:
    """One CSV body; also opens a batch, by whose id its matching can be followed."""
    batch = planhat_csv.parse(_text(call.body), call.received)
    if batch.received > json_items.MAX_ITEMS:
        raise TooLarge(f"more than {json_items.MAX_ITEMS} rows in one body", code="too_many_items")
    record = _new_batch("stream", batches.MATCHING, call)
    reception = Reception(owner, record.id, source, call.received, batch=record.id)
    receipt = _accept(batch, reception, call)
    record.bytes = record.bytes_read = len(call.body)
    record.received, record.rejected = batch.received, len(receipt.rejects)
    record.parts, record.ignored = receipt.parts, receipt.ignored
    services.door_batches().put(owner.id, record)
    return record.id, receipt


def open_upload(owner: Tenant, call: Call) -> dict[str, object]:
    """`{"url", "batch", "expires"}`: a URL for one PUT of up to 5 GB, good for an hour."""
    record = _new_batch("upload", batches.AWAITING, call)
    services.door_batches().put(owner.id, record)
    url = services.door_outbox().presign(f"uploads/{owner.id}/{record.id}/data", UPLOAD_SECONDS)
    return {"url": url, "batch": record.id, "expires": call.received + UPLOAD_SECONDS * 1000}


def batch_progress(owner: Tenant, batch: str) -> dict[str, object]:
    """How far a batch is, with its row errors. Knowing its 128-bit id is the permission to ask."""
    found = services.batches().progress(owner.id, batch)
    if found is None:
        raise NotFound("there is no such batch", code="unknown_batch")
    return found


@contextmanager
def without_gc() -> Iterator[None]:
    """A batch makes a hundred thousand objects and no cycle: looking for cycles costs a third."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _accept(batch: Batch, reception: Reception, call: Call) -> Receipt:
    with without_gc():
        return intake.accept(
            batch,
            reception,
            intake.identifier(reception, call.request),
            outbox=services.door_outbox(),
            rows=services.door_rows(),
        )


def _apply_request_key(batch: Batch, key: str) -> None:
    if len(key) > MAX_KEY:
        raise Malformed(f"Idempotency-Key is longer than {MAX_KEY} characters", code="bad_key")
    for event in batch.events:
        event.key = f"{key}:{event.n}"


def _new_batch(kind: str, status: str, call: Call) -> BatchRecord:
    id = batches.new_id(call.received, secrets.token_hex(16))
    return BatchRecord(id, kind, status, call.received)


def _text(body: bytes) -> str:
    return json_items.to_utf8(body).decode("utf-8", "surrogateescape")
