"""What a customer's web pages fetch: the tracking script, and which actions it may send."""

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256, sha384

from waypost.ingest import filters
from waypost.sources.synerise_actions import SHORT_ACTION
from waypost.tenants import Rule

SOURCE = "planhat"
_ANY = "[\\s\\S]"
_TYPE = {
    "Content-Type": "application/javascript; charset=utf-8",
    # A browser compares `integrity` only with what the page may read.
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True, slots=True)
class Script:
    """One build of a file of the browser script: `plantrack`, or `na`, which the first fetches."""

    body: bytes
    file: str = "plantrack"

    @property
    def hash(self) -> str:
        return sha256(self.body).hexdigest()[:16]

    @property
    def latest(self) -> str:
        """The name under which whatever is newest is served."""
        return f"{self.file}.min.js"

    @property
    def name(self) -> str:
        """`plantrack.{hash}.min.js`: what is fetched under it never changes."""
        return f"{self.file}.{self.hash}.min.js"

    @property
    def integrity(self) -> str:
        """The value of an `integrity` attribute that lets a browser run this build alone."""
        return "sha384-" + b64encode(sha384(self.body).digest()).decode()

    @property
    def etag(self) -> str:
        # Weak, since one build goes out both plain and compressed.
        return f'W/"{self.hash}"'

    def headers(self, *, immutable: bool) -> dict[str, str]:
        """Five minutes for the name that stays, a year for the one that changes with its bytes."""
        age = "max-age=31536000, immutable" if immutable else "max-age=300"
        return {**_TYPE, "Cache-Control": f"public, {age}", "ETag": self.etag}

    def is_known(self, if_none_match: str) -> bool:
        """Whether the browser already holds this build, by the header of that name."""
        known = {etag.strip().removeprefix("W/") for etag in if_none_match.split(",")}
        return "*" in known or f'"{self.hash}"' in known

    def is_named(self, name: str) -> bool:
        """Whether a hashed name is this build's; those of other builds are gone."""
        return name == self.name


def lists(rules: tuple[Rule, ...], site: str = "") -> dict[str, object]:
    """`{"allow", "deny", "actions", "unwanted"}`: the rules for events of the script at a site.

    `actions` is a JavaScript expression that an action must fit, and `unwanted` one of those that
    need not be sent, for not fitting it or for a glob; each is empty for none. The server applies
    all of it in any case, so a glob that only it can read (`[a-z]`) is left to it.
    """
    mine = filters.of_site(rules, SOURCE, site)
    allow = [glob for rule in mine for glob in rule.allow]
    deny = [glob for rule in mine for glob in rule.deny]
    form = f"^{SHORT_ACTION}$" if any(rule.short_actions for rule in mine) else ""
    unwanted = _unwanted(allow, deny, form)
    return {"allow": allow, "deny": deny, "actions": form, "unwanted": unwanted}


def _unwanted(allow: list[str], deny: list[str], form: str) -> str:
    """A pattern of the actions that need not be sent; it never fits an empty text, since an event
    without an action is filtered by nobody."""
    parts = []
    # A class of characters means something else in a regular expression: such a glob is left out,
    # and an allow list that holds one decides nothing here.
    plain = [glob for glob in deny if "[" not in glob]
    if plain:
        parts.append(f"(?:{_either(plain)})$")
    if allow and not any("[" in glob for glob in allow):
        parts.append(f"(?!(?:{_either(allow)})$)")
    if form:
        parts.append(f"(?!{form})")
    return f"^(?={_ANY})(?:{'|'.join(parts)})" if parts else ""


def _either(globs: list[str]) -> str:
    wild = {"*": f"{_ANY}*", "?": _ANY}
    return "|".join("".join(wild.get(char) or re.escape(char) for char in glob) for glob in globs)
