"""The types of property keys: the directory table, one packed item per tenant."""

import time

import msgspec
import zstandard

from waypost.ingest.schema import Schema
from waypost.storage import keys, packing
from waypost.storage.dynamo import Item, Table

_SK = "types"
_REMEMBER_SECONDS = 60
_REMEMBERED = 1_000


class DynamoSchemas:
    """Schemas by tenant, each remembered for a minute."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[str, tuple[float, Schema]] = {}

    def get(self, tenant: str, *, fresh: bool = False) -> Schema:
        """The tenant's schema, an empty one at first; `fresh` reads it even where it is known."""
        until, found = self._known.get(tenant, (0.0, Schema()))
        if time.monotonic() < until and not fresh:
            return found
        item = self._table.get(keys.scoped(tenant, "schema"), _SK)
        return self._remember(tenant, _read(item) if item else Schema())

    def put(self, tenant: str, schema: Schema) -> bool:
        """Writes over the version that it was made from; False where that is gone already."""
        grown = msgspec.structs.replace(schema, version=schema.version + 1)
        packed = zstandard.ZstdCompressor(level=3).compress(msgspec.json.encode(grown))
        item: Item = {
            "pk": keys.scoped(tenant, "schema"),
            "sk": _SK,
            "packed": packed,
            "version": grown.version,
        }
        if schema.version == 0:
            written = self._table.put_if_absent(item) is None
        else:
            written = self._table.put_if(item, "version = :seen", {":seen": schema.version})
        if written:
            self._remember(tenant, grown)
        return written

    def _remember(self, tenant: str, schema: Schema) -> Schema:
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        self._known[tenant] = (time.monotonic() + _REMEMBER_SECONDS, schema)
        return schema


def _read(item: Item) -> Schema:
    return msgspec.json.decode(packing.unpacked(item["packed"]), type=Schema)
