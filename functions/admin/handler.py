"""What takes scope admin under /api/v1: settings, types of keys, runs of the hourly job."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.lake import runs
from waypost.web import auth
from waypost.web.api.replay import replay_all
from waypost.web.api.schema import change_type
from waypost.web.api.settings import change_settings
from waypost.web.app import App, decoded, reply

app = App()


@app.patch("/api/v1/settings")
def settings() -> Response[str]:
    tenant = _administered()
    return reply(change_settings(tenant, app.call().body, services.tenants()))


@app.put("/api/v1/schema/<key>")
def key_type(key: str) -> Response[str]:
    tenant = _administered()
    body = app.call().body
    return reply(change_type(tenant, decoded(key), body, services.schema_stores()))


@app.post("/api/v1/aggregate")
def aggregate() -> Response[str]:
    tenant = _administered()
    records, queue = services.runs(), services.aggregate_outbox()
    run = runs.request(tenant, runs=records, queue=queue, clock=services.clock)
    return reply(run, status=202)


@app.post("/api/v1/replay")
def replay() -> Response[str]:
    tenant = _administered()
    return reply(replay_all(tenant, app.parameters(), services.replay_stores()), status=202)


def _administered() -> str:
    return auth.granted(app.headers, "admin", services.tokens())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
