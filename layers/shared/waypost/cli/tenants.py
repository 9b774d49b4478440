"""`waypost tenant`: makes a tenant of a deployed stack, and a token to read it with."""

from typing import Annotated
from uuid import uuid4

import typer

from waypost.cli.output import Failure, data


def tenant(
    name: Annotated[str, typer.Argument(help="What people call the tenant.")],
    stack: Annotated[str, typer.Option(help="Name of the deployed stack.")] = "waypost",
    region: Annotated[str | None, typer.Option(help="Its region.  [default: the shell's]")] = None,
) -> None:
    """Creates a tenant and its first token, with the AWS credentials of this shell.

    The tenant id is a public write key for the open doors. The token reads and administers; it is
    shown once, and only its hash is stored.
    """
    from waypost.errors import Unavailable
    from waypost.storage import stack as stacks
    from waypost.storage.tenants_table import DynamoTenants
    from waypost.storage.tokens_table import DynamoTokens
    from waypost.tenants import Tenant
    from waypost.tokens import Grant, new

    id, token = str(uuid4()), new()
    try:
        with stacks.opened(stack, region) as deployed:
            directory = deployed.table("DirectoryTable")
            # The tenant first: no token may name one that is not there.
            DynamoTenants(directory).put(Tenant(id, name=name))
            DynamoTokens(directory).put(token, Grant(id, frozenset({"read", "write", "admin"})))
    except Unavailable as error:
        raise Failure(error.message) from None
    data(f"tenant  {id}\ntoken   {token}")
