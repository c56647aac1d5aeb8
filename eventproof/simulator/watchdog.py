"""The watchdog: a handler that neither takes a step nor ends is stopped, and its place is told.

So is a property that does not end, and a file that is imported without end.

A loop without a step, or a call that blocks, never gives the driver its turn back. So a timer
looks now and then which run is under way; if it is the same one as at the last look, its handler
has had all that time for one step. This costs the drivers nothing between two looks.

Three things could be wrong: a handler that catches every exception (what stops it is none of
`Exception`), a platform without such timers or a thread other than the first (there is no watch),
and somebody else's alarm (it is left alone).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.errors import Stuck
from eventproof.simulator.handlers import imported
from eventproof.simulator.own import Judge
from eventproof.simulator.programs import Running, source_of

PATIENCE_S = 5.0
"""Seconds between two looks; a step may take twice as long at most."""

IMPORT_PATIENCE_S = 20.0
"""As `PATIENCE_S`, where files are imported: some of what they use takes its time."""

_WATCHED = (Running.advance.__code__, Judge.__call__.__code__, imported.__code__)


@contextmanager
def watching(*, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Watch the handlers that run within. `Problem` when one of them comes to no step."""
    if not _can_watch():
        yield
        return
    seen: list[FrameType | None] = [None]

    def look(_signal: int, frame: FrameType | None) -> None:
        under_way = _run_under_way(frame)
        if under_way is not None and under_way is seen[0]:
            raise Stuck(_sentence(under_way, frame))
        seen[0] = under_way

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, patience_s, patience_s)
    try:
        yield
    except Stuck as stuck:
        hint = "bound its loops, and wait with ctx.sleep only"
        raise Problem(str(stuck), hint=hint) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _can_watch() -> bool:
    is_first = threading.current_thread() is threading.main_thread()
    return is_first and hasattr(signal, "setitimer") and _is_free(signal.getsignal(signal.SIGALRM))


def _is_free(handler: Any) -> bool:
    return handler in (signal.SIG_DFL, signal.SIG_IGN)


def _run_under_way(frame: FrameType | None) -> FrameType | None:
    """The frame in which a handler is advanced, a property judges or a file is imported."""
    while frame is not None and frame.f_code not in _WATCHED:
        frame = frame.f_back
    return frame


def _sentence(under_way: FrameType, frame: FrameType | None) -> str:
    source, what = _under_way(under_way.f_locals)
    place = ""
    while frame is not None and frame is not under_way:
        if frame.f_code.co_filename == source:
            place = f" ({Path(source).name}:{frame.f_lineno})"
            break
        frame = frame.f_back
    return f"{what}{place}."


def _under_way(known: Mapping[str, Any]) -> tuple[str, str]:
    """The file that is at fault and what it does, by the variables of the frame."""
    if "self" not in known:
        file = known["file"]
        return str(file), f"{file.name}, named by {known['shown']}, is imported without end"
    runner = known["self"]
    if isinstance(runner, Judge):
        return runner.source, f"the property {runner.name} does not end"
    return source_of(runner.program), f"{runner.program.title} neither takes a step nor ends"
