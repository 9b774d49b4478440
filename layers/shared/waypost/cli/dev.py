"""`waypost dev`: the local default."""

import contextlib
import os
import socket
from importlib.util import find_spec
from pathlib import Path

import waypost
from waypost.cli.output import USAGE, Failure

_DEFAULT_PORT = "3000"
_LAST_PORT = 65_535
_EXTRA = ("ministack", "samtranslator", "uvicorn")


def dev() -> None:
    """Runs all of Waypost on this machine, until Ctrl-C.

    WAYPOST_PORT changes the port (3000), WAYPOST_HOME the folder of its state (.waypost).
    """
    root = checkout(Path.cwd())
    if missing := [name for name in _EXTRA if find_spec(name) is None]:
        needs = ", ".join(missing)
        raise Failure(
            f"the local default needs {needs}; install it with: pip install -e '.[local]'"
        )
    _check_port(os.environ.get("WAYPOST_PORT") or _DEFAULT_PORT)
    from waypost.local import server

    with contextlib.suppress(KeyboardInterrupt):
        server.serve(root)


def checkout(here: Path) -> Path:
    """The checkout that holds a folder, or else the one that this package runs from."""
    package = Path(waypost.__file__).resolve()
    for folder in [here, *here.parents, *package.parents]:
        if (folder / "template.yaml").is_file() and (folder / "layers/shared/waypost").is_dir():
            return folder
    raise Failure(
        f"no template.yaml of Waypost in {here} or above; run this in its checkout", USAGE
    )


def _check_port(text: str) -> None:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _LAST_PORT):
        raise Failure(f'WAYPOST_PORT is "{text}"; give a port number such as 3000', USAGE)
    with socket.socket() as probe:
        # As the server will bind it: a port that was left a moment ago counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise Failure(
                f"port {text} cannot be used ({error.strerror}); "
                f"take another: WAYPOST_PORT={int(text) % _LAST_PORT + 1} waypost dev"
            ) from error
