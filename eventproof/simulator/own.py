"""Properties of one's own: functions that a scenario names beside the known ones, `path.py:name`.

An `always` function gets a `View` and returns what is wrong, in a sentence, or None; a `sometimes`
or an `eventually` function returns whether its condition is met. An `Always`, a `Sometimes` or an
`Eventually` instead says more.
A property goes by the reference under which the scenario names it.

Three things could be wrong: one that raises or returns something else (a sentence with its line),
one that never ends (the watchdog stops it), and one that looks at a customer's name, of whom an
exploration may keep one for all (a plain function is believed capable of it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.properties import Always, Eventually, Sometimes, View
from eventproof.simulator.raised import NOT_THEIRS, raised_at, words_of


@dataclass(frozen=True, slots=True)
class Judge:
    """Calls a property's function; whatever it does wrong is a `Problem` that names its place."""

    name: str
    function: Callable[[View], Any]
    returns: tuple[type, ...]

    def __call__(self, view: View) -> Any:
        """What the function says of a view."""
        try:
            said = self.function(view)
        except NOT_THEIRS:
            raise
        except BaseException as error:
            place = raised_at(self.source, error, otherwise=self._first_line)
            raise Problem(f"the property {self.name} raised {words_of(error)}{place}.") from error
        if not isinstance(said, self.returns):
            wanted = " or ".join("None" if t is type(None) else t.__name__ for t in self.returns)
            raise Problem(
                f"the property {self.name} returned {type(said).__name__}, "
                f"not {wanted}{self._place(self._first_line)}."
            )
        return said

    @property
    def source(self) -> str:
        """The file of the function, as Python names it; empty where it has none."""
        code = getattr(self.function, "__code__", None)
        return code.co_filename if code is not None else ""

    @property
    def _first_line(self) -> int | None:
        code = getattr(self.function, "__code__", None)
        return code.co_firstlineno if code is not None else None

    def _place(self, line: int | None) -> str:
        return f" ({Path(self.source).name}:{line})" if line is not None else ""


def own_always(name: str, found: Any, *, place: str) -> Always:
    """The `always` property that a scenario names; `place` is where it does, for messages."""
    if isinstance(found, Always):
        judge = Judge(name, found.broken, (str, type(None)))
        return replace(found, name=name, broken=judge)
    judge = Judge(name, _function(name, found, place, "Always"), (str, type(None)))
    return Always(name, judge, tells_apart=True)


def own_sometimes(name: str, found: Any, *, place: str) -> Sometimes:
    """The `sometimes` property that a scenario names."""
    if isinstance(found, Sometimes):
        return replace(found, name=name, met=Judge(name, found.met, (bool,)))
    judge = Judge(name, _function(name, found, place, "Sometimes"), (bool,))
    return Sometimes(name, judge, tells_apart=True)


def own_eventually(name: str, found: Any, *, place: str) -> Eventually:
    """The `eventually` property that a scenario names."""
    if isinstance(found, Eventually):
        whenever = Judge(name, found.whenever, (bool,)) if found.whenever is not None else None
        met = Judge(name, found.met, (bool,))
        return replace(found, name=name, met=met, whenever=whenever)
    judge = Judge(name, _function(name, found, place, "Eventually"), (bool,))
    return Eventually(name, judge, tells_apart=True)


def _function(name: str, found: Any, place: str, kind: str) -> Callable[[View], Any]:
    if isinstance(found, type | Always | Sometimes | Eventually) or not callable(found):
        raise Problem(
            f"{place}: {name} is no property.",
            hint=f"a function of a View, or an `{kind}` of eventproof.simulator",
        )
    function: Callable[[View], Any] = found
    return function
