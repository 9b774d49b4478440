"""Planhat's doors: POST /analytics/{tenant} and its bulk, PUT /analytics/stream/csv/{tenant}."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost.sources import planhat
from waypost.web import app as http
from waypost.web import doors

app = http.door(planhat.SOURCE)


@app.post("/analytics/<tenant>")
@app.post("/analytics/bulk/<tenant>")
def collect(tenant: str) -> Response[str]:
    call = http.call(app)
    receipt = doors.take(doors.tenant(tenant), call, planhat.parse, source=planhat.SOURCE)
    return http.reply(*planhat.answer(receipt.processed, receipt.rejects))


@app.put("/analytics/stream/csv/<tenant>")
def stream(tenant: str) -> Response[str]:
    call = http.call(app)
    batch, receipt = doors.take_stream(doors.tenant(tenant), call, source=planhat.SOURCE)
    return http.reply(*planhat.answer(receipt.processed, receipt.rejects, batch=batch))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)
