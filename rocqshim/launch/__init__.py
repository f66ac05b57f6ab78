"""The launcher ``rocq-exec``: it runs once per compiler call, so it imports almost nothing.

Rule for every module on the usual path: only ``posix sys time _signal _socket`` and each other.
A common standard-library import costs 4 to 14 ms of the 8 ms a call has (docs/design.md), and
even ``os`` 1.3; the test tests/launcher/test_imports.py holds the list. What is rare (`start`,
`fallback`, `settled`) imports ``os``, and is imported only then.
"""
