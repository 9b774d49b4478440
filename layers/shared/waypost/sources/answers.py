"""What a door answers once every item of a request is judged."""

from waypost.event import Reject


def told(
    body: dict[str, object], processed: int, rejects: list[Reject]
) -> tuple[dict[str, object], int]:
    """The body and 200; 400 with the first reason before it where not one item could be taken."""
    # Never 400 for a part: Segment's, RudderStack's and Moesif's clients drop the whole batch then.
    if processed or not rejects:
        return body, 200
    return {"code": rejects[0].code, "message": rejects[0].message, **body}, 400


def empty(processed: int, rejects: list[Reject]) -> tuple[dict[str, object], int]:
    """`{}` and 200, also where some items are bad: the ledger tells which, and no client looks.

    400 with the first reason where not one item could be taken.
    """
    return told({}, processed, rejects)
