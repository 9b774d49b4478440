"""POST /api/v1/aggregate: asks for an aggregate run at once, instead of at the full hour."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import access, http, scheduling

app = http.door()


@app.post("/api/v1/aggregate")
def aggregate() -> Response[str]:
    return http.reply(scheduling.request(access.tenant(app, "admin")), status=202)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)
