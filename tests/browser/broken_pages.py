"""Broken pages: what scripts of others, old libraries and names in the markup do to a page."""

from dataclasses import dataclass, field
from typing import Any

_CUBOT = (
    "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20 PRO) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/109.0.5414.117 Mobile Safari/537.36"
)
# As monitoring does that follows requests through servers.
_TRACED = """const fetches = window.fetch; window.fetch = (url, given) => {
  const headers = new Headers(given && given.headers);
  headers.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  headers.set("baggage", "page=home");
  return fetches(url, { ...given, headers }); };"""
_READ = """const fetches = window.fetch; window.fetch = (...given) => fetches(...given)
  .then((answer) => answer.text().then(() => answer));"""
_THENABLE = """const fetches = window.fetch; window.fetch = (...given) => {
  const promise = fetches(...given); return { then: (...both) => promise.then(...both) }; };"""
_TYPED = """const sends = navigator.sendBeacon; navigator.sendBeacon = (url, body) => {
  sends.call(navigator, url, new Blob([body], { type: "application/json" })); };"""


@dataclass(frozen=True, slots=True)
class Broken:
    """`before` runs before the script is there, `after` once it is; `markup` stands in the body."""

    before: str = ""
    after: str = ""
    markup: str = ""
    visitor: dict[str, Any] = field(default_factory=dict)


def _replaced(owner: str, name: str, by: str) -> str:
    return f'Object.defineProperty({owner}, "{name}", {{ configurable: true, {by} }});'


BROKEN = {
    "control": Broken(),
    "history that cannot be changed": Broken("Object.freeze(history);"),
    "pushState that is read-only": Broken(
        'Object.defineProperty(history, "pushState", { value: history.pushState });'
    ),
    "a navigation of the page's own": Broken("var navigation = { open: false };"),
    "arrays that tell themselves as text": Broken(
        "Array.prototype.toJSON = function () { return `[${this.map((v) => JSON.stringify(v))}]` };"
    ),
    "objects that tell themselves as text": Broken(
        "Object.prototype.toJSON = function () { return String(this) };"
    ),
    "fetch that adds headers": Broken(_TRACED),
    "fetch that reads the answer": Broken(_READ),
    "fetch that returns no promise": Broken(_THENABLE),
    "fetch that is broken later": Broken(after="window.fetch = () => { throw new Error('no') };"),
    "beacons of another type": Broken(_TYPED),
    "a network that says it is none": Broken(
        _replaced("Navigator.prototype", "onLine", "get: () => false")
    ),
    "a phone that is called like a robot": Broken(visitor={"user_agent": _CUBOT}),
    "no storage": Broken(_replaced("window", "localStorage", "get() { throw new Error('no') }")),
    "storage that is null": Broken(_replaced("window", "localStorage", "value: null")),
    "cookies that throw": Broken(
        _replaced("document", "cookie", "get() { throw 1 }, set() { throw 2 }")
    ),
    "no crypto and no chance": Broken(
        _replaced("window", "crypto", "value: undefined") + "Math.random = () => 0.5;"
    ),
    "JSON that is replaced later": Broken(after="window.JSON = { parse() {}, stringify() {} };"),
    "dates that are replaced later": Broken(after="window.Date = function () { return {} };"),
    "no promises": Broken(after="window.Promise = undefined;"),
    "no addresses, no forms, no console": Broken(
        "delete window.URLSearchParams; delete window.URL; delete window.FormData;"
        "window.console = {};"
    ),
    "errors that throw again": Broken("window.onerror = () => { throw new Error('again') };"),
    "clicks that go no further": Broken(
        'document.addEventListener("click", (event) => event.stopImmediatePropagation(), true);'
    ),
    "functions of arrays that are older than the standard": Broken(
        "Array.from = (list) => []; Array.prototype.last = function () {};"
        'Object.prototype.extra = "inherited";'
    ),
    "names that stand for the document's": Broken(
        markup='<form name="addEventListener"></form><form name="title"></form>'
        '<img name="head" alt=""><img name="cookie" alt=""><img name="hidden" alt="">'
    ),
}
