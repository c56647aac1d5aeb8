"""eventproof makes an event catalog executable.

The names that handlers use are offered here, loaded when first asked for, so that importing
`eventproof` itself costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HANDLER_NAMES = frozenset(
    {"Context", "DatabaseError", "Refused", "Transaction", "at_least", "equal", "minus", "plus"}
)

__all__ = ["__version__", *sorted(_HANDLER_NAMES)]


def __getattr__(name: str) -> Any:
    """Fetch a name that handlers use from the simulator, where it is defined."""
    if name in _HANDLER_NAMES:
        return getattr(import_module("eventproof.simulator"), name)
    raise AttributeError(f"module 'eventproof' has no attribute {name!r}")
