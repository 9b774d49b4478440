"""Natero's door: POST /v1/{authKey}/{apiKey}, one of which names the tenant."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.sources import natero
from waypost.web import auth, doors
from waypost.web.app import App, decoded, reply

app = App(natero.SOURCE, natero.refusal)


@app.post("/v1/<authKey>/<apiKey>")
def events(authKey: str, apiKey: str) -> Response[str]:
    stores = services.door_stores()
    owner = auth.owner_of_either((decoded(authKey), decoded(apiKey)), stores)
    call = app.call()
    batch = natero.parse(call.body, call.received, owner.placeholders)
    receipt = doors.take(owner, call, batch, source=natero.SOURCE, stores=stores)
    return reply(*natero.answer(receipt.processed, receipt.rejects))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
