"""The types of property keys: the directory table, one packed item per tenant."""

import time

import msgspec
import zstandard

from waypost.ingest.schema import Schema
from waypost.storage import keys, packing
from waypost.storage.dynamo import Table
from waypost.storage.items import Item, version
from waypost.storage.remembered import Clock, Remembered

_SK = "types"
# Fewer than tenants: each may hold the types of 2,000 keys.
_REMEMBERED = 1_000


class DynamoSchemas:
    """Schemas by tenant, each remembered for a minute."""

    def __init__(self, table: Table, clock: Clock = time.monotonic) -> None:
        self._table = table
        self._schemas = Remembered(self._read, most=_REMEMBERED, clock=clock)

    def get(self, tenant: str, *, fresh: bool = False) -> Schema:
        """The tenant's schema, an empty one at first; `fresh` reads it even where it is known."""
        return self._schemas.get(tenant, fresh=fresh)

    def put(self, tenant: str, schema: Schema) -> bool:
        """Writes over the version that it was made from; False where that is gone already."""
        grown = msgspec.structs.replace(schema, version=schema.version + 1)
        # Not as JSON, which writes a control character as six: hostile keys would not fit.
        packed = zstandard.ZstdCompressor(level=3).compress(msgspec.msgpack.encode(grown))
        item: Item = {
            "pk": keys.scoped(tenant, "schema"),
            "sk": _SK,
            "packed": packed,
            "version": grown.version,
        }
        written = self._table.put_over(item, version(schema.version))
        if written:
            self._schemas.put(tenant, grown)
        return written

    def _read(self, tenant: str) -> Schema:
        item = self._table.get(keys.scoped(tenant, "schema"), _SK)
        if item is None:
            return Schema()
        return msgspec.msgpack.decode(packing.unpacked(item["packed"]), type=Schema)
