"""The state of a suspended handler, read off its frames.

Two handlers that were given different answers may still be in the same place with the same values:
a customer who read `available = 3` and one who read 2 are alike once the number is forgotten. So
the tuple of answers is a sound name for a handler's state, and a needlessly fine one.

A suspended coroutine is: for each frame down the await chain, its code, the instruction it stands
at, its local variables and its operand stack. `gc.get_referents` gives locals and stack of a frame
together, and the coroutines it awaits among them. If all of it is plain data, that is the whole
state, and two equal ones have equal futures. Where anything is not plain (an object with state of
its own, an open file) the answer is None, and the caller keeps to the answers.

What could be wrong: an unbound variable (so the bound names count too), two names for one list
(so mutable containers are numbered as they are met), and equal values of different types (so each
scalar goes with its type).
"""

from __future__ import annotations

import gc
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from eventproof.simulator.context import Context, Nested, Operand, Transaction
from eventproof.simulator.errors import DatabaseError, Refused, TimedOut

SCALARS = (type(None), bool, int, float, str, bytes, range, types.EllipsisType)

CONSTANTS = (
    type,
    types.ModuleType,
    types.CodeType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    Enum,
)
"""Things that a run does not change, and that stand for themselves."""

CONTAINERS = (tuple, list, dict, set, frozenset)

SUSPENDED = (types.CoroutineType, types.GeneratorType)

_EMPTY: tuple[Any, ...] = ([], (), "", "\u00e9", range(0), {}, {}.items(), {}.values())
ITERATORS = (*(type(iter(empty)) for empty in _EMPTY), type(reversed([])), enumerate, zip, map)
"""Iterators that say by `__reduce__` where they stand."""


class _Same:
    """Equal to itself only. Keeps the thing alive, so that its identity is never given anew."""

    __slots__ = ("thing",)

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)


Met = dict[int, tuple[int, Any]]
"""Mutable containers by `id`: the number of each, and itself, so that no other gets its `id`."""


class _OpaqueError(Exception):
    """Something is not plain data."""


def frame_identity(coroutine: Any) -> Any | None:
    """A hashable value that is equal for equal states; None where the state is not plain data."""
    try:
        return _suspended(coroutine, {})
    except (_OpaqueError, RecursionError):
        return None


def _identity(value: Any, met: Met) -> Any:
    """What stands for `value`; `met` numbers the mutable containers on the way."""
    kind = value.__class__
    if kind in SCALARS:
        return (kind, value)
    if isinstance(value, CONSTANTS) or kind.__module__.startswith("sqlalchemy."):
        return _Same(value)
    if isinstance(value, CONTAINERS) and getattr(value, "__dict__", None):
        raise _OpaqueError  # attributes beside the items
    for kinds, identify in _WAYS:
        if isinstance(value, kinds):
            return (kind, identify(value, met))
    if is_dataclass(value):
        return _dataclass(value, met)
    if kind is Context or _is_bare(value):
        return (kind, "no state")  # a service's instance has no attributes either
    raise _OpaqueError


def _is_bare(value: Any) -> bool:
    # No attributes are not yet no state: a number of one's own class, an exception, or a file in
    # memory has none. What pickling would have to write down says so of any object.
    try:
        return bool(value.__reduce_ex__(2)[1:3] == ((value.__class__,), None))
    except Exception:  # what cannot be pickled says so in any way it likes
        return False


def _suspended(value: Any, met: Met) -> Any:
    # Before the frame is looked at: looking makes objects that would be found here.
    held = gc.get_referents(value)
    frame = getattr(value, "cr_frame", None) or getattr(value, "gi_frame", None)
    if frame is None:
        return "ended"
    inside = tuple(_identity(item, met) for item in held if not isinstance(item, types.FrameType))
    return (_Same(frame.f_code), frame.f_lasti, tuple(frame.f_locals), inside)


def _sequence(value: Any, met: Met) -> Any:
    return tuple(_identity(item, met) for item in value)


def _list(value: list[Any], met: Met) -> Any:
    return _once(value, met, lambda: _sequence(value, met))


def _dict(value: dict[Any, Any], met: Met) -> Any:
    return _once(value, met, lambda: _sequence(value.items(), met))


def _once(value: Any, met: Met, content: Callable[[], Any]) -> Any:
    """The content where a mutable container is first met, its number from then on."""
    if id(value) in met:
        return met[id(value)][0]
    met[id(value)] = (len(met), value)
    return content()


def _small_set(value: Any, met: Met) -> Any:
    if len(value) > 1:
        raise _OpaqueError  # equal sets may be iterated in different orders
    return _sequence(value, met)


def _cell(value: types.CellType, met: Met) -> Any:
    try:
        return _once(value, met, lambda: _identity(value.cell_contents, met))
    except ValueError:
        return "empty"


def _function(value: types.FunctionType, met: Met) -> Any:
    held = (
        *(value.__closure__ or ()),
        *(value.__defaults__ or ()),
        *(value.__kwdefaults__ or {}).items(),
    )
    return (_Same(value.__code__), _sequence(held, met))


def _method(value: Any, met: Met) -> Any:
    if isinstance(value.__self__, types.ModuleType | type(None)):
        return _Same(value)
    return (value.__name__, _identity(value.__self__, met))


def _transaction(value: Transaction, _met: Met) -> Any:
    return (value.isolation, value.mode, value.closed)


def _nested(value: Nested, met: Met) -> Any:
    return _transaction(value.tx, met)


def _operand(value: Operand, _met: Met) -> Any:
    return value.amount


def _error(value: DatabaseError | Refused | TimedOut, met: Met) -> Any:
    return _sequence(value.args, met)


def _iterator(value: Any, met: Met) -> Any:
    return _sequence(value.__reduce__()[1:], met)


def _dataclass(value: Any, met: Met) -> Any:
    if not value.__dataclass_params__.frozen:
        raise _OpaqueError
    if value.__class__.__eq__ is object.__eq__:
        return _Same(value)
    parts = tuple(_identity(getattr(value, field.name), met) for field in fields(value))
    return (value.__class__, parts)


_WAYS: tuple[tuple[Any, Callable[[Any, Met], Any]], ...] = (
    (SUSPENDED, _suspended),
    (tuple, _sequence),
    (list, _list),
    (dict, _dict),
    (set | frozenset, _small_set),
    (types.CellType, _cell),
    (types.FunctionType, _function),
    (types.MethodType | types.BuiltinMethodType, _method),
    (Transaction, _transaction),
    (Nested, _nested),
    (Operand, _operand),
    (DatabaseError | Refused | TimedOut, _error),
    (ITERATORS, _iterator),
)
