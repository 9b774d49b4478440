"""Site: the customer's own website, kept in memory, under a content security policy."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.server import Handler, Server

NONCE = "bm9uY2U"


@dataclass(slots=True)
class Served:
    """One page as it goes to the browser."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def policy(waypost: str) -> str:
    """The strictest policy that Waypost promises to work under."""
    return (
        f"default-src 'none'; script-src {waypost} 'nonce-{NONCE}'; connect-src {waypost}; "
        "base-uri 'none'; form-action 'self'"
    )


class Site(Server):
    """A web server on a port of its own: another origin than Waypost's.

    `seen` has the path and query of each GET, oldest first.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Served] = {}
        self.seen: list[str] = []
        super().__init__(_handler(self))
        self.url = f"http://localhost:{self.port}"

    def put(self, path: str, body: str, csp: str | None) -> None:
        """Publishes a page; `csp` is its policy, None where the site has none."""
        headers = {"Content-Type": "text/html; charset=utf-8"}
        if csp is not None:
            headers["Content-Security-Policy"] = csp
        self.pages[path] = Served(body.encode(), headers)

    def page(self, path: str) -> Served | None:
        return self.pages.get(urlsplit(path).path)


def _handler(site: Site) -> type[Handler]:
    class Serving(Handler):
        def do_GET(self) -> None:
            site.seen.append(self.path)
            page = site.page(self.path)
            served = page or Served(b"")
            self.send_response(200 if page or self.path == "/favicon.ico" else 404)
            for name, value in served.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(served.body)))
            self.end_headers()
            self.wfile.write(served.body)

        def do_POST(self) -> None:  # a form was submitted
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

    return Serving
