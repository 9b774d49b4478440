"""Every sender's door against hostile items and bodies: a reason, no fault, no harmed neighbour."""

import base64
import gzip
import json
from functools import partial

import pytest

from tests.faults.doorbell import TENANT, TOKEN, Answer, Doorbell
from tests.faults.senders import SENDERS, Sender
from waypost.event import Event
from waypost.sources.formats.json_items import MAX_BODY

squeezed = partial(gzip.compress, mtime=0)
VALUES = [
    (b'{"a":NaN}', "number_not_finite"),
    (b'{"a":1e999}', "number_not_finite"),
    (b'{"a":%s}' % (b"1" * 39), "number_too_long"),
    (b'{"a":%s}' % (b"1" * 5000), "number_too_long"),
    (b'{"a":"\\ud83d"}', "lone_surrogate"),
    (b'{"a":"\\u0000"}', "nul_character"),
    (b'{"a":"caf\xe9"}', "bad_encoding"),
    (b'{"a":1,"a":2}', "duplicate_key"),
    (b'{"a":%s1%s}' % (b'{"a":' * 31, b"}" * 31), "too_deep"),
    (b'{"a":%s1%s}' % (b'{"a":' * 100_000, b"}" * 100_000), "too_deep"),
]
ITEMS = [b"null", b"5", b'"x"', b"{}", b"[]", b'{"unfinished":}', b'{"a" "b"}']
BROKEN = [b"", b"   ", b"[", b"]", b"{", b'{"batch":', b"\xff\xfe\x00", b"<xml/>", b"\x1f\x8b\x08"]
MANY = [sender for sender in SENDERS if sender.many]


@pytest.fixture
def bell() -> Doorbell:
    return Doorbell()


def ring(bell: Doorbell, sender: Sender, body: bytes, **headers: str) -> Answer:
    return bell.ring("POST", sender.path, body, **(sender.headers | headers))


def sound(answer: Answer) -> None:
    """What holds of every answer of every sender's door."""
    assert answer.status < 500
    assert answer.headers["access-control-allow-origin"] == "*"
    if answer.status >= 400:
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.body["message"]
        assert answer.body.get("code") or answer.body["errors"]
    assert answer.seconds < 1


def kept(bell: Doorbell) -> tuple[int, list[str]]:
    """How many items became events, and the codes of those that did not."""
    entries = [one for one in bell.stores.entries if one.verdict != "noted"]
    places = {event.n for event in bell.stores.events}
    return len(places), [one.code for one in entries]


@pytest.mark.parametrize("sender", SENDERS, ids=str)
def test_who_is_unknown_is_refused_before_the_body_is_read(bell: Doorbell, sender: Sender) -> None:
    nobody = {name: _of_nobody(value) for name, value in sender.headers.items()}
    path = sender.path.replace(TENANT, "nobody")

    for body in (sender.good(), b" " * (MAX_BODY + 1), b"\x1f\x8bno gzip"):
        answer = bell.ring("POST", path, body, **nobody)

        sound(answer)
        assert answer.status == (403 if sender.name == "kinesin" else 401)
        assert bell.stores.untouched


def _of_nobody(credential: str) -> str:
    if credential.startswith("Basic "):
        return "Basic " + base64.b64encode(b"nobody:").decode()
    return credential.replace(TENANT, "nobody").replace(TOKEN, "wp_nobody")


@pytest.mark.parametrize(("value", "code"), VALUES)
@pytest.mark.parametrize("sender", MANY, ids=str)
def test_a_bad_item_is_named_and_its_neighbours_are_taken(
    bell: Doorbell, sender: Sender, value: bytes, code: str
) -> None:
    good = sender.good()

    answer = ring(bell, sender, sender.wrap([good, sender.bad(value), good]))

    sound(answer)
    assert answer.status < 300
    assert kept(bell) == (2, [code])
    assert bell.stores.entries[0].index == 1


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("sender", MANY, ids=str)
def test_what_is_no_item_at_all_harms_no_neighbour(
    bell: Doorbell, sender: Sender, item: bytes
) -> None:
    good = sender.good()

    answer = ring(bell, sender, sender.wrap([good, item, good]))

    sound(answer)
    assert answer.status < 300
    taken, codes = kept(bell)
    assert (taken, len(codes)) == (2, 1)


