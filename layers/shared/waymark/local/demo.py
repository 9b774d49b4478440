"""Puts the demo tenant and its token where the local default looks for them."""

from waymark.local.credentials import TENANT, TOKEN
from waymark.storage.directory_table import DynamoDirectory
from waymark.storage.dynamo import Table
from waymark.storage.runs_table import DynamoTokens
from waymark.tenants import Tenant
from waymark.tokens import Grant

__all__ = ["TENANT", "TOKEN", "create"]


def create(directory: Table) -> None:
    """Creates the demo tenant, unless it stands already with settings of its own."""
    tenants = DynamoDirectory(directory)
    if tenants.tenant(TENANT) is None:
        tenants.put_tenant(Tenant(TENANT, name="Demo"))
    DynamoTokens(directory).put(TOKEN, Grant(TENANT, frozenset({"read", "write", "admin"})))
