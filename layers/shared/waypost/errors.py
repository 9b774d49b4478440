"""
Every failure that a sender or reader of Waypost can see, as one tree.

WaypostError
├── Refused            the caller must change something
│   ├── Malformed      400  the body as a whole cannot be read
│   ├── BadQuery       400  a query parameter is not understood
│   │   └── BadCursor       a cursor that no page gave out
│   ├── Unauthorised   401  missing or unknown token
│   ├── Forbidden      403  the token lacks the scope
│   ├── NotFound       404  no such tenant, batch, account, user
│   ├── TooLarge       413  above a documented bound; names the upload door
│   ├── TooLong        422  no answer has time or room for it; questions go on as jobs
│   │   └── TooMuch         the answer would be larger than one may be
│   └── Unsupported    415  a content encoding that nobody here reads
└── Unavailable        503  a dependency failed; the same call will work later
    ├── Gone                an object was replaced by another while it was read
    └── CallFailed          a dependency refused a call for good: its operator must look

A single bad item of a request is none of these, since its neighbours are taken: it stands in the
answer and in the ledger as a `Reject` (`waypost.event`), made from what its source raised.

ItemError              "rejected"  the sender must change the item
└── ItemIgnored        "ignored"   the sender's own rules leave it out of the count
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class WaypostError(Exception):
    """Base of the tree. `code` is stable and machine-readable, `message` is for a person."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, *, code: str | None = None, **extra: object) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.extra = extra

    def body(self) -> dict[str, object]:
        """The JSON body of the answer: `{"code", "message", …}`."""
        return {"code": self.code, "message": self.message, **self.extra}


class Refused(WaypostError):
    status = 400
    default_code = "refused"


class Malformed(Refused):
    default_code = "malformed_body"


class BadQuery(Refused):
    default_code = "bad_query"


class BadCursor(BadQuery):
    default_code = "bad_cursor"

    def __init__(self) -> None:
        super().__init__("cursor is not one that an answer gave out")


class Unauthorised(Refused):
    status = 401
    default_code = "unauthorised"


class Forbidden(Refused):
    status = 403
    default_code = "forbidden"


class NotFound(Refused):
    status = 404
    default_code = "not_found"


class TooLarge(Refused):
    status = 413
    default_code = "body_too_large"


class TooLong(Refused):
    """Raised where an answer would take longer, or hold more, than one may."""

    status = 422
    default_code = "question_too_long"


class TooMuch(TooLong):
    """Raised while an answer is made that no response can hold: all of it has to be a file."""

    default_code = "answer_too_large"

    def __init__(self) -> None:
        super().__init__("this is more than one answer holds; ask for pages of it, with limit")


class Unsupported(Refused):
    status = 415
    default_code = "unsupported_encoding"


class Unavailable(WaypostError):
    status = 503
    default_code = "unavailable"


class CallFailed(Unavailable):
    """AWS refused a call for good; `refusal` is its error code, `answer` all that it said."""

    def __init__(self, refusal: str, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__("a part of Waypost is missing or misconfigured; its operator must look")
        self.refusal = refusal
        self.answer = answer or {}

    def __str__(self) -> str:
        # For the log alone: senders read `message`.
        return f"{self.message}: {self.refusal}"


class Gone(Unavailable):
    """Raised for an object that is not there, or no longer; whoever knows a newer one goes on."""

    def __init__(self) -> None:
        super().__init__("what was read was replaced meanwhile; ask again")
