"""``rocqshim run``: a build with the integration in its environment, its log and its summary."""
