"""GET /api/v1/… and /api/tracking: what can be read back, for the tenant of the token."""

from typing import Any

import msgspec
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.sources import kinesin
from waypost.web import auth
from waypost.web.api import events, routes, settings
from waypost.web.api.routes import Question, Reading
from waypost.web.app import App, formatted, reply
from waypost.web.asking import Parameters

app = App()


def _read(route: str, reading: Reading) -> None:
    answer, stores = reading

    @app.get(f"/api/v1/{route}")
    def answered(name: str = "") -> Response[str]:
        # The token comes first: a stranger costs no store.
        return formatted(answer(_reader(), app.asked(name), stores()), app.query())


def _ask(question: str, answer: Question) -> None:
    @app.get(f"/api/v1/{question}")
    def answered() -> Response[str]:
        tenant, parameters = _reader(), Parameters(app.parameters())
        return formatted(answer(tenant, parameters, services.question_stores()), app.query())


for route, reading in routes.READINGS.items():
    _read(route, reading)
for question, answer in routes.QUESTIONS.items():
    _ask(question, answer)


@app.get("/api/v1/settings")
def all_settings() -> Response[str]:
    return reply(settings.settings(_reader(), services.tenants()))


@app.get("/api/tracking")
def tracking_events() -> Response[str]:
    page = events.events(_reader(), kinesin.paging(app.query()), services.event_stores())
    return reply(kinesin.page(msgspec.to_builtins(page)))


def _reader() -> str:
    return auth.granted(app.headers, "read", services.tokens())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
