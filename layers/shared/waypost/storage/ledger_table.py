"""The ledger: the directory table, as far as what was not counted goes."""

from collections.abc import Iterator

import msgspec

from waypost.event import Reject
from waypost.ingest.messages import Message
from waypost.storage import keys, packing
from waypost.storage.dynamo import Table
from waypost.tenants import Tenant

_encode = msgspec.json.Encoder().encode
_PACK = 10_000


class DynamoLedger:
    """Rejects with their bytes, reason and place; packed, one item per message."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, tenant: Tenant, message: Message, rejects: list[Reject]) -> None:
        pk = keys.scoped(tenant.id, "ledger")
        # Named after the message, so that a redelivery writes over its own entries.
        sk = message.name
        items = [
            {
                "pk": pk,
                "sk": f"{sk}-{number:04d}",
                "packed": data,
                "received": message.received,
                "ttl": tenant.expires(message.received),
            }
            for number, data in enumerate(packing.packed(rejects, _encode, _PACK))
        ]
        self._table.put_many(items)

    def of_receipt(self, tenant: str, receipt: str) -> Iterator[Reject]:
        """The ledger entries of one reception, in its order."""
        for item in self._table.query(keys.scoped(tenant, "ledger"), prefix=f"{receipt}#"):
            yield from _unpack(item["packed"])

    def newest(
        self, tenant: str, before: str | None, limit: int
    ) -> Iterator[tuple[str, int, list[Reject]]]:
        """(cursor, received, rejects) of each message, newest first."""
        items = self._table.query(
            keys.scoped(tenant, "ledger"), before=before, newest_first=True, limit=limit
        )
        for item in items:
            yield item["sk"], item["received"], _unpack(item["packed"])


def _unpack(data: bytes) -> list[Reject]:
    return msgspec.json.decode(packing.unpacked(data), type=list[Reject])
