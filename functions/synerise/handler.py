"""Synerise's doors: /v4/events/…, /v4/transactions, and the login that its clients begin with."""

from typing import Any

from waypost import services, tokens
from waypost.deadline import Context
from waypost.errors import WaypostError
from waypost.sources import synerise, synerise_answers
from waypost.web import auth, doors, statuses
from waypost.web.app import App, reply
from waypost.web.responses import Response


def _refusal(error: WaypostError, status: int, path: str) -> dict[str, object]:
    return synerise_answers.refusal(error, status, path, services.clock())


app = App(synerise.SOURCE, _refusal)


@app.post("/v4/events/<kind>")
def events(kind: str) -> Response:
    return _taken(synerise.parser(kind))


@app.post("/v4/events/push/<kind>")
def push_events(kind: str) -> Response:
    return _taken(synerise.parser(f"push/{kind}"))


@app.post("/v4/transactions")
@app.post("/v4/transactions/batch")
def transactions() -> Response:
    return _taken(synerise.parse_transactions)


@app.post("/uauth/v2/auth/login/profile")
def login() -> Response:
    key = synerise.api_key(app.call().body)
    auth.owner(key, services.door_stores())
    # Clients send what they get here as Bearer from now on, and a key is good for that as it is.
    return reply({"token": key})


def _taken(parse: synerise.Parse) -> Response:
    stores = services.door_stores()
    owner = auth.owner(tokens.from_header(app.headers.get("authorization")), stores)
    call = app.call()
    batch = parse(call.body, call.received, owner.placeholders)
    receipt = doors.take(owner, call, batch, source=synerise.SOURCE, stores=stores)
    # Checked once it is taken: what is refused as a whole stands in the ledger all the same.
    synerise_answers.check(receipt.processed, receipt.rejects)
    return Response(statuses.DOORS[synerise.SOURCE].taken, body="")


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)
