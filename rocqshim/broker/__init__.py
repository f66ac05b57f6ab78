"""The broker: one process per user that owns slices, job cgroups, admission and history."""
