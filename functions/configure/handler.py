"""What a tenant chooses for itself: PATCH /api/v1/settings, PUT /api/v1/schema/{key}."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import access, configuration, http

app = http.door()


@app.patch("/api/v1/settings")
def settings() -> Response[str]:
    tenant = access.tenant(app, "admin")
    return http.reply(configuration.change_settings(tenant, http.call(app).body))


@app.put("/api/v1/schema/<key>")
def key_type(key: str) -> Response[str]:
    tenant = access.tenant(app, "admin")
    body = http.call(app).body
    return http.reply(configuration.change_type(tenant, http.decoded(key), body))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)
