"""
Event ids: what makes two arrivals one event.

1. the sender's message key   hash(tenant, source, key)
2. no key but a date          hash(tenant, canonical event, ordinal among identical ones)
3. neither                    hash(tenant, request, place): not deduplicated across requests
"""

from hashlib import blake2b

import msgspec

from waypost.event import MAX_EVENT_BYTES, NO_TIME, Event, ItemError

_encode = msgspec.json.Encoder().encode


class EventIds:
    """Gives each event of one reception (a request, or a whole file) its id.

    Two equal rows of one file are two events: the second of them gets the ordinal 1 into its id,
    the third 2. The counts are kept here, and a file sent again goes through the same ones, so it
    yields the same ids and nothing of it is counted twice.
    """

    def __init__(self, *, tenant: str, source: str, request: str, received: int) -> None:
        self._base = blake2b(tenant.encode() + b"\0", digest_size=16)
        self._source = source.encode()
        self._request = request.encode()
        self._received = received
        self._ordinals: dict[bytes, int] = {}

    def line(self, event: Event) -> bytes:
        """The event as one JSON line with its id. Raises `ItemError` above 32 KB.

        Sets `event.id`, and `event.time` where the sender gave none.
        """
        # The place in the request is not part of what was said: a resend may be batched otherwise.
        n, event.n = event.n, 0
        if event.key is not None or event.time == NO_TIME:
            text = self._by_key_or_place(event, n)
        else:
            # Rule 2, in line because it is met once per row of a file: the event as encoded, and
            # its ordinal where an identical one came before.
            text = _encode(event)
            hashed = self._base.copy()
            hashed.update(text if event.own_time is None else _as_sent(event))
            digest = hashed.digest()
            ordinal = self._ordinals.get(digest, 0)
            self._ordinals[digest] = ordinal + 1
            event.id = digest.hex() if not ordinal else self._twin(digest, ordinal)
        event.n = n
        if len(text) > MAX_EVENT_BYTES:
            raise ItemError("event_too_large", f"an event may take {MAX_EVENT_BYTES} bytes as JSON")
        # `text` is an object with neither id nor n: they go in front, and it is encoded once.
        return b'{"id":"%s","n":%d,%s' % (event.id.encode(), n, text[1:])

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
        event.id = id
        return text

    def _digest(self, event: Event) -> None:
        """Notes a digest of the body, by which a resend is told from another event under its key.

        Without the time: the door may have to guess it, and would guess another for a resend.
        """
        time, own_time = event.time, NO_TIME if event.time == NO_TIME else event.own_time
        event.time, event.own_time = NO_TIME, None
        event.digest = blake2b(_encode(event), digest_size=8).hexdigest()
        event.time, event.own_time = time, own_time

    def _twin(self, digest: bytes, ordinal: int) -> str:
        return self._hash(b"twin", digest, b"%d" % ordinal)

    def _hash(self, *parts: bytes) -> str:
        hashed = self._base.copy()
        # Each part with its length, so that no two lists of parts read the same.
        for part in parts:
            hashed.update(b"%d:" % len(part))
            hashed.update(part)
        return hashed.hexdigest()


def _as_sent(event: Event) -> bytes:
    """The event as its sender's own clock dates it, which is the same however often it is sent."""
    return _encode(msgspec.structs.replace(event, time=event.own_time, own_time=None))
