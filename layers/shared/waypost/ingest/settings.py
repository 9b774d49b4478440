"""The settings of the tenants that one batch is about, each read once and most at once."""

from threading import Lock

from waypost.errors import Unavailable
from waypost.ingest.ports import ManyTenants
from waypost.telemetry import logger
from waypost.tenants import Tenant, settings_of


class Settings:
    """Tenants of one batch. Any thread may ask."""

    def __init__(self, tenants: ManyTenants) -> None:
        self._tenants = tenants
        self._known: dict[str, Tenant] = {}
        self._lock = Lock()

    def read(self, ids: set[str]) -> None:
        """Reads tenants at once; what cannot be read now is asked for when it is needed."""
        try:
            known = self._tenants.get_many(ids)
        except Unavailable:
            logger().exception("TenantsUnread", extra={"tenants": len(ids)})
            return
        self._known = {id: settings_of(id, known) for id in ids}

    def of(self, id: str) -> Tenant:
        """The tenant's settings; the defaults where nobody has that id. Raises `Unavailable`."""
        # One at a time: chunks of one file, side by side, would all ask for the same tenant.
        with self._lock:
            if id not in self._known:
                self._known[id] = settings_of(id, self._tenants.get_many({id}))
            return self._known[id]
