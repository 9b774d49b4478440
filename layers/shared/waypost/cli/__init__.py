"""
The command line. Data goes to stdout; bars and messages go to stderr.

app          options that all commands share, and the one place where errors end
connection   which Waypost, which tenant, which token
load         files in: source (rows of a file), transfer (up, and until its last row is matched),
             rejects (rows that were refused), progress (bars and lines)
batches      the files that came in, and how far one of them is
tail         the newest events
numbers      metrics, and the hourly job that makes them
sql          SQL on this machine: sql_place (whose files), sql_query (what it may do), sql_output
snippet      the lines that a web page needs; verify: whether they work there
tenants      a new tenant of a deployed stack
dev          the local default
output       words and tables for people, lines for programs
"""

import sys


def main() -> None:
    """Runs the command line."""
    try:
        from waypost.cli.app import run
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("waypost"):
            raise
        sys.exit(
            f"the command line needs {error.name}; install it with: pip install 'waypost[cli]'"
        )
    run()
