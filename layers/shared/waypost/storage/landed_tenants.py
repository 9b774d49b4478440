"""Which tenants something landed for, hour by hour: the directory table, as far as that goes."""

from collections.abc import Iterable
from threading import Lock

from waypost import times
from waypost.storage import keys
from waypost.storage.dynamo import Table
from waypost.storage.items import Item
from waypost.times import DAY_MS

_KEPT_MS = 3 * DAY_MS
# Tenants that a process remembers as noted, for the hour it is in.
_MOST = 100_000


class LandedTenants:
    """Notes of tenants by hour, each written once per process: the hourly schedule finds its work
    in them, and an idle tenant costs nothing.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._lock = Lock()
        self._hour = ""
        self._noted: set[str] = set()

    def note(self, tenants: Iterable[str], now: int) -> None:
        """Notes that something is about to land for tenants. `now` is epoch ms.

        Before it lands: a note without an object costs an idle run, an object without a note
        would wait for the next one.
        """
        hour = times.hour(now)
        new = [tenant for tenant in dict.fromkeys(tenants) if not self._knows(hour, tenant)]
        ttl = (now + _KEPT_MS) // 1000
        items: list[Item] = [
            {"pk": keys.landed(hour), "sk": tenant, "ttl": ttl} for tenant in new if tenant
        ]
        self._table.put_many(items)
        with self._lock:
            if self._hour == hour:
                self._noted.update(new)

    def _knows(self, hour: str, tenant: str) -> bool:
        with self._lock:
            if self._hour != hour or len(self._noted) > _MOST:
                self._hour, self._noted = hour, set()
            return tenant in self._noted

    def since(self, hours: Iterable[str]) -> list[str]:
        """The tenants noted in some hours (`YYYY-MM-DDTHH`), each once."""
        noted = (item["sk"] for hour in hours for item in self._table.query(keys.landed(hour)))
        return list(dict.fromkeys(noted))
