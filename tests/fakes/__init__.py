"""Stand-ins and helpers that several test modules share."""
