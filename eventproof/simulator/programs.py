"""Programs: what a process runs, and where a message goes.

A program is a coroutine function with its arguments: a journey with its customer, or a service's
handler with a message. It is started afresh whenever it is needed; the service class is
instantiated for each start, so that state kept on `self` cannot leak from one message to the next
without being noticed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.context import Context
from eventproof.simulator.errors import DatabaseError, Refused, TimedOut
from eventproof.simulator.raised import NOT_THEIRS, raised_at, words_of
from eventproof.simulator.steps import (
    STEP_TYPES,
    Begin,
    Commit,
    Now,
    Publish,
    Release,
    Request,
    Rollback,
    RollbackTo,
    Savepoint,
    Step,
)

THROUGH_CTX = "reach the world through ctx only: ctx.sleep, ctx.call, ctx.request"

STEP_KINDS: frozenset[type] = frozenset(STEP_TYPES)

BARE_STEPS: frozenset[type] = frozenset(
    {Begin, Commit, Rollback, Now, Savepoint, Release, RollbackTo}
)
"""Steps that say nothing of the handler's own making."""

SENDING: frozenset[type] = frozenset({Publish, Request})
"""Steps that carry a message."""

CLOSE_BOUND = 100
"""Times that an abandoned run may await once more before it is left to itself."""


@dataclass(frozen=True, slots=True)
class Program:
    """Something that runs: plain data, so that equal programs are one."""

    title: str
    """What a timeline calls it, such as `inventory-service.reserve-inventory`."""
    function: Callable[..., Coroutine[Any, Any, Any]]
    argument: Any
    service: type | None = None
    """The class whose method `function` is; None for a plain function."""

    @property
    def place(self) -> str:
        """Where it is written, as ` (file.py:line)`; empty if nobody knows."""
        code = getattr(self.function, "__code__", None)
        return f" ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else ""

    def start(self) -> Running:
        """A new run that has not taken a step. `Problem` when it cannot be started."""
        try:
            instance = self.service() if self.service is not None else None
            own = (instance,) if self.service is not None else ()
            coroutine = self.function(*own, self.argument, Context())
        except NOT_THEIRS:
            raise
        except BaseException as error:
            raise _handler_fault(self, error) from error
        if not inspect.iscoroutine(coroutine):
            raise Problem(
                f"{self.title} is not a coroutine function{self.place}.",
                hint="begin it with `async def`",
            )
        return Running(self, coroutine, instance)


@dataclass(frozen=True, slots=True)
class Finished:
    """A run has ended: with a value, or with an error that a requester gets."""

    value: Any = None
    error: Thrown | None = None

    @property
    def words(self) -> str:
        """How it ended, as an outcome says it."""
        if self.error is not None:
            how = "refused" if self.error.kind is Refused else "failed"
            return f"{how}: {self.error}"
        return str(self.value) if self.value is not None else "done"


@dataclass(frozen=True, slots=True)
class Thrown:
    """An answer that is an exception: plain data that turns into a fresh exception."""

    kind: type[DatabaseError] | type[Refused] | type[TimedOut]
    arguments: tuple[Any, ...]

    def exception(self) -> Exception:
        """The exception to throw into the handler."""
        return self.kind(*self.arguments)

    def __str__(self) -> str:
        return str(self.exception())


def _thrown(error: BaseException) -> Thrown | None:
    """The exception as a requester gets it; None where it is none of those, or is not whole."""
    try:
        match error:
            case DatabaseError():
                return Thrown(DatabaseError, (str(error.sqlstate),))
            case Refused():
                return Thrown(Refused, (error.status, str(error.detail)))
            case TimedOut():
                return Thrown(TimedOut, (str(error.message), float(error.timeout_s)))
    except (AttributeError, TypeError, ValueError):  # a class of the user's own that left it out
        return None
    return None


