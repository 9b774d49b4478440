"""
Statuses: what each door answers in each situation.

The one place where a status is chosen. A client that drops what it is refused must never be
refused for Waypost's own trouble, so every door sheds load with a status that its clients send
again; `tests/clients` holds that against the shipped clients.
"""

from msgspec import Struct

from waypost.errors import Unauthorised, Unavailable, WaypostError

RETRY_AFTER_SECONDS = 5


class Door(Struct, frozen=True):
    """The statuses of one door. `challenge` goes with `unauthorised`, if there is one."""

    taken: int = 200
    unauthorised: int = 401
    overloaded: int = 503
    challenge: str | None = 'Basic realm="waypost"'


DOORS = {
    "api": Door(challenge='Bearer realm="waypost"'),
    "planhat": Door(),
    "segment": Door(),
    "moesif": Door(),
    # 202 here, 201 and 403 at KinesinLMS: what those services answer by their own documents.
    "synerise": Door(taken=202, challenge='Bearer realm="waypost"'),
    "natero": Door(),
    "kinesin": Door(taken=201, unauthorised=403, challenge=None),
    "models": Door(challenge='Bearer realm="waypost"'),
}


def of(error: WaypostError, door: str) -> int:
    """The status that a door answers an error with."""
    if isinstance(error, Unavailable):
        return DOORS[door].overloaded
    if isinstance(error, Unauthorised):
        return DOORS[door].unauthorised
    return error.status
