"""Synerise's doors: /v4/events/…, /v4/transactions, and the login that its clients begin with."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services, tokens
from waypost.errors import WaypostError
from waypost.sources import synerise
from waypost.web import app as http
from waypost.web import doors, statuses


def refusal(error: WaypostError, status: int, path: str) -> dict[str, object]:
    return synerise.refusal(error, status, path, services.clock())


app = http.door(synerise.SOURCE, refusal)


@app.post("/v4/events/<kind>")
def event(kind: str) -> Response[str]:
    return _take(synerise.parser(kind))


@app.post("/v4/events/push/<kind>")
def push(kind: str) -> Response[str]:
    return _take(synerise.parser(f"push/{kind}"))


@app.post("/v4/transactions")
@app.post("/v4/transactions/batch")
def transactions() -> Response[str]:
    return _take(synerise.parse_transactions)


@app.post("/uauth/v2/auth/login/profile")
def login() -> Response[str]:
    key = synerise.api_key(http.call(app).body)
    doors.owner(key)
    return http.reply({"token": key})


def _take(parse: synerise.Parse) -> Response[str]:
    call = http.call(app)
    owner = doors.owner(tokens.from_header(call.headers.get("authorization")))
    receipt = doors.take(owner, call, parse, source=synerise.SOURCE)
    synerise.check(receipt.processed, receipt.rejects)
    return Response(statuses.DOORS[synerise.SOURCE].taken, body="")


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)
