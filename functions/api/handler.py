"""GET /api/v1/… and /api/tracking: what can be read back, for the tenant of the token."""

from typing import Any

import msgspec

from waypost import services
from waypost.deadline import Context
from waypost.sources import kinesin
from waypost.web import auth
from waypost.web.api import events, reads
from waypost.web.app import App, reply
from waypost.web.asking import Parameters
from waypost.web.responses import Response

app = App()


def _reader() -> str:
    return auth.granted(app.headers, "read", services.tokens())


reads.register(app, _reader)
# What `admin` answers on the same paths.
app.elsewhere("/api/v1/settings", "PATCH")
app.elsewhere("/api/v1/questions/<name>", "PUT", "DELETE")


@app.get("/api/tracking")
def tracking_events() -> Response:
    asked = Parameters({name: [text] for name, text in kinesin.paging(app.query()).items()})
    page = events.events(_reader(), asked, services.event_stores())
    return reply(kinesin.page(msgspec.to_builtins(page)))


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)
