"""`waypost verify`: opens a page in Chromium and says whether its tracking works."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from waypost.cli.output import FAILED, USAGE, Failure, data

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# 404 is Planhat's answer, 401 Natero's, where the path holds keys.
_NO_SUCH_TENANT = (401, 404)
_STEP_SECONDS = 0.2
_NOBODY = ", under an id of the browser's own; plantrack.identify tells whose it is"
_SCRIPT = re.compile("/analytics/(plantrack|script/)")
_WATCH = """
window.__refused = [];
window.__reports = [];
{
  const fetches = window.fetch, note = (url, body) =>
    /"created_at".*"account_id"/.test(body) && window.__reports.push(String(url));
  window.fetch = (url, given) => { note(url, given && given.body); return fetches(url, given); };
  navigator.sendBeacon = (url, body) => { note(url, body); return true; };  // nothing is sent by it
}
addEventListener("securitypolicyviolation", (event) => window.__refused.push(
  { directive: event.effectiveDirective, address: event.blockedURI }), true);
"""
# plantrack names its endpoint; where na sends to shows at the latest when the page goes.
_ASK = """async () => {
  dispatchEvent(new Event("pagehide"));
  const script = window.plantrack, cookies = document.cookie;
  const named = script && script._endpoint, endpoint = named || window.__reports[0] || "";
  const lists = endpoint.replace(/[^/]+\\/?$/, "sites/$&"), credentials = "omit";
  const question = named ? { credentials } : { credentials, method: "POST", body: "[]" };
  const status = endpoint && await fetch(named ? lists : endpoint, question)
    .then((answer) => answer.status, () => 0);
  await new Promise((done) => setTimeout(done, 50)); // what a policy stopped is told late
  return {
    has_snippet: !!script, endpoint, status: status || 0, refused: window.__refused,
    has_script: !!script && script.push !== [].push,
    has_user: /(^|; )(_plantrack=[^;]*(externalId|email)|_na=[^;]*user_id)/.test(cookies),
    uses_na: /(^|; )_na=/.test(cookies),
  };
}"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page turned out to be like.

    `endpoint`: where it sends to, empty where it does not; `status`: what it is answered there.
    """

    has_snippet: bool
    has_script: bool
    has_user: bool
    endpoint: str
    status: int
    uses_na: bool = False
    refused: list[dict[str, str]] = field(default_factory=list)

    def is_refused(self, directive: str, part: str) -> bool:
        """Whether the page's own policy stopped something."""
        return any(
            refusal["directive"].startswith(directive) and part in refusal["address"]
            for refusal in self.refused
        )

    def refused_script(self) -> str | None:
        """The address of Waypost's script, where the page's own policy stopped it."""
        for refusal in self.refused:
            is_script = refusal["directive"].startswith("script-src")
            if is_script and _SCRIPT.search(refusal["address"]):
                return refusal["address"]
        return None


def verify(
    url: Annotated[str, typer.Argument(metavar="URL", help="The page to look at.")],
    chromium: Annotated[
        str | None, typer.Option(metavar="PATH", help="Chromium's program.  [default: the PATH's]")
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long the page may take to settle.")] = 5,
) -> None:
    """Opens a page in Chromium and says whether its tracking works.

    Exits with 0 where it does, 1 where something is wrong with the page, 2 where no look could be
    taken. What the page sends meanwhile is marked as a robot's, so that nobody is counted.
    """
    with _page(_executable(chromium)) as page:
        facts = _look(page, url, seconds)
    if (fault := judge(facts)) is not None:
        raise Failure(f"{url}: {fault}", FAILED)
    data(f"{url}: ok{'' if facts.has_user else _NOBODY}")


def judge(facts: Facts) -> str | None:
    """The first thing that is wrong with a page, and its remedy; None where nothing is."""
    return next((fault for is_so, fault in _faults(facts) if is_so), None)


def _faults(facts: Facts) -> list[tuple[bool, str]]:
    host = _origin(facts.endpoint)
    blocked = facts.refused_script()
    inline = not facts.has_snippet and facts.is_refused("script-src", "inline")
    # In the order of a page load: what fails first explains all that fails after it.
    return [
        (inline, "the snippet is blocked by script-src; give it a nonce: waypost snippet --nonce"),
        (
            blocked is not None,
            f"the script is blocked by the page's policy; add {_origin(blocked)} to script-src",
        ),
        (not facts.has_snippet, "there is no snippet; waypost snippet prints it"),
        (
            not facts.endpoint and facts.uses_na,
            "nobody is logged in, so nothing is sent; call login, or give accountId and userId",
        ),
        (not facts.endpoint, "plantrack.load was never called; it names where your Waypost is"),
        (not facts.has_script, "the script did not load; check its address in the snippet"),
        (
            facts.is_refused("connect-src", host),
            f"sending is blocked by the page's policy; add {host} to connect-src",
        ),
        (
            facts.status in _NO_SUCH_TENANT,
            f"there is no tenant at {facts.endpoint}; check what plantrack.load or na is given",
        ),
        (not facts.status, f"{host} cannot be reached from the page"),
    ]


def _origin(address: str | None) -> str:
    return "/".join((address or "").split("/")[:3])


def _look(page: Any, url: str, seconds: float) -> Facts:
    from playwright.sync_api import Error

    page.add_init_script(_WATCH)
    try:
        page.goto(url, timeout=30_000)
        # Playwright's own waiting evaluates text, which a strict policy forbids.
        for _ in range(int(seconds / _STEP_SECONDS)):
            page.wait_for_timeout(_STEP_SECONDS * 1000)
            if page.evaluate("() => !!window.plantrack && plantrack.push !== [].push"):
                break
        page.wait_for_timeout(_STEP_SECONDS * 1000)
        return Facts(**page.evaluate(_ASK))
    except Error as error:
        raise Failure(f"{url} cannot be opened: {error.message.splitlines()[0]}", USAGE) from error


@contextmanager
def _page(executable: str) -> Iterator[Any]:
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            # In a container it runs as root, for whom Chromium has no sandbox.
            browser = playwright.chromium.launch(
                executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
            )
        except Error as error:
            raise Failure(f"{executable} does not start as Chromium", USAGE) from error
        with browser:
            yield browser.new_page()


def installed() -> str | None:
    """The path of this machine's own Chromium."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def _executable(given: str | None) -> str:
    if find_spec("playwright") is None:
        raise Failure(
            "verify needs playwright; install it with: pip install 'waypost[verify]'", USAGE
        )
    program = given or installed()
    if program is None or shutil.which(program) is None:
        raise Failure("no Chromium here; name its program with --chromium", USAGE)
    return program
