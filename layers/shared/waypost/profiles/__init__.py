"""Who did it: users and accounts, found by what an event says, whatever order events come in."""
