"""Who is asking: everything that turns an id, a key or a token into a tenant."""

from waypost import tokens
from waypost.errors import NotFound, Refused, Unauthorised
from waypost.ingest.ports import DoorStores
from waypost.profiles.ports import Grants
from waypost.tenants import Tenant, Tenants
from waypost.tokens import Scope

_UNKNOWN = "token_unknown"


def known_tenant(id: str, tenants: Tenants) -> Tenant:
    """The tenant of an open route: its id in the path is the permission to send.

    Raises `NotFound`: nothing is read or stored for an id that nobody has.
    """
    tenant = tenants.get(id)
    if tenant is None:
        message = "no tenant has this id; check the last part of the URL"
        raise NotFound(message, code="unknown_tenant")
    return tenant


def owner(credential: str, stores: DoorStores) -> Tenant:
    """The tenant that a credential may write for: the tenant's own id, or a token that may write.

    Raises `Unauthorised` for one that nobody has, `Forbidden` for a token without that scope.
    """
    # Nobody can choose an id that looks like a token (`tenants.is_id`), so the two never mix.
    if tokens.is_token(credential):
        grant = stores.tokens.grant(credential)
        tenant = stores.tenants.get(grant.require("write").tenant) if grant else None
    else:
        tenant = stores.tenants.get(credential)
    if tenant is None:
        raise Unauthorised("this key is not known, or was revoked", code=_UNKNOWN)
    return tenant


def token_owner(authorization: str | None, stores: DoorStores) -> Tenant:
    """The tenant whose token a header carries. A tenant's id does not do: here it is public."""
    credential = tokens.from_header(authorization)
    if not tokens.is_token(credential):
        raise Unauthorised("send a token with the scope write", code="token_missing")
    return owner(credential, stores)


def owner_of_either(keys: tuple[str, str], stores: DoorStores) -> Tenant:
    """The one tenant that two keys name, in either order; one of them may be unknown.

    Raises `Unauthorised` where they name none or two.
    """
    owners: dict[str, Tenant] = {}
    for key in keys:
        try:
            tenant = owner(key, stores)
        # `Unavailable` goes through: a lookup that failed must not look like a wrong key.
        except Refused:
            continue
        # By id, since both keys may be the tenant's: its id and a token of it.
        owners[tenant.id] = tenant
    if len(owners) != 1:
        raise Unauthorised("one of the two keys must be a key of this tenant", code=_UNKNOWN)
    return owners.popitem()[1]


def granted(headers: dict[str, str], scope: Scope, grants: Grants) -> str:
    """The id of the tenant whose token the request carries, if it has the scope.

    Raises `Unauthorised` for no token or one that nobody has, `Forbidden` for a missing scope.
    """
    token = tokens.from_header(headers.get("authorization"))
    grant = grants.grant(token)
    if grant is None:
        raise Unauthorised("this token is not known, or was revoked", code=_UNKNOWN)
    return grant.require(scope).tenant
