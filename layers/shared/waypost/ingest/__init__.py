"""From a request or a file to a stored, matched and landed event; nothing vanishes on the way."""
