"""What a user's code raised, in words: its kind, what it says, and the last line of one file.

An exception -> text, for the sentence of a `Problem`. The door is `NOT_THEIRS`, which is to be
passed on, `words_of` and `raised_at`.

Three things could be wrong: an exception that is none of `Exception`, as `asyncio.CancelledError`
(all are caught but for what stops the run itself), one that cannot say itself (its kind is
enough), and one that says a whole payload (its beginning and end are enough).
"""

from __future__ import annotations

from pathlib import Path

from eventproof.findings import Problem, shortened
from eventproof.simulator.errors import Stuck

NOT_THEIRS = (Problem, Stuck, KeyboardInterrupt)
"""Exceptions that come through a user's code and are not its own."""


def words_of(error: BaseException) -> str:
    """The exception's kind and what it says, on one line."""
    kind = type(error).__name__
    try:
        said = " ".join(str(error).split())
    except NOT_THEIRS:
        raise
    except BaseException:  # its `__str__` is the user's code as well
        return kind
    return f"{kind}: {shortened(said)}" if said else kind


def asked_without_end(title: str, place: str) -> Problem:
    """What to say of a handler that waits for itself, perhaps over others."""
    return Problem(
        f"{title} is asked again before it has answered, and so on without end{place}.",
        hint="requests that wait for each other never end",
    )


def line_in(source: str, error: BaseException) -> int | None:
    """The line of the file `source` from which the exception came last; None if it did not."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == source:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def raised_at(source: str, error: BaseException, *, otherwise: int | None = None) -> str:
    """Where in the file `source`, as ` (file.py:line)`; empty if nobody knows."""
    line = line_in(source, error) or otherwise
    return f" ({Path(source).name}:{line})" if line is not None else ""
