"""Where programs stand when exploring: a tree of answers.

A handler is a deterministic function of the answers it got, so the tuple of those answers *is* its
local state. The tree holds, for each program, a node for every tuple met so far, and in each node
the step that is pending there. A handler is run once for each new tuple, from its start, and never
copied; after that, exploring is looking up.

The tuple is finer than need be: two runs that stand at the same place with the same values are one
node, wherever their frames are plain data (`frames`).

The claim is checked, not trusted: every run goes over the recorded steps again, and a handler that
asks something else the second time is named. When customers are taken as interchangeable, it is
also run under every other customer's name, and under the name of one who is not there; it must
ask the same with the name exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, NamedTuple

from eventproof.findings import Problem
from eventproof.simulator.frames import frame_identity
from eventproof.simulator.programs import Finished, Program, Running
from eventproof.simulator.steps import Step, label

Pending = Step | Finished

DETERMINISTIC = "a handler may not read the clock, draw random numbers or keep state; use ctx"

PLAIN = "use tuples for lists, and frozen dataclasses for messages, and it can be explored"


@dataclass(frozen=True, slots=True)
class Renaming:
    """Another name for the customer under whose name everything is explored."""

    name: str
    other: str

    def away(self, value: Any) -> Any:
        """`value` with the other name in place of the name."""
        return renamed(value, self.name, self.other)


class Unhashable(Problem):
    """States cannot be told apart by hashing, so that they cannot all be visited."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}.", hint=PLAIN)
        self.why = why
        """As a note says it, without a full stop."""


class NotInterchangeable(Exception):
    """Customers cannot be taken as interchangeable; says why."""


class History(NamedTuple):
    """How a program came to a node under one name: what it asked, and what it was answered."""

    program: Program
    answers: tuple[Any, ...] = ()
    asked: tuple[Step, ...] = ()

    def then(self, step: Step, answer: Any) -> History:
        """One step further."""
        return History(self.program, (*self.answers, answer), (*self.asked, step))


class AnswerTree:
    """Cursors are node numbers. `depth_bound` ends a handler that asks without end."""

    def __init__(self, *, renamings: Sequence[Renaming] = (), depth_bound: int = 2_000) -> None:
        self._renamings = tuple(renamings)
        self._depth_bound = depth_bound
        self._roots: dict[Program, int] = {}
        self._histories: list[tuple[History, ...]] = []
        """Of each node: under the name, then under each of the other names."""
        self._pending: list[Pending] = []
        self._children: list[dict[Any, int]] = []
        self._by_state: dict[Any, int] = {}

    def start(self, program: Program) -> int:
        """The program's root: the node where nothing has been answered."""
        try:
            root = self._roots.get(program)
        except TypeError as error:
            raise Unhashable(
                f"{program.title} receives a message that may still change: {error}{program.place}"
            ) from error
        if root is None:
            argument = program.argument
            others = (replace(program, argument=r.away(argument)) for r in self._renamings)
            root = self._grow((History(program), *map(History, others)))
            self._roots[program] = root
        return root

    def pending(self, cursor: int) -> Pending:
        """The step that is pending at a node, or how the program ended there."""
        return self._pending[cursor]

    def advance(self, cursor: int, answer: Any) -> int:
        """The node after one more answer."""
        # True == 1 in Python, but a handler can tell them apart.
        branch = (answer.__class__, answer)
        child = self._children[cursor].get(branch)
        if child is None:
            step = self._pending[cursor]
            assert not isinstance(step, Finished), "nothing can be answered after the end"
            own, *others = self._histories[cursor]
            pairs = zip(others, self._renamings, strict=True)
            histories = [other.then(r.away(step), r.away(answer)) for other, r in pairs]
            child = self._grow((own.then(step, answer), *histories))
            self._children[cursor][branch] = child
        return child

    def title(self, cursor: int) -> str:
        """The title of the node's program."""
        return self._histories[cursor][0].program.title

    def place(self, cursor: int) -> str:
        """Where the node's program waits for its answer, as ` (file.py:line)`."""
        return _place_of(self._histories[cursor][0])

    def __len__(self) -> int:
        return len(self._pending)

    def _grow(self, histories: tuple[History, ...]) -> int:
        own, *others = histories
        title = own.program.title
        if len(own.answers) > self._depth_bound:
            raise Problem(
                f"{title} took {self._depth_bound} steps without coming to an end"
                f"{_place_of(own)}.",
                hint="bound its loop; a retry needs a last try",
            )
        pending, state = _rerun(own, identify=frame_identity)
        if isinstance(pending, Finished):
            _demand_same_end(own, pending)
        for other, renaming in zip(others, self._renamings, strict=True):
            _demand_same_under_other_name(other, renaming.away(pending))
        if state is None:
            return self._new(histories, pending)
        place = (title, pending, state)
        node = self._by_state.get(place)
        if node is None:
            node = self._by_state[place] = self._new(histories, pending)
        return node

    def _new(self, histories: tuple[History, ...], pending: Pending) -> int:
        self._histories.append(histories)
        self._pending.append(pending)
        self._children.append({})
        return len(self._pending) - 1


