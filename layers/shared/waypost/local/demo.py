"""Puts the demo tenant and its token where the local default looks for them."""

from waypost.local.credentials import TENANT, TOKEN
from waypost.storage.dynamo import Table
from waypost.storage.tenants_table import DynamoTenants
from waypost.storage.tokens_table import DynamoTokens
from waypost.tenants import Tenant
from waypost.tokens import Grant

__all__ = ["TENANT", "TOKEN", "create"]


def create(directory: Table) -> None:
    """Creates the demo tenant, unless it stands already with settings of its own."""
    tenants = DynamoTenants(directory)
    if tenants.get(TENANT) is None:
        tenants.put(Tenant(TENANT, name="Demo"))
    DynamoTokens(directory).put(TOKEN, Grant(TENANT, frozenset({"read", "write", "admin"})))
