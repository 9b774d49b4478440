"""Moesif's doors: POST /v1/{actions,users,companies,subscriptions,events} and each /batch."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost.sources import moesif, moesif_calls, moesif_profiles
from waypost.tenants import Tenant
from waypost.web import app as http
from waypost.web import doors
from waypost.web.app import Call

app = http.door(moesif.SOURCE, lambda error, _status, _path: error.body())

PARSERS = {
    "/v1/actions": moesif.actions,
    "/v1/actions/batch": moesif.actions,
    "/v1/users": moesif_profiles.users,
    "/v1/users/batch": moesif_profiles.users,
    "/v1/companies": moesif_profiles.companies,
    "/v1/companies/batch": moesif_profiles.companies,
    "/v1/subscriptions": moesif_profiles.subscription,
    "/v1/subscriptions/batch": moesif_profiles.subscriptions,
    "/v1/events": moesif_calls.events,
    "/v1/events/batch": moesif_calls.events,
}


def observe(parse: doors.Parse) -> Callable[[], Response[str]]:
    def take() -> Response[str]:
        call = http.call(app)
        receipt = doors.take(owner(call), call, parse, source=moesif.SOURCE)
        return http.reply(*moesif.answer(receipt.processed, receipt.rejects))

    return take


for path, parse in PARSERS.items():
    app.post(path)(observe(parse))


@app.get("/v1/config")
def config() -> Response[str]:
    owner(http.call(app))
    return http.reply(moesif.CONFIG)


@app.get("/v1/rules")
def rules() -> Response[str]:
    owner(http.call(app))
    return http.reply(moesif.RULES)


def owner(call: Call) -> Tenant:
    return doors.owner(moesif.credential(call.headers))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)
