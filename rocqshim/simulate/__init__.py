"""A build under a virtual clock, with the broker's own policy. Pure but for reading the trace."""
