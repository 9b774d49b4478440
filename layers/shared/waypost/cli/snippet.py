"""`waypost snippet`: the lines that a web page needs, ready to paste before </head>."""

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from waypost.cli import connection
from waypost.cli.connection import Connection
from waypost.cli.dev import checkout
from waypost.cli.output import USAGE, Failure, data
from waypost.web.script import Script

SOURCE = "functions/script/snippet.js"
# The line of the snippet behind which its script gets what a policy asks for.
_INSERTED = "    s.src = src;\n"


def snippet(
    context: typer.Context,
    nonce: Annotated[
        str | None,
        typer.Option(metavar="NONCE", help="The nonce of your pages' policy."),
    ] = None,
    sri: Annotated[
        bool, typer.Option("--sri", help="Run the build that is served now, and no other ever.")
    ] = False,
    na: Annotated[
        bool, typer.Option("--na", help="The tags of a page that constructs na instead.")
    ] = False,
) -> None:
    """Prints the tracking snippet for a tenant's pages.

    With --sri the browser refuses any script but today's build: paste it anew after each upgrade
    of Waypost.
    """
    place = connection.resolve(*context.obj)
    if not place.tenant:
        raise Failure(f"which tenant at {place.url}? give --tenant or WAYPOST_TENANT", USAGE)
    if na:
        builds = [fetch(place.url), fetch(place.url, "script/na.min.js")] if sri else []
        data(tags(place, nonce, builds))
        return
    text = (checkout(Path.cwd()) / SOURCE).read_text()
    data(render(text, place, nonce, fetch(place.url) if sri else None))


def render(
    text: str, place: Connection, nonce: str | None = None, build: Script | None = None
) -> str:
    """The snippet as HTML: its two addresses filled in, and what a policy asks for added."""
    script, added = "plantrack.min.js", ""
    if nonce is not None:
        # A policy that lets the snippet run by its nonce wants it of the script as well.
        added += "    s.nonce = d.currentScript.nonce;\n"
    if build is not None:
        script = f"script/{build.name}"
        # Without `crossOrigin` a browser may not read the script, and compares no hash with it.
        added += f'    s.integrity = "{build.integrity}";\n    s.crossOrigin = "anonymous";\n'
    filled = (
        text.replace('"SCRIPT"', _quoted(f"{place.url}/analytics/{script}"))
        .replace('"ENDPOINT"', _quoted(f"{place.url}/analytics/{place.tenant}"))
        .replace(_INSERTED, _INSERTED + added)
    )
    named = "" if nonce is None else f' nonce="{html.escape(nonce)}"'
    return f"<script{named}>\n{filled}</script>"


def tags(place: Connection, nonce: str | None = None, builds: Sequence[Script] = ()) -> str:
    """The script and the constructor of `na` as HTML; of builds, each in a tag of its own."""
    named = "" if nonce is None else f' nonce="{html.escape(nonce)}"'
    files = [
        f'script/{build.name}" integrity="{build.integrity}" crossorigin="anonymous'
        for build in builds
    ]
    lines = [
        f'<script{named} src="{html.escape(place.url)}/analytics/{file}"></script>'
        for file in files or ["plantrack.min.js"]
    ]
    made = f'var tracker = new na({_quoted(place.tenant or "")}, "web", {{}});'
    return "\n".join([*lines, f"<script{named}>{made}</script>"])


def fetch(url: str, file: str = "plantrack.min.js") -> Script:
    """The build of a file that a Waypost serves now."""
    import urllib3

    address = f"{url}/analytics/{file}"
    try:
        answer = urllib3.request("GET", address, retries=False, timeout=10)
    except urllib3.exceptions.HTTPError as error:
        raise Failure(f"{address} cannot be reached ({error}); check --url") from error
    if answer.status != 200:  # noqa: PLR2004
        raise Failure(f"{address} answers {answer.status}; is this a Waypost with its script?")
    return Script(answer.data, file.rpartition("/")[2].partition(".")[0])


def _quoted(text: str) -> str:
    """A JavaScript text that cannot end the script element around it."""
    return json.dumps(text).replace("</", "<\\/")
