"""GET /api/v1/… and /api/tracking: what can be read back, for the tenant of the token."""

from typing import Any

import msgspec
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.sources import kinesin
from waypost.web import auth
from waypost.web.api import events, routes
from waypost.web.api.routes import Reading
from waypost.web.app import App, decoded, formatted, reply
from waypost.web.asking import Parameters

app = App()


def _all(route: str, reading: Reading) -> None:
    answer, stores = reading

    @app.get(f"/api/v1/{route}")
    def answered() -> Response[str]:
        # The token comes first: a stranger costs no store.
        tenant = _reader()
        return formatted(lambda asked: answer(tenant, asked, stores()), app.parameters())


def _one(route: str, reading: Reading) -> None:
    answer, stores = reading

    @app.get(f"/api/v1/{route}/<name>")
    def answered(name: str) -> Response[str]:
        tenant, parameters = _reader(), app.parameters()
        parameters.refuse_rest()
        return formatted(lambda _: answer(tenant, decoded(name), stores()), parameters)


for route, reading in routes.LISTS.items():
    _all(route, reading)
for route, reading in routes.THINGS.items():
    _one(route, reading)
for question, answer in routes.QUESTIONS.items():
    _all(question, (answer, services.question_stores))


@app.get("/api/tracking")
def tracking_events() -> Response[str]:
    asked = Parameters({name: [text] for name, text in kinesin.paging(app.query()).items()})
    page = events.events(_reader(), asked, services.event_stores())
    return reply(kinesin.page(msgspec.to_builtins(page)))


def _reader() -> str:
    return auth.granted(app.headers, "read", services.tokens())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
