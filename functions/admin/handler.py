"""What takes scope admin under /api/v1: settings, types, questions, runs of the hourly job."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.lake import runs
from waypost.web import auth
from waypost.web.api import replay, saving, schema, settings
from waypost.web.app import App, reply
from waypost.web.reading import parameters_of
from waypost.web.responses import Response

app = App()


@app.patch("/api/v1/settings")
def change_settings() -> Response:
    tenant, body = _administered(), app.call().body
    return reply(settings.change_settings(tenant, body, services.tenants()))


@app.put("/api/v1/schema/<key>")
def key_type(key: str) -> Response:
    tenant, body = _administered(), app.call().body
    return reply(schema.change_type(tenant, key, body, services.schema_stores()))


@app.put("/api/v1/questions/<name>")
def save(name: str) -> Response:
    tenant, body = _administered(), app.call().body
    return reply(saving.save(tenant, name, body, services.saving_stores()))


@app.delete("/api/v1/questions/<name>")
def delete(name: str) -> Response:
    return reply(saving.delete(_administered(), name, services.saved_questions()))


@app.post("/api/v1/aggregate")
def aggregate() -> Response:
    tenant, queue, made = _administered(), services.aggregate_outbox(), services.runs()
    return reply(runs.request(tenant, runs=made, queue=queue, clock=services.clock), status=202)


@app.post("/api/v1/replay")
def make_anew() -> Response:
    tenant, asked = _administered(), parameters_of(app)
    return reply(replay.replay_all(tenant, asked, services.replay_stores()), status=202)


def _administered() -> str:
    return auth.granted(app.headers, "admin", services.tokens())


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)
