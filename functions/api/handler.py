"""GET /api/v1/… and /api/tracking: what can be read back, for the tenant of the token."""

from collections.abc import Callable
from typing import Any

import msgspec
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.insights.ports import QuestionStores
from waypost.sources import kinesin
from waypost.web import auth
from waypost.web.api import batches, events, ledger, metrics, profiles, runs, schema, settings
from waypost.web.app import App, formatted, reply
from waypost.web.asking import Parameters

app = App()


def _get(route: str, answer: Callable[..., msgspec.Struct], stores: Callable[[], Any]) -> None:
    """Answers a route from the name in its path or else the query; a stranger costs no store."""

    @app.get(f"/api/v1/{route}")
    def answered(name: str = "") -> Response[str]:
        # The token comes first.
        return formatted(answer(_reader(), app.asked(name), stores()), app.query())


def _ask(
    question: str, answer: Callable[[str, Parameters, QuestionStores], msgspec.Struct]
) -> None:
    """Answers a question from its parameters."""

    @app.get(f"/api/v1/{question}")
    def answered() -> Response[str]:
        tenant, parameters = _reader(), Parameters(app.parameters())
        return formatted(answer(tenant, parameters, services.question_stores()), app.query())


_get("events", events.events, services.event_stores)
_get("accounts", profiles.accounts, services.profile_stores)
_get("users", profiles.users, services.profile_stores)
_get("unassigned", profiles.unassigned, services.profile_stores)
_get("batches", batches.batches, services.batches)
_get("ledger", ledger.ledger, services.ledger_stores)
_get("metrics", metrics.series, services.question_stores)
_get("schema", schema.types, services.schema_stores)
_get("accounts/<name>", profiles.account, services.profile_stores)
_get("users/<name>", profiles.user, services.profile_stores)
_get("batches/<name>", batches.batch, services.batches)
_get("runs/<name>", runs.run, services.runs)


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
