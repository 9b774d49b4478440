"""The secrets of tenants, with which the ids of their users are keyed."""

from collections import OrderedDict

from waypost.storage.dynamo import Table
from waypost.storage.tenants_table import DynamoTenants
from waypost.tenants import Tenant, settings_of

MOST = 10_000


class TenantSecrets:
    """Secrets by tenant, each read once, since it never changes. 10,000 at most are remembered;
    the one that was given or read longest ago goes first.
    """

    def __init__(self, table: Table) -> None:
        self._tenants = DynamoTenants(table)
        self._known: OrderedDict[str, bytes] = OrderedDict()

    def of(self, tenant: str) -> bytes:
        """The secret of a tenant; empty, as `settings_of` has it, where there is none."""
        secret = self._known.get(tenant)
        return self.put(settings_of(tenant, self._tenants)) if secret is None else secret

    def put(self, tenant: Tenant) -> bytes:
        """Remembers the secret of a tenant whose record was read elsewhere; answers it."""
        self._known[tenant.id] = tenant.secret
        self._known.move_to_end(tenant.id)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return tenant.secret
