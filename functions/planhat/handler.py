"""Planhat's doors: POST /analytics/{tenant} and its bulk, PUT /analytics/stream/csv/{tenant}."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.sources import planhat, planhat_stretches
from waypost.sources.formats import reading
from waypost.web import auth, doors
from waypost.web.app import App, reply
from waypost.web.responses import Response

app = App(planhat.SOURCE)


@app.post("/analytics/<tenant>")
@app.post("/analytics/bulk/<tenant>")
def activities(tenant: str) -> Response:
    stores = services.door_stores()
    owner = auth.known_tenant(tenant, stores.tenants)
    call = app.call()
    stretches = planhat_stretches.stretches(call.body, call.received, owner.placeholders)
    receipt = doors.take_all(owner, call, stretches, source=planhat.SOURCE, stores=stores)
    return reply(*planhat.answer(receipt.processed, receipt.rejects))


@app.put("/analytics/stream/csv/<tenant>")
def csv_stream(tenant: str) -> Response:
    stores = services.door_stores()
    owner = auth.known_tenant(tenant, stores.tenants)
    told = reading.of_query(app.query())
    batch, receipt = doors.take_stream(
        owner, app.call(), source=planhat.SOURCE, stores=stores, told=told
    )
    return reply(*planhat.answer(receipt.processed, receipt.rejects, batch=batch))


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)
