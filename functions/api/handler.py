"""GET /api/v1/… and /api/tracking: what can be read back, for the tenant of the token."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.sources import kinesin
from waypost.web import auth
from waypost.web.api import batches, events, ledger, metrics, profiles, runs, schema, settings
from waypost.web.app import App, decoded, formatted, reply

app = App()


def _list(path: str, answer: Callable[..., dict[str, Any]], stores: Callable[[], Any]) -> None:
    @app.get(f"/api/v1/{path}")
    def listed() -> Response[str]:
        return formatted(answer(_reader(), app.query(), stores()), app.query())


def _one(path: str, answer: Callable[..., dict[str, Any]], stores: Callable[[], Any]) -> None:
    @app.get(f"/api/v1/{path}/<name>")
    def named(name: str) -> Response[str]:
        return formatted(answer(_reader(), decoded(name), stores()), app.query())


_list("events", events.events, services.event_stores)
_list("accounts", profiles.accounts, services.profile_stores)
_list("users", profiles.users, services.profile_stores)
_list("unassigned", profiles.unassigned, services.profile_stores)
_list("batches", batches.batches, services.batches)
_list("ledger", ledger.ledger, services.ledger_stores)
_list("metrics", metrics.series, services.metric_stores)
_list("schema", schema.types, services.schema_stores)
_one("accounts", profiles.account, services.profile_stores)
_one("users", profiles.user, services.profile_stores)
_one("batches", batches.batch, services.batches)
_one("runs", runs.run, services.runs)


@app.get("/api/v1/settings")
def all_settings() -> Response[str]:
    return reply(settings.settings(_reader(), services.tenants()))


@app.get("/api/tracking")
def tracking_events() -> Response[str]:
    query = kinesin.paging(app.query())
    return reply(kinesin.page(events.events(_reader(), query, services.event_stores())))


def _reader() -> str:
    return auth.granted(app.headers, "read", services.tokens())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
