"""What takes scope admin under /api/v1: PATCH settings, PUT schema/{key}, POST aggregate."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.lake import runs
from waypost.web import auth
from waypost.web.api.settings import change_settings, change_type
from waypost.web.app import call, decoded, door, reply, resolve

app = door()


@app.patch("/api/v1/settings")
def settings() -> Response[str]:
    tenant = auth.tenant(app, "admin")
    return reply(change_settings(tenant, call(app).body))


@app.put("/api/v1/schema/<key>")
def key_type(key: str) -> Response[str]:
    tenant = auth.tenant(app, "admin")
    body = call(app).body
    return reply(change_type(tenant, decoded(key), body))


@app.post("/api/v1/aggregate")
def aggregate() -> Response[str]:
    tenant = auth.tenant(app, "admin")
    records, queue = services.runs(), services.aggregate_outbox()
    run = runs.request(tenant, runs=records, queue=queue, clock=services.clock)
    return reply(run, status=202)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return resolve(app, event, context)
