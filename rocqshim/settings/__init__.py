"""Settings: what the user asked for, resolved, each value with its origin."""
