"""KinesinLMS's door: POST /api/tracking. It takes a token with scope write, no tenant's id."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.sources import kinesin
from waypost.web import auth, doors
from waypost.web.app import App, reply
from waypost.web.responses import Response

app = App(kinesin.SOURCE, kinesin.refusal)
# What `api` answers on the same path.
app.elsewhere("/api/tracking", "GET", "HEAD")


@app.post("/api/tracking")
def tracking_event() -> Response:
    stores = services.door_stores()
    owner = auth.token_owner(app.headers.get("authorization"), stores)
    call = app.call()
    anon = call.headers.get("x-anon-username")
    batch = kinesin.parse(
        call.body,
        call.received,
        anon=anon,
        more_types=owner.event_types,
        changes=owner.placeholders,
    )
    receipt = doors.take(owner, call, batch, source=kinesin.SOURCE, stores=stores)
    return reply(*kinesin.answer(batch, receipt.rejects))


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)
