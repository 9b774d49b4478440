"""What lands: the records, the names of their objects, and what a listing tells."""

from waypost.lake import records
from waypost.lake.records import ChangedAccount, ChangedUser, changed
from waypost.profiles.directory import Account, User

NOW = 1_800_000_000_000  # 2027-01-15T08:00Z
ANN = User("u_1", created=5, external_id="ann", account_id="acme", version=2, traits={"plan": "x"})
ACME = Account("acme", created=4, name="Acme", version=7)


def test_changed_people_are_read_back_as_they_were_written() -> None:
    changes = [changed(ANN), changed(ACME)]

    user, account = records.unpack_changes(records.pack(changes))

    assert (type(user), type(account)) == (ChangedUser, ChangedAccount)
    assert [user, account] == changes
    assert isinstance(user, ChangedUser)
    assert (user.external_id, user.version, user.traits, user.gone) == ("ann", 2, ANN.traits, False)


def test_what_was_removed_is_later_than_what_stood() -> None:
    for thing in (ANN, ACME):
        tombstone = changed(thing, gone=True)

        assert (tombstone.gone, tombstone.created) == (True, thing.created)
        assert tombstone.version == thing.version + 1


def test_a_name_in_a_listing_tells_the_hour_and_the_counts() -> None:
    changes = [changed(ANN), changed(ACME), changed(ANN)]

    people = records.listed(records.changes_key("t", NOW, changes, records.pack(changes)))
    events = records.listed(records.landing_key("t", NOW, ["m"], {"stored": 3, "ignored": 1}))

    assert (people.hour, people.counts) == ("2027-01-15T08", {"user": 2, "account": 1})
    assert events.counts == {"stored": 3, "duplicate": 0, "rejected": 0, "ignored": 1}
    assert (events.name.hex(), len(people.name)) == (records.digest(["m"]), 12)
    assert (people.key.split("/")[0], events.key.split("/")[0]) == ("changes", "landing")


def test_other_changes_never_have_the_name_of_those_that_were_read() -> None:
    first, again = [changed(ANN)], [changed(User("u_1", created=5, version=3))]

    names = [records.changes_key("t", NOW, some, records.pack(some)) for some in (first, again)]

    assert names[0] != names[1]
    assert names[0] == records.changes_key("t", NOW, first, records.pack(first))
