"""Numbers of an anonymous user are those of the person that it turned out to be."""

from waypost.insights import merged_users
from waypost.lake.last_seen import Seen
from waypost.lake.rollups import RollupRow

MERGED = {"u_anonymous": "u_ann"}


def test_rows_of_a_merged_user_are_the_others() -> None:
    rows = [RollupRow(0, "Did", "acme", user, 1, 1.0) for user in ("u_anonymous", "u_ann", "u_bob")]

    users = [row.user for row in merged_users.in_rows(rows, MERGED)]

    assert users == ["u_ann", "u_ann", "u_bob"]


def test_a_person_was_first_seen_when_still_anonymous() -> None:
    seen = {"u_ann": Seen(50, 60, 2, 2.0), "u_anonymous": Seen(10, 20, 3, 3.0)}

    seen_by_person = merged_users.in_seen(seen, MERGED)

    assert seen_by_person == {"u_ann": Seen(10, 60, 5, 5.0)}
    assert seen["u_ann"] == Seen(50, 60, 2, 2.0), "what was read stays as it was"
