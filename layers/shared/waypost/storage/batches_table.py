"""Batches and their parts: the directory table, as far as files go."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import cast

import msgspec

from waypost.event import Verdict
from waypost.ingest import batches
from waypost.ingest.batches import BatchRecord, PartRecord, progress
from waypost.ingest.messages import Message
from waypost.storage import keys
from waypost.storage.dynamo import Table
from waypost.storage.ledger_table import DynamoLedger

_encode = msgspec.json.Encoder().encode
# A file may hold a million bad rows, and an answer of a Lambda 6 MB.
SHOWN_ERRORS = 1000
_THREADS = 8
_LONGER = 7 * 86_400  # seconds; DynamoDB removes what has expired within some days


class DynamoBatches:
    """Files and streams, and what match did with each part of them."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, tenant: str, record: BatchRecord) -> None:
        self._table.put(self._item(tenant, record))

    def open(self, tenant: str, record: BatchRecord) -> BatchRecord:
        """Opens a batch for the record's object, or answers the one that stands there already."""
        while (standing := self._table.put_if_absent(self._item(tenant, record))) is not None:
            known = _decode(standing["record"])
            if known.object is not None:
                return known
            taken = batches.taken(known, record)
            # Lost to another file, or to its own put that was sent again: the next look tells.
            if self._table.put_over(self._item(tenant, taken), {"record": standing["record"]}):
                return taken
        return record

    def get(self, tenant: str, batch: str) -> BatchRecord | None:
        item = self._table.get(keys.scoped(tenant, "batch"), batch)
        return _decode(item["record"]) if item else None

    def put_part(self, tenant: str, message: Message, part: PartRecord) -> None:
        self._table.put(
            {
                "pk": keys.scoped(tenant, "part"),
                "sk": message.name,
                "record": _encode(part).decode(),
                # A batch without its parts would look as if it had not been matched.
                "ttl": batches.expires(message.received) + _LONGER,
            }
        )

    def progress(self, tenant: str, batch: str) -> dict[str, object] | None:
        """The public state of a batch with its first 1,000 row errors, or None where unknown."""
        record = self.get(tenant, batch)
        if record is None:
            return None
        answer = progress(record, self._parts(tenant, batch))
        # After the parts, since `match` writes errors before them: what is done has its errors.
        # No more are looked for than there are, in what may be a million other entries.
        entries = DynamoLedger(self._table).of_receipt(tenant, batch)
        errors = (entry.answer() for entry in entries if entry.verdict is Verdict.REJECTED)
        most = min(cast(int, answer["rejected"]), SHOWN_ERRORS)
        return {**answer, "errors": list(islice(errors, most))}

    def _parts(self, tenant: str, batch: str) -> Iterator[PartRecord]:
        for item in self._table.query(keys.scoped(tenant, "part"), prefix=f"{batch}#"):
            yield msgspec.json.decode(item["record"], type=PartRecord)

    def newest(self, tenant: str, before: str | None, limit: int) -> list[dict[str, object]]:
        """The batches of a tenant, newest first."""
        items = self._table.query(
            keys.scoped(tenant, "batch"), before=before, newest_first=True, limit=limit
        )
        records = [_decode(item["record"]) for item in items]
        with ThreadPoolExecutor(_THREADS) as pool:
            parts = pool.map(lambda record: list(self._parts(tenant, record.id)), records)
            return [progress(*pair) for pair in zip(records, parts, strict=True)]

    def of_files(self, tenant: str, limit: int) -> Iterator[BatchRecord]:
        """The newest batches of a tenant that came as files, each with its object."""
        items = self._table.query(keys.scoped(tenant, "batch"), newest_first=True, limit=limit)
        records = (_decode(item["record"]) for item in items)
        return (record for record in records if record.object is not None)

    def _item(self, tenant: str, record: BatchRecord) -> dict[str, object]:
        return {
            "pk": keys.scoped(tenant, "batch"),
            "sk": record.id,
            "record": _encode(record).decode(),
            "ttl": batches.expires(record.created),
        }


def _decode(text: str) -> BatchRecord:
    return msgspec.json.decode(text, type=BatchRecord)
