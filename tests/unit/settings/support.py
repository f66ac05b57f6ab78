"""Names that several tests share."""

from __future__ import annotations

from collections.abc import Callable

from rocqshim.errors import UserError
from rocqshim.settings.model import Machine, Settings

REFERENCE = Machine(memory=252 * 1024**3, cores=36)
Resolve = Callable[..., Settings]
Refused = Callable[..., UserError]
