"""
Umami, the peer of `make peers`: built under .tools/peers from its source, run beside a Postgres.

UMAMI_SOURCE is where its git repository is. Installed once; what fails there leaves the peer out.
"""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from waypost.local.emulator import free_port

ROOT = Path(__file__).parents[2]
VERSION = "3.1.0"
SOURCE = os.environ.get("UMAMI_SOURCE", "https://github.com/umami-software/umami.git")
TOOLS = ROOT / ".tools" / "peers"
HOME = TOOLS / f"umami-{VERSION}"
WEBSITE = str(uuid4())
_READY = HOME / ".ready"
_LOG = TOOLS / "install.log"
_POSTGRES = Path("/usr/lib/postgresql")
_START_SECONDS = 60


class Missing(Exception):
    """Why Umami cannot be run on this machine."""


def install() -> None:
    """Builds Umami, unless it is there. Raises `Missing` where this machine cannot."""
    for tool in ("git", "node", "npm"):
        if shutil.which(tool) is None:
            raise Missing(f"{tool} is not on this machine")
    _postgres()
    if _READY.exists():
        return
    shutil.rmtree(HOME, ignore_errors=True)
    TOOLS.mkdir(parents=True, exist_ok=True)
    _run("git", "clone", "--depth=1", f"--branch=v{VERSION}", SOURCE, str(HOME), cwd=TOOLS)
    _without_downloads()
    npm = ("npm", "install", "--no-audit", "--no-fund", "--prefix", str(TOOLS / "pnpm"), "pnpm@10")
    _run(*npm, cwd=TOOLS)
    pnpm = str(TOOLS / "pnpm/node_modules/.bin/pnpm")
    _run(pnpm, "install", "--frozen-lockfile", "--ignore-scripts", cwd=HOME)
    _run("node_modules/.bin/prisma", "generate", cwd=HOME)
    _run("node_modules/.bin/next", "build", cwd=HOME)
    _READY.touch()


def _without_downloads() -> None:
    """Its pages take a font from the network while they are built; the routes measured do not."""
    layout = HOME / "src/app/layout.tsx"
    lines = layout.read_text().partition("const inter = Inter({")
    imports = lines[0].replace("import { Inter } from 'next/font/google';\n", "")
    rest = lines[2].partition("});")[2]
    layout.write_text(f"{imports}const inter = {{ className: '', variable: '' }};{rest}")


def _run(*command: str, cwd: Path) -> None:
    environment = {
        **os.environ,
        "NEXT_TELEMETRY_DISABLED": "1",
        "DATABASE_URL": "postgresql://umami@127.0.0.1/umami",
        # Generating a client needs no engine, which would be downloaded.
        "PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true",
    }
    with _LOG.open("ab") as log:
        done = subprocess.run(
            command, cwd=cwd, env=environment, stdout=log, stderr=log, check=False
        )
    if done.returncode:
        raise Missing(f"`{' '.join(command[:3])}` failed; see {_LOG.relative_to(ROOT)}")


def _postgres() -> Path:
    """Where Debian's Postgres has its programs. Raises `Missing`."""
    for folder in sorted(_POSTGRES.glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    raise Missing("Debian's postgresql is not installed")


@contextmanager
def running(home: Path) -> Iterator[tuple[str, list[int], "Database"]]:
    """Umami's URL, the processes that it takes, and its database, with one website in it."""
    with _database(home) as database:
        port = free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": f"postgresql://umami@127.0.0.1:{database.port}/umami",
            "APP_SECRET": "benchmark",
            "DISABLE_BOT_CHECK": "1",
            "NODE_ENV": "production",
        }
        with (home / "umami.log").open("wb") as log:
            server = subprocess.Popen(
                ["node_modules/.bin/next", "start", "-H", "127.0.0.1", "-p", str(port)],
                cwd=HOME,
                env=environment,
                stdout=log,
                stderr=log,
            )
            try:
                url = f"http://127.0.0.1:{port}"
                _wait(f"{url}/api/heartbeat")
                yield url, [server.pid, database.pid], database
            finally:
                server.terminate()
                server.wait(30)


def _wait(url: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=5)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise Missing("Umami did not start")


class Database:
    """A Postgres of its own, set as Debian sets it."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid

    def ask(self, sql: str) -> str:
        """What a statement answers, without decoration."""
        place = f"postgresql://umami@127.0.0.1:{self.port}/umami"
        command = [str(_postgres() / "psql"), place, "-qAtv", "ON_ERROR_STOP=1", "-f", "-"]
        done = subprocess.run(command, input=sql, text=True, capture_output=True, check=True)
        return done.stdout.strip()

    def events(self) -> int:
        return int(self.ask("SELECT count(*) FROM website_event"))


@contextmanager
def _database(home: Path) -> Iterator[Database]:
    data, port = home / "postgres", free_port()
    data.mkdir()
    if os.geteuid() == 0:  # it refuses to be run by root
        shutil.chown(data, "postgres")
        home.chmod(0o755)
    programs, user = _postgres(), ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    made = [*user, str(programs / "initdb"), "-D", str(data), "-U", "umami", "--auth=trust"]
    subprocess.run(made, check=True, capture_output=True, cwd="/")
    options = ["-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(data)]
    with (home / "postgres.log").open("wb") as log:
        server = subprocess.Popen(
            [*user, str(programs / "postgres"), *options], stdout=log, stderr=log, cwd="/"
        )
        try:
            database = Database(port, server.pid)
            _create(database, programs)
            yield database
        finally:
            server.terminate()
            server.wait(30)


def _create(database: Database, programs: Path) -> None:
    place = ["-h", "127.0.0.1", "-p", str(database.port), "-U", "umami"]
    ready = [str(programs / "pg_isready"), *place]
    until = time.monotonic() + _START_SECONDS
    while subprocess.run(ready, check=False, capture_output=True).returncode:
        if time.monotonic() > until:
            raise Missing("Postgres did not start")
        time.sleep(0.1)
    subprocess.run([str(programs / "createdb"), *place, "umami"], check=True)
    for migration in sorted((HOME / "prisma/migrations").glob("*/migration.sql")):
        database.ask(migration.read_text())
    database.ask(f"INSERT INTO website (website_id, name) VALUES ('{WEBSITE}', 'Benchmark')")
