"""Uploads: a presigned URL for what no request can carry, and the progress of a batch."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.ingest import answered
from waypost.sources.formats import reading
from waypost.web import auth, doors
from waypost.web.api import batches
from waypost.web.app import App, reply
from waypost.web.responses import Response

app = App()


@app.post("/analytics/uploads/<tenant>")
def upload(tenant: str) -> Response:
    stores = services.door_stores()
    owner = auth.known_tenant(tenant, stores.tenants)
    return reply(doors.open_upload(owner, app.call(), stores=stores), status=201)


@app.get("/analytics/batches/<tenant>/<batch>")
def progress(tenant: str, batch: str) -> Response:
    # Open like the doors: the 128 random bits of a batch's id are the permission to ask.
    owner = auth.known_tenant(tenant, services.door_tenants())
    return reply(batches.batch(owner.id, batch, services.batches()))


@app.post("/analytics/batches/<tenant>/<batch>")
def answer(tenant: str, batch: str) -> Response:
    owner = auth.known_tenant(tenant, services.door_tenants())
    told = reading.of_body(app.call().body)
    records, jobs = services.batches(), services.load_outbox()
    record = answered.answer(owner.id, batch, told, records=records, jobs=jobs)
    return reply(batches.batch(owner.id, record.id, records))


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)
