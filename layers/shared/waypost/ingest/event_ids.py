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

    The ordinals of rule 2 live here, so that twin rows inside one file are both kept while the
    file sent again yields the same ids.
    """

    def __init__(self, *, tenant: str, source: str, request: str, received: int) -> None:
        self._base = blake2b(tenant.encode() + b"\0", digest_size=16)
        self._source = source.encode()
        self._request = request.encode()
        self._received = received
        self._seen: dict[bytes, int] = {}

    def line(self, event: Event) -> bytes:
        """The event as one JSON line with its id. Raises `ItemError` above 32 KB.

        Sets `event.id`, and `event.time` where the sender gave none.
        """
        n, event.n = event.n, 0
        if event.key is not None or event.time == NO_TIME:
            text = self._special(event, n)
        else:
            text = _encode(event)
            hashed = self._base.copy()
            hashed.update(text)
            digest = hashed.digest()
            ordinal = self._seen.get(digest, 0)
            self._seen[digest] = ordinal + 1
            event.id = digest.hex() if not ordinal else self._twin(digest, ordinal)
        event.n = n
        if len(text) > MAX_EVENT_BYTES:
            raise ItemError("event_too_large", f"an event may take {MAX_EVENT_BYTES} bytes as JSON")
        return b'{"id":"%s","n":%d,%s' % (event.id.encode(), n, text[1:])

    def _special(self, event: Event, n: int) -> bytes:
        """An event with a message key, or without a date: its id is not its content."""
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
        """A digest of what the sender said but the time, which the door may have to guess."""
        time, estimated = event.time, event.estimated or event.time == NO_TIME
        event.time, event.estimated = NO_TIME, False
        event.digest = blake2b(_encode(event), digest_size=8).hexdigest()
        event.time, event.estimated = time, estimated

    def _twin(self, digest: bytes, ordinal: int) -> str:
        return self._hash(b"twin", digest, b"%d" % ordinal)

    def _hash(self, *parts: bytes) -> str:
        hashed = self._base.copy()
        for part in parts:
            hashed.update(b"%d:" % len(part))
            hashed.update(part)
        return hashed.hexdigest()
