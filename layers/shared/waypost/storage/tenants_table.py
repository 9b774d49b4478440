"""Tenants and their settings: the directory table, as far as its tenants go."""

import secrets
from collections.abc import Callable

from msgspec.structs import replace

from waypost import tenants
from waypost.errors import Unavailable
from waypost.storage.dynamo import Table
from waypost.tenants import Tenant

_PK = "tenant"
SECRET_BYTES = 32


class DynamoTenants:
    """Tenants, read now and written only over what was read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, tenant: str) -> Tenant | None:
        """The tenant as it stands now, or None where nobody has that id."""
        # DynamoDB refuses an empty or overlong key, and an id may be a folder's name in a bucket.
        item = self._table.get(_PK, tenant) if tenants.is_id(tenant) else None
        return tenants.decode(item["settings"]) if item else None

    def get_many(self, ids: set[str]) -> dict[str, Tenant]:
        """Those of the tenants that exist, as they stand now, by their ids."""
        wanted = [(_PK, id) for id in sorted(ids) if tenants.is_id(id)]
        items = self._table.get_many(wanted)
        return {item["sk"]: tenants.decode(item["settings"]) for item in items}

    def every(self) -> list[Tenant]:
        return [tenants.decode(item["settings"]) for item in self._table.query(_PK)]

    def put(self, tenant: Tenant) -> None:
        """Makes a tenant, or sets all of its settings whatever they were.

        A new one without a secret gets one here; that of one who stands is kept. Raises
        `Unavailable` as `change` does.
        """
        for _ in self._table.deadline.tries():
            standing = self._table.get(_PK, tenant.id)
            settings = standing["settings"] if standing else None
            known = tenants.decode(settings).secret if settings else tenant.secret
            secret = known or secrets.token_bytes(SECRET_BYTES)
            if self._put(replace(tenant, secret=secret), settings):
                return
        raise _outpaced()

    def change(self, tenant: str, update: Callable[[Tenant], Tenant]) -> Tenant | None:
        """The tenant after an update that no other update undoes; None where there is none.

        Raises `Unavailable` where others keep coming in between.
        """
        for _ in self._table.deadline.tries():
            item = self._table.get(_PK, tenant)
            if item is None:
                return None
            changed = update(tenants.decode(item["settings"]))
            if self._put(changed, item["settings"]):
                return changed
        raise _outpaced()

    def _put(self, tenant: Tenant, seen: str | None) -> bool:
        # The text itself serves as the version: whoever came in between has left another one.
        return self._table.put_over(_item(tenant), {"settings": seen} if seen else None)


def _outpaced() -> Unavailable:
    return Unavailable("others are changing these settings; send the same again")


def _item(tenant: Tenant) -> dict[str, str]:
    return {"pk": _PK, "sk": tenant.id, "settings": tenants.encode(tenant)}
