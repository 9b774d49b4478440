"""Moesif's doors: POST /v1/{actions,users,companies,subscriptions,events} and each /batch."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.sources import moesif, moesif_routes
from waypost.tenants import Tenant
from waypost.web import auth, doors
from waypost.web.app import App, reply
from waypost.web.responses import Response

app = App(moesif.SOURCE, lambda error, _status, _path: error.body())


def items() -> Response:
    owner, call = _owner(), app.call()
    parse = moesif_routes.PARSERS[app.route]
    batch = parse(call.body, call.received, owner.placeholders)
    receipt = doors.take(owner, call, batch, source=moesif.SOURCE, stores=services.door_stores())
    return reply(*moesif.answer(receipt.processed, receipt.rejects))


for path in moesif_routes.PARSERS:
    app.post(path)(items)


@app.get("/v1/config")
def config() -> Response:
    _owner()
    return reply(moesif.CONFIG)


@app.get("/v1/rules")
def rules() -> Response:
    _owner()
    return reply(moesif.RULES)


def _owner() -> Tenant:
    return auth.owner(moesif.credential(app.headers), services.door_stores())


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)
