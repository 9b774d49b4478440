"""What each sender puts on the wire, and what it expects back: bytes in, events and rejects out."""
