"""The words between launcher and broker: length, newline, then fields parted by NUL bytes.

A frame is ``b"<length>\\n<verb>\\0<key>=<value>\\0…"``. No json (6 ms to import); an argument, a
path or an environment variable can hold every byte but NUL. A key may stand several times.
"""

from rocqshim.launch.system import fsdecode, fsencode

MAX_FRAME = 8 * 1024 * 1024  # bytes; ARG_MAX is 2 MiB, so a longer frame is not ours


class Garbled(Exception):
    """The other side does not speak this protocol."""


def encode(verb: str, fields: list[tuple[str, str]]) -> bytes:
    """Make one frame. Strings are bytes of the system in surrogateescape, as fsencode."""
    body = "\0".join([verb, *(f"{key}={value}" for key, value in fields)])
    data = fsencode(body)
    return b"%d\n%s" % (len(data), data)


def decode(body: bytes) -> tuple[str, list[tuple[str, str]]]:
    """Take the body of a frame apart. Raises Garbled where a field has no key."""
    verb, *fields = fsdecode(body).split("\0")
    pairs = []
    for field in fields:
        key, equals, value = field.partition("=")
        if not equals:
            raise Garbled(f"field without a key: {field!r}")
        pairs.append((key, value))
    return verb, pairs


def length_of(head: bytes) -> int:
    """Read the length that stands before a frame, in bytes. Raises Garbled."""
    if not head.isdigit() or len(head) > 9 or int(head) > MAX_FRAME:
        raise Garbled(f"not a frame length: {head[:20]!r}")
    return int(head)
