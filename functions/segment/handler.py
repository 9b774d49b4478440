"""Segment's and RudderStack's doors: POST /v1/batch and one per type; Planhat's /dock/segment."""

from functools import partial
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import tokens
from waypost.ingest.intake import Receipt
from waypost.sources import planhat, segment
from waypost.web import app as http
from waypost.web import doors

app = http.door(segment.SOURCE, segment.refusal)


@app.post("/dock/segment")
@app.post("/dock/segment/v1/batch")
def dock() -> Response[str]:
    receipt = _take(segment.parse_dock)
    return http.reply(*planhat.answer(receipt.processed, receipt.rejects))


def track() -> Response[str]:
    route = app.current_event.path.rpartition("/")[2]
    receipt = _take(partial(segment.parse, implied=segment.ROUTES[route]))
    return http.reply(*segment.answer(receipt.processed, receipt.rejects))


for name in segment.ROUTES:
    app.post(f"/v1/{name}")(track)


def _take(parse: doors.Parse) -> Receipt:
    call = http.call(app)
    given = call.headers.get("authorization")
    key = None if given else segment.write_key(call.body)
    owner = doors.owner(key or tokens.from_header(given))
    return doors.take(owner, call, parse, source=segment.SOURCE)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)
