"""Planhat's dimension data, in the new and the old order of the path: open, like activities."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.profiles.planhat import dimensions
from waypost.sources import planhat
from waypost.web import app as http
from waypost.web import doors

app = http.door(planhat.SOURCE)


@app.post("/dimensiondata/<tenant>")
@app.post("/<tenant>/dimensiondata")
def measure(tenant: str) -> Response[str]:
    owner, call = doors.tenant(tenant), http.call(app)
    points, rejects = dimensions.parse(call.body, call.received)
    services.dimensions().put(owner.id, points)
    return http.reply(*planhat.answer(len(points), rejects))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)
