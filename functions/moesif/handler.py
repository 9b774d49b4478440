"""Moesif's doors: POST /v1/{actions,users,companies,subscriptions,events} and each /batch."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.sources import moesif, moesif_routes
from waypost.tenants import Tenant
from waypost.web import auth, doors
from waypost.web.app import App, reply

app = App(moesif.SOURCE, lambda error, _status, _path: error.body())


def items() -> Response[str]:
    owner, call = _owner(), app.call()
    # The path is one of these: no other leads here, and `App` has taken off a trailing slash.
    parse = moesif_routes.PARSERS[app.current_event.path]
    batch = parse(call.body, call.received, owner.placeholders)
    receipt = doors.take(owner, call, batch, source=moesif.SOURCE, stores=services.door_stores())
    return reply(*moesif.answer(receipt.processed, receipt.rejects))


for path in moesif_routes.PARSERS:
    app.post(path)(items)


@app.get("/v1/config")
def config() -> Response[str]:
    _owner()
    return reply(moesif.CONFIG)


@app.get("/v1/rules")
def rules() -> Response[str]:
    _owner()
    return reply(moesif.RULES)


def _owner() -> Tenant:
    return auth.owner(moesif.credential(app.headers), services.door_stores())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
