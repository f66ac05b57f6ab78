"""Setting a project up: what `rocqshim init` adds to it, and what it tells the person to add."""
