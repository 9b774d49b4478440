"""The Typer application: shared options, the commands, and the one place where errors end."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from waypost.cli import (
    ask,
    batches,
    dev,
    funnels,
    load,
    metrics,
    numbers,
    paths,
    quiet,
    retention,
    snippet,
    sql,
    tail,
    tenants,
    verify,
)
from waypost.cli.output import Failure, data, note

# Plain help and errors: rich ones triple the start-up time, and an error stays one line.
app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 ok, 1 failure, 2 usage, 3 some rows were refused.",
)


def print_version(asked: bool) -> None:
    """Ends the command with the version where that is all that was asked for."""
    if asked:
        data(f"waypost {version('waypost')}")
        raise typer.Exit


@app.callback()
def shared(
    context: typer.Context,
    url: Annotated[
        str | None,
        typer.Option(
            envvar="WAYPOST_URL",
            help="Where Waypost answers.  [default: port WAYPOST_PORT, or 3000, of 127.0.0.1]",
        ),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(envvar="WAYPOST_TENANT", help="Whose events.  [default there: the demo's]"),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="WAYPOST_TOKEN", help="For reading.  [default there: the demo's]"),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="The version."),
    ] = False,
) -> None:
    """Records what a SaaS company's customers do, and tells who is active.

    These options come before the command, as in: waypost --url URL tail
    """
    context.obj = (url, tenant, token)


app.command(epilog="Example: waypost dev")(dev.dev)
app.command(epilog="Example: waypost load activity.csv")(load.load)
app.command(epilog="Example: waypost batches --table -n 5")(batches.batches)
app.command(epilog="Example: waypost tail --follow --account acme")(tail.tail)
app.command(epilog="Example: waypost metrics --metric users --group-by account")(metrics.metrics)
app.command(epilog="Example: waypost funnel 'Signed up' 'Created report[info.plan=pro]'")(
    funnels.funnel
)
app.command(epilog="Example: waypost retention --interval month --per account")(retention.retention)
app.command(epilog="Example: waypost paths Exported --window 10m")(paths.paths)
app.command(epilog="Example: waypost quiet --days 14 --kind quiet --kind fell")(quiet.quiet)
app.command(epilog="Example: waypost ask 'Weekly events' last=12w --table")(ask.ask)
app.command(epilog="Example: waypost questions --table")(ask.questions)
app.command(epilog="Example: waypost sql 'SELECT day, count(*) FROM events GROUP BY 1'")(sql.sql)
app.command(epilog="Example: waypost aggregate")(numbers.aggregate)
app.command(epilog="Example: waypost replay --inbox")(numbers.replay)
app.command(epilog="Example: waypost tenant Acme --stack waypost")(tenants.tenant)
app.command(epilog="Example: waypost snippet --sri")(snippet.snippet)
app.command(epilog="Example: waypost verify https://shop.example/")(verify.verify)


def run() -> None:
    """Runs the command that the process was started with, and exits."""
    # A name with half a surrogate pair must not end the output in the middle.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app(prog_name="waypost")
    except Failure as failure:
        note(f"waypost: {failure.message}")
        sys.exit(failure.code)