@pytest.mark.parametrize(("value", "code"), VALUES)
@pytest.mark.parametrize("sender", SENDERS, ids=str)
def test_a_bad_item_alone_is_refused_with_its_reason_and_kept(
    bell: Doorbell, sender: Sender, value: bytes, code: str
) -> None:
    answer = ring(bell, sender, sender.wrap([sender.bad(value)]))

    sound(answer)
    assert answer.status == 400
    assert code in json.dumps(answer.body)
    assert kept(bell) == (0, [code])


@pytest.mark.parametrize("body", BROKEN)
@pytest.mark.parametrize("sender", SENDERS, ids=str)
def test_a_body_that_nobody_can_read_is_a_400_and_stores_nothing(
    bell: Doorbell, sender: Sender, body: bytes
) -> None:
    answer = ring(bell, sender, body)

    sound(answer)
    assert answer.status == 400
    assert bell.stores.events == []


@pytest.mark.parametrize("array", [b"", b" [\n] ", squeezed(b"[]")])
@pytest.mark.parametrize("sender", MANY, ids=str)
def test_an_empty_batch_is_taken_and_holds_nothing(
    bell: Doorbell, sender: Sender, array: bytes
) -> None:
    answer = ring(bell, sender, array or sender.wrap([]) or b"[]")

    sound(answer)
    assert answer.status < 300
    assert bell.stores.untouched


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
@pytest.mark.parametrize("sender", SENDERS, ids=str)
def test_gzip_is_found_under_any_content_type(bell: Doorbell, sender: Sender, kind: str) -> None:
    body = squeezed(sender.wrap([sender.good()]))

    answer = ring(bell, sender, body, Content_Type=kind)

    sound(answer)
    assert answer.status < 300
    assert kept(bell) == (1, [])


@pytest.mark.parametrize("sender", SENDERS, ids=str)
def test_a_gzip_bomb_ends_in_413_without_retry_after(bell: Doorbell, sender: Sender) -> None:
    answer = ring(bell, sender, squeezed(b"0" * 20_000_000))

    sound(answer)
    assert answer.status == 413
    assert "retry-after" not in answer.headers
    assert bell.stores.untouched


@pytest.mark.parametrize("sender", SENDERS, ids=str)
def test_a_key_that_nobody_has_opens_nothing(bell: Doorbell, sender: Sender) -> None:
    stranger = "22222222-2222-4222-8222-222222222222"
    headers = {name: stranger if "Id" in name else f"Bearer {stranger}" for name in sender.headers}

    answer = bell.ring(
        "POST", sender.path.replace(TENANT, stranger), sender.wrap([sender.good()]), **headers
    )

    sound(answer)
    assert answer.status in (401, 403)
    assert ("www-authenticate" in answer.headers) == (answer.status == 401)
    assert bell.stores.untouched


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic Og==", "Basic /w==", "Bearer ", "Digest x", "x" * 9000]
)
@pytest.mark.parametrize(
    "sender", [one for one in SENDERS if "Authorization" in one.headers], ids=str
)
def test_a_broken_credential_is_refused_and_never_a_fault(
    bell: Doorbell, sender: Sender, header: str
) -> None:
    answer = ring(bell, sender, sender.wrap([sender.good()]), Authorization=header)

    sound(answer)
    assert answer.status in (401, 403)
    assert bell.stores.untouched


def test_an_event_that_vanished_would_be_noticed(bell: Doorbell) -> None:
    ring(bell, SENDERS[0], SENDERS[0].wrap([SENDERS[0].good()]))
    bell.stores.messages[0].events = list[Event]()

    assert kept(bell) == (0, [])
