"""
Event ids: what makes two arrivals one event.

1. the sender's message key   hash(tenant, source, key)
2. no key but a date          hash(tenant, canonical event, ordinal among identical ones)
3. neither                    hash(tenant, request, place): not deduplicated across requests

Canonical: the keys of properties sorted at every depth, numbers by their value (5 is 5.0), the
e-mail without regard to case, as the directory knows it.
"""

from binascii import hexlify
from collections.abc import Iterable
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import msgspec

from waypost.event import MAX_EVENT_BYTES, NO_TIME, Event, ItemError
from waypost.ingest.ordinals import Ordinals

# Sorts the keys of properties, and leaves the fields of an event in their order.
_encoder = msgspec.json.Encoder(order="deterministic")
_encode = _encoder.encode
_place = attrgetter("n")


class EventIds:
    """Gives each event of one reception (a request, or a whole file) its id.

    Two equal rows of one file are two events: the second of them gets the ordinal 1 into its id,
    the third 2. `ordinals` counts them, and a file sent again goes through the same ones, so it
    yields the same ids and nothing of it is counted twice.
    """

    def __init__(
        self,
        *,
        tenant: str,
        source: str,
        request: str,
        received: int,
        ordinals: Ordinals | None = None,
    ) -> None:
        self._base = blake2b(tenant.encode() + b"\0", digest_size=16)
        self._source = source.encode()
        self._request = request.encode()
        self._received = received
        self._ordinals = ordinals or Ordinals()

    def line(self, event: Event) -> bytes:
        """The event as one JSON line with its id. Raises `ItemError` above 32 KB.

        Sets `event.id`, and `event.time` where the sender gave none.
        """
        # The place in the request is not part of what was said: a resend may be batched otherwise.
        n, event.n = event.n, 0
        if _is_dated(event):
            text = _encode(event)
            event.id = self._ids([_canonical(event, text)])[0].decode()
        else:
            text = self._by_key_or_place(event, n)
        event.n = n
        if len(text) > MAX_EVENT_BYTES:
            raise too_large()
        # `text` is an object with neither id nor n: they go in front, and it is encoded once.
        return b'{"id":"%b","n":%d,%b' % (event.id.encode(), n, text[1:])

    def lines(self, events: list[Event], canonical: bool = False) -> list[bytes | None]:
        """As `line` of each, None for one above 32 KB. Many are done at a third of the cost, and
        those do not get their ids set: they stand in the lines. `canonical` as in `Batch`.
        """
        # One alone is shown at once, under its id.
        if len(events) > 1 and (canonical or all(map(_is_plainly_dated, events))):
            return self._dated_lines(events, canonical)
        return [self._line_or_none(event) for event in events]

    def _line_or_none(self, event: Event) -> bytes | None:
        try:
            return self.line(event)
        except ItemError:
            return None

    def _dated_lines(self, events: list[Event], canonical: bool) -> list[bytes | None]:
        places = _take_places(events)
        encoded = _encoder.encode_lines(events)
        texts = encoded.split(b"\n")[:-1]
        ids = self._ids(texts if canonical else map(_canonical, events, texts))
        for event, n in zip(events, places, strict=True):
            event.n = n
        lines: list[bytes | None] = [
            b'{"id":"%b","n":%d,%b' % (id, n, text[1:])
            for id, n, text in zip(ids, places, texts, strict=True)
        ]
        if max(map(len, texts)) > MAX_EVENT_BYTES:
            for at, event in enumerate(events):
                # The one that the others leave over is shown at once, under its id.
                event.id = ids[at].decode()
                lines[at] = lines[at] if len(texts[at]) <= MAX_EVENT_BYTES else None
        return lines

    def _ids(self, canonical: Iterable[bytes]) -> list[bytes]:
        """The ids of dated events by rule 2."""
        base, digests = self._base.copy, []
        for text in canonical:
            hashed = base()
            hashed.update(text)
            digests.append(hashed.digest())
        ids = list(map(hexlify, digests))
        for place, ordinal in self._ordinals.take(digests):
            ids[place] = self._hash(b"twin", digests[place], b"%d" % ordinal)
        return ids

    def _by_key_or_place(self, event: Event, n: int) -> bytes:
        """Rules 1 and 3: the id is made of the message key, or of the request and the place."""
        key, event.key = event.key, None
        if key is None:
            id = self._hash(b"place", self._request, b"%d" % n)
        else:
            id = self._hash(b"key", self._source, key.encode())
            self._digest(event)
        if event.time == NO_TIME:
            event.time = self._received
        text = _encode(event)
        event.id = id.decode()
        return text

    def _digest(self, event: Event) -> None:
        """Notes a digest of the body, by which a resend is told from another event under its key.

        Without the time: the door may have to guess it, and would guess another for a resend.
        """
        time, own_time = event.time, NO_TIME if event.time == NO_TIME else event.own_time
        event.time, event.own_time = NO_TIME, None
        event.digest = blake2b(_canonical(event, _encode(event)), digest_size=8).hexdigest()
        event.time, event.own_time = time, own_time

    def _hash(self, *parts: bytes) -> bytes:
        hashed = self._base.copy()
        # Each part with its length, so that no two lists of parts read the same.
        for part in parts:
            hashed.update(b"%d:" % len(part))
            hashed.update(part)
        return hexlify(hashed.digest())


def _take_places(events: list[Event]) -> list[int]:
    places = list(map(_place, events))
    for event in events:
        event.n = 0
    return places


def _is_dated(event: Event) -> bool:
    return event.key is None and event.time != NO_TIME


def _is_plainly_dated(event: Event) -> bool:
    return event.key is None and event.time != NO_TIME and event.own_time is None


def too_large() -> ItemError:
    return ItemError("event_too_large", f"an event may take {MAX_EVENT_BYTES} bytes as JSON")


def _is_lower(email: str | None) -> bool:
    """Whether an e-mail is in its normal form, told quickly; some that are not told are too."""
    return email is None or (email.isascii() and email.islower())


def _canonical(event: Event, text: bytes) -> bytes:
    """What the id of a dated event is made of; `text` is the event encoded, with sorted keys.

    The time is the one by the sender's own clock, which is the same however often it is sent.
    """
    if event.own_time is None and _is_lower(event.email) and not _holds_float(event.properties):
        return text
    plain = msgspec.structs.replace(
        event,
        time=event.time if event.own_time is None else event.own_time,
        own_time=None,
        email=event.email and event.email.casefold(),
        properties=_by_value(event.properties),
    )
    return _encode(plain)


def _holds_float(value: Any) -> bool:
    kind = type(value)
    if kind is dict or kind is list:
        return any(map(_holds_float, value.values() if kind is dict else value))
    return kind is float


def _by_value(value: Any) -> Any:
    """The value with each whole number as an integer; sources bound how deep it is."""
    if type(value) is float:
        return int(value) if value.is_integer() else value
    if type(value) is dict:
        return {key: _by_value(member) for key, member in value.items()}
    return [_by_value(member) for member in value] if type(value) is list else value