def _demand_same_under_other_name(history: History, expected: Pending) -> None:
    title = history.program.title
    try:
        pending, _ = _rerun(history)
    except Problem as problem:  # such as a KeyError: it knows the customers by their names
        raise NotInterchangeable(f"{title} cannot run under another customer's name") from problem
    if pending != expected:
        raise NotInterchangeable(f"{title} treats customers differently by their name")


def _rerun(
    history: History, *, identify: Callable[[Any], Any] | None = None
) -> tuple[Pending, Any]:
    """What is pending after that history, and the state of the frames where it is asked for."""
    program, answers, asked = history
    run = program.start()
    try:
        pending = run.advance(None)
        for answer, before in zip(answers, asked, strict=True):
            if pending != before:
                raise _not_deterministic(run, before, pending)
            pending = run.advance(answer)
        if run.changeable is not None:
            raise Unhashable(run.changeable)
        if isinstance(pending, Finished):
            return pending, "finished"
        return pending, identify(run.coroutine) if identify is not None else None
    finally:
        run.close()


def _demand_same_end(history: History, ended: Finished) -> None:
    """Nobody runs a program again that has ended, so its end is looked at twice."""
    pending, _ = _rerun(history)
    if pending != ended:
        raise Problem(
            f"{history.program.title} is not deterministic: given the same answers it ended in "
            f"two ways{history.program.place}.",
            hint=DETERMINISTIC,
        )


def _place_of(history: History) -> str:
    run = history.program.start()
    try:
        for answer in (None, *history.answers):
            run.advance(answer)
        return run.place or history.program.place
    finally:
        run.close()


def _not_deterministic(run: Running, before: Step, now: Pending) -> Problem:
    asks = "ended" if isinstance(now, Finished) else f"asked `{label(now)}`"
    return Problem(
        f"{run.program.title} is not deterministic: given the same answers it {asks}"
        f" where it had asked `{label(before)}`{run.place or run.program.place}.",
        hint=DETERMINISTIC,
    )


def renamed(value: Any, name: str, other: str) -> Any:
    """Plain data with one name put for another in all its text."""
    if isinstance(value, str):
        return value.replace(name, other)
    if isinstance(value, tuple):
        items = [renamed(item, name, other) for item in value]
        # A named tuple is made from its items, a plain tuple from a list of them.
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if is_dataclass(value) and not isinstance(value, type) and value.__hash__ is not None:
        if value.__class__.__eq__ is object.__eq__:
            return value  # compared by identity: a table, not data
        changes = {
            field.name: renamed(getattr(value, field.name), name, other)
            for field in fields(value)
            if field.init
        }
        return replace(value, **changes)
    return value
