"""Marks: up to where what landed is read."""

from collections.abc import Iterable, Set

from waypost import times
from waypost.lake.records import LandingObject
from waypost.times import HOUR_MS

# A function that took its hour before it wrote may still land an object behind a listing.
OVERLAP_MS = 2 * HOUR_MS


def moved(
    since: str, started: int, objects: Iterable[LandingObject], read: Set[bytes]
) -> tuple[str, frozenset[bytes]]:
    """The hour and names of a mark that was at the hour `since`, once those names are `read` of
    the `objects` that were listed from there on, at `started` (epoch ms).

    It lies a safe overlap behind the listing, or at the first hour that is not read to its end.
    """
    listed = list(objects)
    unread = [landed.hour for landed in listed if landed.name not in read]
    hour = max(since, min([times.hour(started - OVERLAP_MS), *unread]))
    names = (landed.name for landed in listed if landed.hour >= hour and landed.name in read)
    return hour, frozenset(names)
