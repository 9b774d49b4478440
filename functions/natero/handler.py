"""Natero's door: POST /v1/{authKey}/{apiKey}, one of which names the tenant."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.sources import natero
from waypost.web import auth, doors
from waypost.web.app import App, reply
from waypost.web.responses import Response

app = App(natero.SOURCE, natero.refusal)


@app.post("/v1/<authKey>/<apiKey>")
def events(authKey: str, apiKey: str) -> Response:
    stores = services.door_stores()
    owner = auth.owner_of_either((authKey, apiKey), stores)
    call = app.call()
    batch = natero.parse(call.body, call.received, owner.placeholders)
    receipt = doors.take(owner, call, batch, source=natero.SOURCE, stores=stores)
    return reply(*natero.answer(receipt.processed, receipt.rejects))


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)
