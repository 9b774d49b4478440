"""Who may ask: the tenant comes from the token, never from the request."""

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from waypost import services, tokens
from waypost.errors import Unauthorised
from waypost.tokens import Scope


def tenant(app: APIGatewayRestResolver, scope: Scope) -> str:
    """The tenant whose token the request carries. Raises `Unauthorised` or `Forbidden`."""
    headers = {name.lower(): value for name, value in app.current_event.headers.items()}
    token = tokens.from_header(headers.get("authorization"))
    grant = services.tokens().grant(token)
    if grant is None:
        raise Unauthorised("this token is not known, or was revoked", code="token_unknown")
    return grant.require(scope).tenant
