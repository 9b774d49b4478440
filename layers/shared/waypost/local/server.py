"""`waypost dev`: emulator, stack, demo tenant and edge in one process, until Ctrl-C."""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import uvicorn

from waypost.local import bridges, demo, edge, stack, template
from waypost.local.emulator import Emulator
from waypost.local.functions import deployed
from waypost.local.gateway import GatewayResponses
from waypost.local.routes import Routes
from waypost.local.workers import Workers
from waypost.storage.dynamo import Table

DEFAULT_PORT = 3000
# The one that the welcome shows.
_FIRST_DOOR = "PlanhatFunction"


class _Server(uvicorn.Server):
    """Tells that it is ready once it is, and only then warms what will be asked first."""

    def __init__(self, config: uvicorn.Config, welcome: Callable[[], str], door: Workers) -> None:
        super().__init__(config)
        self._welcome = welcome
        self._door = door
        self._warming: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(self._welcome(), flush=True)
            self._warming = asyncio.create_task(self._door.warm())


class LocalDefault:
    """The whole local Waypost. `url` serves everything; `outputs` are the stack's."""

    def __init__(self, root: Path, home: Path, port: int) -> None:
        self._root = root
        self._port = port
        self._home = home
        home.mkdir(parents=True, exist_ok=True)
        self.emulator = Emulator(home)
        self.outputs: dict[str, str] = {}
        self._workers: dict[str, Workers] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def deploy(self) -> edge.Edge:
        """Starts the emulator, deploys the template; the edge that is to be served."""
        self.emulator.start()
        sqs = stack.client("sqs", self.emulator.url)
        bridges.release_in_flight(sqs, self.emulator.state / "sqs.json")
        self.outputs = stack.deploy(self._root, self.emulator.url)
        dynamodb = stack.client("dynamodb", self.emulator.url)
        demo.create(Table(dynamodb, self.outputs["DirectoryTable"]))
        details = {"url": self.url, "aws": self.emulator.url, "outputs": self.outputs}
        (self._home / "local.json").write_text(json.dumps(details))
        return self._edge()

    def _edge(self) -> edge.Edge:
        read = template.read((self._root / "template.yaml").read_text())
        functions = deployed(
            read,
            stack.functions(stack.client("cloudformation", self.emulator.url)),
            root=self._root,
            url=self.emulator.url,
            client=stack.client("lambda", self.emulator.url),
        )
        log = self._home / "functions.log"
        self._workers = {name: Workers(each, log) for name, each in functions.items()}
        return edge.Edge(
            api=self.outputs["ApiId"],
            routes=Routes(read.routes),
            responses=GatewayResponses(read.responses),
            functions=self._workers,
        )

    def serve(self) -> None:
        """Serves until Ctrl-C or SIGTERM, then stops the emulator with its state on disk."""
        started = time.monotonic()
        try:
            app = self.deploy()
            _Server(
                uvicorn.Config(
                    app,
                    host="127.0.0.1",
                    port=self._port,
                    log_level="warning",
                    access_log=False,
                    server_header=False,
                    # Else a client could name its own address.
                    proxy_headers=False,
                ),
                lambda: _welcome(self.url, time.monotonic() - started),
                self._workers[_FIRST_DOOR],
            ).run()
        finally:
            print("stopping; the state stays in the folder", file=sys.stderr)
            for workers in self._workers.values():
                workers.stop()
            self.emulator.stop()


def serve(root: Path) -> None:
    """Runs the local default with `WAYPOST_PORT` and `WAYPOST_HOME`."""
    port = int(os.environ.get("WAYPOST_PORT", DEFAULT_PORT))
    home = Path(os.environ.get("WAYPOST_HOME", root / ".waypost")).resolve()
    _compile_once(home)
    LocalDefault(root, home, port).serve()


def _compile_once(home: Path) -> None:
    """What one process compiled the next ones read, whatever the shell says of bytecode.

    A dozen are started, and most of their time they would compile the same.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(home / "bytecode"))


def _welcome(url: str, seconds: float) -> str:
    return f"""\
Waypost is ready at {url} ({seconds:.1f} s). Ctrl-C stops it.

  tenant  {demo.TENANT}
  token   {demo.TOKEN}
  API     {url}/api/v1/events

Send an event:

  curl -X POST {url}/analytics/{demo.TENANT} \\
    -d '{{"email":"ann@acme.com","companyExternalId":"acme","action":"Logged in"}}'

See it:  .venv/bin/waypost tail
"""
