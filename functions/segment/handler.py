"""Segment's and RudderStack's doors: POST /v1/batch and one per type; Planhat's /dock/segment."""

from typing import Any

from waypost import services, tokens
from waypost.deadline import Context
from waypost.sources import planhat, segment
from waypost.tenants import Tenant
from waypost.web import auth, doors
from waypost.web.app import App, Call, reply
from waypost.web.responses import Response

app = App(segment.SOURCE, segment.refusal)


@app.post("/dock/segment")
@app.post("/dock/segment/v1/batch")
def docked() -> Response:
    owner, call = _opened()
    batch = segment.parse_dock(call.body, call.received, owner.placeholders)
    receipt = doors.take(owner, call, batch, source=segment.SOURCE, stores=services.door_stores())
    return reply(*planhat.answer(receipt.processed, receipt.rejects))


def messages() -> Response:
    owner, call = _opened()
    route = app.route.rpartition("/")[2]
    batch = segment.parse(call.body, call.received, route, owner.placeholders)
    receipt = doors.take(owner, call, batch, source=segment.SOURCE, stores=services.door_stores())
    return reply(*segment.answer(receipt.processed, receipt.rejects))


for name in segment.ROUTES:
    app.post(f"/v1/{name}")(messages)


def _opened() -> tuple[Tenant, Call]:
    """The tenant, then the body; the other way round where only the body holds the write key."""
    given, stores = app.headers.get("authorization"), services.door_stores()
    if given:
        return auth.owner(tokens.from_header(given), stores), app.call()
    call = app.call()
    return auth.owner(segment.write_key(call.body) or tokens.from_header(None), stores), call


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)
