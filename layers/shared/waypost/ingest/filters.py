"""
Rules for actions, visibly applied: what a tenant does not want, or wants in another form.

A rule may be about one site. The site of an event is the name that its sender declared in the
query of the URL (`?site=shop`); else the host of the page that it names, in its `page` or where
senders put an address into properties; else none, and no rule of a site is about it.
"""

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache
from operator import attrgetter
from typing import Any

from waypost.event import Event, ItemError, ItemIgnored
from waypost.sources import synerise_actions
from waypost.tenants import Rule

_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#]*@)?([^/?#:]+)", re.IGNORECASE)
_action = attrgetter("action")
_ADDRESSES = ("url", "uri", "pageUrl")
_Globs = tuple[tuple[str, re.Pattern[str]], ...]


class Policy:
    """The rules that one reception comes under."""

    def __init__(self, source: str, rules: tuple[Rule, ...], site: str) -> None:
        self._source, self._rules, self._site = source, rules, site
        # Otherwise an action is all that the rules ask for.
        self._is_by_page = not site and any(rule.site is not None for rule in rules)

    def admits_all(self, events: list[Event]) -> bool:
        """Whether all of many events pass, where that can be told by their few actions."""
        if self._is_by_page or not events:
            return not events
        try:
            for action in set(map(_action, events)):
                _check_action(action, of_site(self._rules, self._source, self._site))
        except ItemError:
            return False
        return True

    def check(self, event: Event) -> None:
        """As `check`."""
        check(event, self._source, self._rules, self._site)


def check(event: Event, source: str, rules: tuple[Rule, ...], site: str = "") -> None:
    """Raises `ItemIgnored` naming the rule that an event's action falls under, and `ItemError`
    where a rule wants actions in a form that this one has not.

    `site` is the declared one. What has no action passes: traits, and time spent without one.
    """
    if event.action is None:
        return
    if not site and any(rule.site is not None for rule in rules):
        site = _host(event)
    _check_action(event.action, of_site(rules, source, site))


def _check_action(action: str | None, about: list[Rule]) -> None:
    if action is None:
        return
    _check_lists(action, about)
    if any(rule.short_actions for rule in about):
        synerise_actions.checked(action)


def of_site(rules: Iterable[Rule], source: str, site: str) -> list[Rule]:
    """The rules that are about events of a source at a site, which is empty where none is known."""
    name = site.casefold()
    return [
        rule
        for rule in rules
        if rule.source in (None, source) and (rule.site is None or _site(rule.site).match(name))
    ]


def _check_lists(action: str, rules: list[Rule]) -> None:
    # Denies first: they win over the allow list.
    for glob, pattern in (entry for rule in rules for entry in _patterns(rule.deny)):
        if pattern.match(action):
            raise ItemIgnored("denied", f'the deny list holds "{glob}"', "action")
    allows = [entry for rule in rules for entry in _patterns(rule.allow)]
    if allows and not any(pattern.match(action) for _, pattern in allows):
        raise ItemIgnored("not_allowed", "no entry of the allow list fits the action", "action")


def _host(event: Event) -> str:
    """The host of the first address among those that senders give for the page."""
    properties = event.properties or {}
    context: Any = properties.get("context")
    page: Any = context.get("page") if isinstance(context, dict) else None
    given = [event.page, *map(properties.get, _ADDRESSES)]
    given.append(page.get("url") if isinstance(page, dict) else None)
    hosts = (_HOST.match(address) for address in given if isinstance(address, str))
    return next((host[1] for host in hosts if host), "")


# Globs are compiled once, not for each event.
@lru_cache(maxsize=256)
def _patterns(globs: tuple[str, ...]) -> _Globs:
    return tuple((glob, re.compile(translate(glob))) for glob in globs)


@lru_cache(maxsize=256)
def _site(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob.casefold()))
