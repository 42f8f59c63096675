"""A network that learns while you watch, and can be taken back in time."""
