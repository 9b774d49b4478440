"""Chromium as a distribution packages it, driven through its executable path."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, BrowserType

from tests import effort
from waypost.cli.verify import installed

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-blink-features=AutomationControlled",  # a person's browser, unless a test says else
    "--host-resolver-rules=MAP *.example 127.0.0.1",
]
# Playwright switches these off by default; pages that come back whole are one of the promises.
KEPT = ["--disable-back-forward-cache"]
PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)


@cache
def missing() -> str | None:
    """Why no page can be opened on this machine, or None where one can."""
    program = installed()
    if program is None:
        return "Chromium is not on this machine; `make chromium` as root installs Debian's"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"{program} does not start: {done.stderr.strip()[-200:]}"
    return None


@contextmanager
def undriven(address: str) -> Iterator[None]:
    """Chromium shows a page with nobody at its wheel: a driven one prerenders no other page."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(installed()), "--headless", *ARGUMENTS, f"--user-data-dir={profile}"]
        process = subprocess.Popen(
            [*command, "--remote-debugging-port=0", address], stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def launch(kind: BrowserType, whole: bool = effort.LEVEL == "soak") -> Browser:
    """Chromium, or where there is one its headless shell, which takes half the time.

    The shell cuts off what a page is sending as it leaves, keepalive or not; `whole` Chromium
    does not, as with people.
    """
    shell = None if whole else shutil.which("chromium-headless-shell")
    return kind.launch(
        executable_path=shell or installed(), args=ARGUMENTS, ignore_default_args=KEPT
    )
