"""Uploads: a presigned URL for what no request can carry, and the progress of a batch."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost.web import doors
from waypost.web.app import call, door, reply, resolve

app = door()


@app.post("/analytics/uploads/<tenant>")
def upload(tenant: str) -> Response[str]:
    return reply(doors.open_upload(doors.tenant(tenant), call(app)), status=201)


@app.get("/analytics/batches/<tenant>/<batch>")
def progress(tenant: str, batch: str) -> Response[str]:
    return reply(doors.batch_progress(doors.tenant(tenant), batch))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return resolve(app, event, context)
