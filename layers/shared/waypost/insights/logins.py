"""
Which events are logins.

| sender                           | its logins                                                    |
|----------------------------------|---------------------------------------------------------------|
| Natero                           | `login`                                                       |
| Synerise                         | `client.login`                                                |
| KinesinLMS                       | `kinesinlms.core.user.login`                                  |
| Planhat, Segment, Moesif, others | "Logged in", "Signed In", "User Login" and the like, in words |

Capitals, spaces, `_`, `-` and `.` make no difference. A feature is none, whatever it is called:
Natero's senders name it as the action too.
"""

from waypost.lake.sql import quoted

COLUMNS = ("action", "feature")
_WORDS = ("login", "loggedin", "logon", "loggedon", "signin", "signedin", "signon", "signedon")
_WHO = ("", "user", "client", "customer")
_SPELLED = (*(f"{who}{word}" for who in _WHO for word in _WORDS), "kinesinlmscoreuserlogin")


def condition(of: str = "") -> str:
    """The SQL condition over `COLUMNS` of activity, of the relation `of` where there are several;
    it may be NULL for false.
    """
    of = f"{of}." if of else ""
    spelled = f"translate(lower({of}action), ' _-.', '')"
    return (
        f"{spelled} IN ({', '.join(map(quoted, _SPELLED))}) "
        f"AND {of}feature IS DISTINCT FROM {of}action"
    )
