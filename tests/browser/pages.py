"""Pages of the customer's site: the snippet as its users have it, and what is built around it."""

import json
from typing import Any

from tests.browser.site import NONCE

# The documented shape: an array that queues, three methods that push, `load` and `_endpoint`. The
# address of the script is fixed inside, as in every copy that was ever pasted into a page.
DOCUMENTED = """
(function (w, d, t) {
  var p = w.plantrack = w.plantrack || [];
  if (p.load) return;
  ["init", "identify", "track"].forEach(function (name) {
    p[name] = function () {
      p.push([name].concat(Array.prototype.slice.call(arguments)));
    };
  });
  p.load = function (endpoint, initArg) {
    p._endpoint = endpoint;
    if (initArg) p.init(initArg);
    var s = d.createElement(t);
    s.type = "text/javascript";
    s.async = true;
    s.src = "%(script)s";
    var first = d.getElementsByTagName(t)[0];
    first.parentNode.insertBefore(s, first);
  };
})(window, document, "script");
"""

KNOWN = {"accountId": "acme", "userId": "u1"}
IDENTIFY = 'plantrack.identify("u1", {"email": "ada@acme.com", "companyId": "acme"});'
CALLS = f'{IDENTIFY} plantrack.track("One")'


def documented(waypost: str, tenant: str, init: Any = None, calls: str = "") -> str:
    """The snippet, `load`, and calls that the page makes before the script is there."""
    script = DOCUMENTED % {"script": f"{waypost}/analytics/plantrack.min.js"}
    given = "" if init is None else f", {json.dumps(init)}"
    return f'{script}plantrack.load("{waypost}/analytics/{tenant}"{given});\n{calls}'


def inline(script: str) -> str:
    return f'<script nonce="{NONCE}">{script}</script>'


def external(address: str, **attributes: str) -> str:
    named = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<script src="{address}"{named}></script>'


def html(head: str = "", body: str = "", title: str = "Home") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"{head}</head><body>{body}</body></html>"
    )
