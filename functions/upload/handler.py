"""Uploads: a presigned URL for what no request can carry, and the progress of a batch."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import doors, http

app = http.door()


@app.post("/analytics/uploads/<tenant>")
def upload(tenant: str) -> Response[str]:
    return http.reply(doors.open_upload(doors.tenant(tenant), http.call(app)), status=201)


@app.get("/analytics/batches/<tenant>/<batch>")
def progress(tenant: str, batch: str) -> Response[str]:
    return http.reply(doors.batch_progress(doors.tenant(tenant), batch))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)
