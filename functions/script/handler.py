"""What a customer's pages fetch: GET /analytics/plantrack.min.js, and the site's lists."""

from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost.errors import NotFound
from waypost.web import doors
from waypost.web import script as site
from waypost.web.app import door, reply, resolve
from waypost.web.script import Script

app = door(site.SOURCE)


@app.get("/analytics/plantrack.min.js", compress=True)
def latest() -> Response[str]:
    return _reply(_script(), immutable=False)


@app.get("/analytics/script/<name>", compress=True)
def build(name: str) -> Response[str]:
    if not _script().is_named(name):
        raise NotFound("there is no such build of the script any more", code="unknown_script")
    return _reply(_script(), immutable=True)


@app.get("/analytics/sites/<tenant>")
def lists(tenant: str) -> Response[str]:
    found = site.lists(doors.tenant(tenant).rules)
    headers = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}
    return reply(found, headers=headers)


@cache
def _script() -> Script:
    return Script(Path(__file__).with_name("plantrack.min.js").read_bytes())


def _reply(script: Script, *, immutable: bool) -> Response[str]:
    headers = script.headers(immutable=immutable)
    if script.is_known(app.current_event.headers.get("if-none-match", "")):
        return Response(304, headers["Content-Type"], "", headers, compress=False)
    return Response(200, headers["Content-Type"], script.body.decode(), headers)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return resolve(app, event, context)
