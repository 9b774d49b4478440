"""GET /api/v1/… and /api/tracking: what can be read back, for the tenant of the token."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import access, configuration, http, people, reading
from waypost.dialects import kinesin

app = http.door()


def _list(path: str, answer: Callable[..., dict[str, Any]]) -> None:
    @app.get(f"/api/v1/{path}")
    def listed() -> Response[str]:
        tenant = access.tenant(app, "read")
        return http.formatted(answer(tenant, http.query(app)), app)


def _one(path: str, answer: Callable[..., dict[str, Any]]) -> None:
    @app.get(f"/api/v1/{path}/<name>")
    def found(name: str) -> Response[str]:
        tenant = access.tenant(app, "read")
        return http.formatted(answer(tenant, http.decoded(name)), app)


_list("events", reading.events)
_list("accounts", people.accounts)
_list("users", people.users)
_list("unassigned", people.unassigned)
_list("batches", reading.batches)
_list("ledger", reading.ledger)
_list("metrics", reading.metric)
_list("schema", configuration.types)
_one("accounts", people.account)
_one("users", people.user)
_one("batches", reading.batch)
_one("runs", reading.run)


@app.get("/api/v1/settings")
def settings() -> Response[str]:
    return http.reply(configuration.settings(access.tenant(app, "read")))


@app.get("/api/tracking")
def tracking() -> Response[str]:
    tenant = access.tenant(app, "read")
    return http.reply(kinesin.page(reading.events(tenant, kinesin.paging(http.query(app)))))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)
