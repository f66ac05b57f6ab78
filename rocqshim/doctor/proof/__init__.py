"""``rocqshim doctor --prove``: a small limit is enforced on a throw-away job, and it is shown."""
