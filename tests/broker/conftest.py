"""The worlds of tests/launcher: each test has a runtime folder and a broker of its own."""

from __future__ import annotations

from launcher.conftest import shim, warm, wheel

__all__ = ["shim", "warm", "wheel"]
