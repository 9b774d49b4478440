"""Planhat's dimension data, in the new and the old order of the path: open, like activities."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.profiles.planhat import dimensions
from waypost.sources import planhat
from waypost.web import auth
from waypost.web.app import App, reply
from waypost.web.responses import Response

app = App(planhat.SOURCE)


@app.post("/dimensiondata/<tenant>")
@app.post("/<tenant>/dimensiondata")
def points(tenant: str) -> Response:
    owner = auth.known_tenant(tenant, services.door_tenants())
    call = app.call()
    points, rejects = dimensions.parse(call.body, call.received, owner.placeholders)
    # At once and without a queue: points sent again are written over themselves.
    services.dimensions().put(owner.id, points)
    return reply(*planhat.answer(len(points), rejects))


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)