class Running:
    """A started coroutine: `advance` gives it an answer and returns what it asks next."""

    __slots__ = ("changeable", "coroutine", "instance", "program")

    def __init__(
        self, program: Program, coroutine: Coroutine[Any, Any, Any], instance: object
    ) -> None:
        self.program = program
        self.coroutine = coroutine
        self.instance = instance
        self.changeable: str | None = None
        """What it made that cannot be hashed, in a sentence with its place; None: nothing yet."""

    def advance(self, answer: Any) -> Step | Finished:
        """Go on until the next step. `Problem` when the handler is at fault.

        What may still change, in a step or in an answer, is copied on its way, as it is when it
        crosses the wire.
        """
        asked: Any
        if answer is not None and answer is not True and answer is not False:
            answer = own_copy(answer)
        try:
            if isinstance(answer, Thrown):
                asked = self.coroutine.throw(answer.exception())
            else:
                asked = self.coroutine.send(answer)
        except StopIteration as stop:
            self._demand_no_state()
            try:
                return Finished(self._ending(stop.value))
            except Problem:
                raise
            except Exception as error:
                raise _handler_fault(self.program, error) from error
        except NOT_THEIRS:
            raise
        except BaseException as error:
            thrown = _thrown(error)
            if thrown is None:
                raise _handler_fault(self.program, error) from error
            return Finished(error=thrown)
        if type(asked) in BARE_STEPS:
            return asked  # type: ignore[no-any-return]  # of the kinds just named
        return self._asked(asked)

    @property
    def place(self) -> str:
        """Where the handler waits for its answer, as ` (file.py:line)`; empty if nobody knows."""
        source, place = source_of(self.program), ""
        awaited: Any = self.coroutine
        while awaited is not None:
            frame = getattr(awaited, "cr_frame", None)
            if frame is not None and frame.f_code.co_filename == source:
                place = f" ({Path(source).name}:{frame.f_lineno})"
            awaited = getattr(awaited, "cr_await", None)
        return place

    def close(self) -> None:
        """Abandon the run, whatever it does about that: a `finally:` may await once more."""
        for _ in range(CLOSE_BOUND):
            with suppress(Exception, SystemExit):
                self.coroutine.close()
                return

    def _asked(self, asked: Any) -> Step:
        """A step that says something of the handler's own making."""
        kind = type(asked)
        if kind not in STEP_KINDS:
            raise Problem(
                f"{self.program.title} awaited {kind.__name__}, which is not a step"
                f"{self.place or self.program.place}.",
                hint=THROUGH_CTX,
            )
        if kind in SENDING:
            self._demand_message(asked.message)
        step: Step = self._settled("asks", asked)
        if kind in SENDING:
            self._demand_payload(asked.message)
        return step

    def _ending(self, value: Any) -> Any:
        """What a run has returned: a handler a message or nothing, a journey some words."""
        if value is None:
            return None
        if self.program.service is None:
            return str(value)
        if not hasattr(value, "to_payload"):
            raise Problem(
                f"{self.program.title} answers with {type(value).__name__}, which is no message"
                f"{self.program.place}.",
                hint="return an instance of the class that the generator writes for the reply",
            )
        return self._settled("answers", value)

    def _demand_message(self, message: Any) -> None:
        if not all(hasattr(message, name) for name in ("MESSAGE", "VERSION", "to_payload")):
            raise Problem(
                f"{self.program.title} sends {type(message).__name__}, which is no message"
                f"{self.place or self.program.place}.",
                hint="send an instance of the class that the generator writes for the message",
            )

    def _demand_payload(self, message: Any) -> None:
        try:
            payload = message.to_payload()
        except Exception as error:
            raise self._unwritable(message, words_of(error)) from error
        if not isinstance(payload, Mapping):
            raise self._unwritable(message, f"its payload is {type(payload).__name__}")

    def _unwritable(self, message: Any, why: str) -> Problem:
        return Problem(
            f"{self.program.title} sends a {message.MESSAGE} that cannot be written as JSON: "
            f"{why}{self.place or self.program.place}.",
            hint="give every field a value of its type",
        )

    def _settled(self, does: str, value: Any) -> Any:
        """The value; a copy where it may still change, which is remembered."""
        try:
            hash(value)
        except TypeError as error:
            place = self.place or self.program.place
            said = (
                f"{self.program.title} {does} with a value that may still change: {error}{place}"
            )
            if _names_changeably(value):
                raise Problem(f"{said}.", hint="keys and names are looked up: use text") from error
            self.changeable = said
            try:
                return own_copy(value)
            except TypeError as other:
                why = f"{said}, and it cannot be copied: {other}"
                raise Problem(f"{why}.", hint="send and keep plain data") from other
        return value

    def _demand_no_state(self) -> None:
        state = getattr(self.instance, "__dict__", None)
        if state:
            raise Problem(
                f"{self.program.title} keeps state on self: {', '.join(sorted(state))}"
                f"{self.program.place}.",
                hint="keep it in a table; a handler may run anywhere, many at a time",
            )


@dataclass(frozen=True, slots=True)
class Route:
    """One consumer of a message: whose handler, and which class it wants the payload as."""

    service: str
    service_class: type
    method: str
    message_class: Any

    def program(self, message: Any) -> Program:
        """The handler of `message`, which crosses the wire as its JSON payload."""
        return Program(
            title=f"{self.service}.{message.MESSAGE}",
            function=getattr(self.service_class, self.method),
            argument=self._received(message),
            service=self.service_class,
        )

    @property
    def _place(self) -> str:
        method = getattr(self.service_class, self.method)
        return Program(self.service, method, None, self.service_class).place

    def _received(self, message: Any) -> Any:
        if isinstance(message, self.message_class):
            return own_copy(message)  # for no two consumers get the same object
        try:
            return self.message_class.from_payload(message.to_payload())
        except Exception as error:
            raise Problem(
                f"{self.service} cannot read {message.MESSAGE} {message.VERSION}: "
                f"{words_of(error)}{self._place}.",
                hint="generate its stubs again: its class of the message does not fit",
            ) from error


def _names_changeably(step: Any) -> bool:
    """Whether what a step looks up, a row or a system, could not be found again."""
    try:
        hash((getattr(step, "key", None), getattr(step, "system", None)))
    except TypeError:
        return True
    return False


def own_copy(value: Any) -> Any:
    """The value where it is plain; a copy where it may still change."""
    try:
        hash(value)
    except TypeError:
        return deepcopy(value)
    return value


Routes = Mapping[str, tuple[Route, ...]]
"""Message id -> its consumers."""


def source_of(program: Program) -> str:
    """The file that holds the program, as Python names it; empty if nobody knows."""
    code = getattr(program.function, "__code__", None)
    return code.co_filename if code is not None else ""


def _handler_fault(program: Program, error: BaseException) -> Problem:
    said = words_of(error)
    place = raised_at(source_of(program), error) or program.place
    # What asyncio says where there is no event loop to sleep in.
    hint = THROUGH_CTX if "event loop" in said else None
    return Problem(f"{program.title} raised {said}{place}.", hint=hint)
