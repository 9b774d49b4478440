"""Allow and deny lists for actions: what a tenant does not want is left out, visibly."""

import re
from fnmatch import translate
from functools import lru_cache

from waypost.event import Event, ItemIgnored
from waypost.tenants import Rule


def check(event: Event, source: str, rules: tuple[Rule, ...]) -> None:
    """Raises `ItemIgnored` naming the rule that an event's action falls under.

    What has no action passes: traits, and time spent without one.
    """
    if event.action is None:
        return
    allows, denies = _patterns(source, rules)
    # Denies first: they win over the allow list.
    for glob, pattern in denies:
        if pattern.match(event.action):
            raise ItemIgnored("denied", f'the deny list holds "{glob}"', "action")
    if allows and not any(pattern.match(event.action) for _, pattern in allows):
        raise ItemIgnored("not_allowed", "no entry of the allow list fits the action", "action")


_Patterns = tuple[tuple[str, re.Pattern[str]], ...]


# Rules are frozen, and so can be a key: globs are compiled once, not for each event.
@lru_cache(maxsize=256)
def _patterns(source: str, rules: tuple[Rule, ...]) -> tuple[_Patterns, _Patterns]:
    mine = [rule for rule in rules if rule.source in (None, source)]
    return (
        tuple((glob, re.compile(translate(glob))) for rule in mine for glob in rule.allow),
        tuple((glob, re.compile(translate(glob))) for rule in mine for glob in rule.deny),
    )
