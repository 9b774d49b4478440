"""KinesinLMS's door: POST /api/tracking, with a token that may write; a tenant's id is public."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import tokens
from waypost.errors import Unauthorised
from waypost.sources import kinesin
from waypost.tenants import Tenant
from waypost.web import app as http
from waypost.web import doors

app = http.door(kinesin.SOURCE, kinesin.refusal)


@app.post("/api/tracking")
def track() -> Response[str]:
    call = http.call(app)
    owner = _owner(call)
    anon = call.headers.get("x-anon-username")
    batch = kinesin.parse(call.body, call.received, anon=anon, more_types=owner.event_types)
    receipt = doors.take(owner, call, lambda *_: batch, source=kinesin.SOURCE)
    return http.reply(*kinesin.answer(batch, receipt.rejects))


def _owner(call: http.Call) -> Tenant:
    credential = tokens.from_header(call.headers.get("authorization"))
    if not tokens.is_token(credential):
        raise Unauthorised("send a token with the scope write", code="token_missing")
    return doors.owner(credential)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)
