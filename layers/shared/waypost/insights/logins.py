"""
Which events are logins, and which of them end a session.

| sender                           | its logins                                                    |
|----------------------------------|---------------------------------------------------------------|
| Natero                           | `login`                                                       |
| Synerise                         | `client.login`                                                |
| KinesinLMS                       | `kinesinlms.core.user.login`                                  |
| Planhat, Segment, Moesif, others | "Logged in", "Signed In", "User Login" and the like, in words |

A session ends with `session.end`, as Synerise and the browser script call it, with Natero's
`logout`, and with "Logged out", "Signed Out" and the like.

Capitals, spaces, `_`, `-` and `.` make no difference. A feature is none, whatever it is called:
Natero's senders name it as the action too.
"""

from collections.abc import Iterable

from waypost.lake.sql import quoted

COLUMNS = ("action", "feature")
_WHO = ("", "user", "client")
_IN = ("login", "loggedin", "logon", "loggedon", "signin", "signedin", "signon", "signedon")
_OUT = ("logout", "loggedout", "logoff", "loggedoff", "signout", "signedout", "sessionend")


def condition(of: str = "") -> str:
    """The SQL condition of logins over `COLUMNS` of activity, behind `of` (as in `e.`) where there
    are several relations; it may be NULL for false.
    """
    return _called((*_by_whom(_IN), "kinesinlmscoreuserlogin"), of)


def ends(of: str = "") -> str:
    """The same of events that end a session."""
    return _called((*_by_whom(_OUT), "sessionended"), of)


def _by_whom(words: Iterable[str]) -> list[str]:
    return [f"{who}{word}" for who in _WHO for word in words]


def _called(words: Iterable[str], of: str) -> str:
    spelled = f"translate(lower({of}action), ' _-.', '')"
    listed = ", ".join(map(quoted, words))
    return f"{spelled} IN ({listed}) AND {of}feature IS DISTINCT FROM {of}action"
