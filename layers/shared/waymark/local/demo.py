"""The demo tenant and its token. Both exist only in the local default, never in a deployed stack."""

from waymark.storage.directory_table import DynamoDirectory
from waymark.storage.dynamo import Table
from waymark.storage.runs_table import DynamoTokens
from waymark.tenants import Tenant
from waymark.tokens import Grant

TENANT = "11111111-1111-4111-8111-111111111111"
TOKEN = "wm_demo_" + "0" * 56


def create(directory: Table) -> None:
    """Creates the demo tenant, unless it stands already with settings of its own."""
    tenants = DynamoDirectory(directory)
    if tenants.tenant(TENANT) is None:
        tenants.put_tenant(Tenant(TENANT, name="Demo"))
    DynamoTokens(directory).put(TOKEN, Grant(TENANT, frozenset({"read", "write", "admin"})))
