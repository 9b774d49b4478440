"""GET /api/v1/… and /api/tracking: what can be read back, for the tenant of the token."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost.sources import kinesin
from waypost.web import auth
from waypost.web.api import profiles, reading
from waypost.web.api import settings as configuration
from waypost.web.app import decoded, door, formatted, query, reply, resolve

app = door()


def _list(path: str, answer: Callable[..., dict[str, Any]]) -> None:
    @app.get(f"/api/v1/{path}")
    def listed() -> Response[str]:
        tenant = auth.tenant(app, "read")
        return formatted(answer(tenant, query(app)), app)


def _one(path: str, answer: Callable[..., dict[str, Any]]) -> None:
    @app.get(f"/api/v1/{path}/<name>")
    def found(name: str) -> Response[str]:
        tenant = auth.tenant(app, "read")
        return formatted(answer(tenant, decoded(name)), app)


_list("events", reading.events)
_list("accounts", profiles.accounts)
_list("users", profiles.users)
_list("unassigned", profiles.unassigned)
_list("batches", reading.batches)
_list("ledger", reading.ledger)
_list("metrics", reading.metric)
_list("schema", configuration.types)
_one("accounts", profiles.account)
_one("users", profiles.user)
_one("batches", reading.batch)
_one("runs", reading.run)


@app.get("/api/v1/settings")
def settings() -> Response[str]:
    return reply(configuration.settings(auth.tenant(app, "read")))


@app.get("/api/tracking")
def tracking() -> Response[str]:
    tenant = auth.tenant(app, "read")
    return reply(kinesin.page(reading.events(tenant, kinesin.paging(query(app)))))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return resolve(app, event, context)
