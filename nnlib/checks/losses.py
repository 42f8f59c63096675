"""To come."""

EXERCISES = ()
