"""Natero's door: POST /v1/{authKey}/{apiKey}, one of which names the tenant."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost.errors import Refused, Unauthorised
from waypost.sources import natero
from waypost.tenants import Tenant
from waypost.web import doors
from waypost.web.app import call, decoded, door, reply, resolve

app = door(natero.SOURCE, natero.refusal)


@app.post("/v1/<authKey>/<apiKey>")
def report(authKey: str, apiKey: str) -> Response[str]:
    owner = _owner(decoded(authKey), decoded(apiKey))
    receipt = doors.take(owner, call(app), natero.parse, source=natero.SOURCE)
    return reply(*natero.answer(receipt.processed, receipt.rejects))


def _owner(*keys: str) -> Tenant:
    """The one tenant that the keys name: clients write them in either order, and know but one."""
    found: dict[str, Tenant] = {}
    for key in keys:
        try:
            owner = doors.owner(key)
        except Refused:
            continue
        found[owner.id] = owner
    if len(found) != 1:
        raise Unauthorised("one of the two keys must be a key of this tenant", code="token_unknown")
    return found.popitem()[1]


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return resolve(app, event, context)
