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

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.frames import frame_identity
from eventproof.simulator.programs import Finished, Program
from eventproof.simulator.steps import Step, label

Pending = Step | Finished


@dataclass(frozen=True, slots=True)
class Renaming:
    """Another name for the customer under whose name everything is explored."""

    name: str
    other: str

    def away(self, value: Any) -> Any:
        """`value` with the other name in place of the name."""
        return renamed(value, self.name, self.other)


class NotInterchangeable(Exception):
    """Customers cannot be taken as interchangeable; says why."""


class AnswerTree:
    """Cursors are node numbers. `depth_bound` ends a handler that asks without end."""

    def __init__(self, *, renamings: Sequence[Renaming] = (), depth_bound: int = 2_000) -> None:
        self._renamings = tuple(renamings)
        self._depth_bound = depth_bound
        self._roots: dict[Program, int] = {}
        self._program: list[Program] = []
        self._answers: list[tuple[Any, ...]] = []
        self._asked: list[tuple[Step, ...]] = []
        self._pending: list[Pending] = []
        self._children: list[dict[Any, int]] = []
        self._by_state: dict[Any, int] = {}

    def start(self, program: Program) -> int:
        """The program's root: the node where nothing has been answered."""
        root = self._roots.get(program)
        if root is None:
            root = self._roots[program] = self._grow(program, (), ())
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
            answers = (*self._answers[cursor], answer)
            child = self._grow(self._program[cursor], answers, (*self._asked[cursor], step))
            self._children[cursor][branch] = child
        return child

    def title(self, cursor: int) -> str:
        """The title of the node's program."""
        return self._program[cursor].title

    def __len__(self) -> int:
        return len(self._pending)

    def _grow(self, program: Program, answers: tuple[Any, ...], asked: tuple[Step, ...]) -> int:
        if len(answers) > self._depth_bound:
            raise Problem(
                f"{program.title} took {self._depth_bound} steps without coming to an end.",
                hint="bound its loop; a retry needs a last try",
            )
        pending, state = _rerun(program, answers, asked)
        for renaming in self._renamings:
            self._demand_same_under_other_name(renaming, program, answers, asked, pending)
        if state is None:
            return self._new(program, answers, asked, pending)
        place = (program.title, pending, state)
        node = self._by_state.get(place)
        if node is None:
            node = self._by_state[place] = self._new(program, answers, asked, pending)
        return node

    def _new(
        self,
        program: Program,
        answers: tuple[Any, ...],
        asked: tuple[Step, ...],
        pending: Pending,
    ) -> int:
        self._program.append(program)
        self._answers.append(answers)
        self._asked.append(asked)
        self._pending.append(pending)
        self._children.append({})
        return len(self._pending) - 1

    def _demand_same_under_other_name(
        self,
        renaming: Renaming,
        program: Program,
        answers: tuple[Any, ...],
        asked: tuple[Step, ...],
        pending: Pending,
    ) -> None:
        away = renaming.away
        other = replace(program, argument=away(program.argument))
        try:
            under_other_name, _ = _rerun(other, away(answers), away(asked))
        except Problem as problem:  # such as a KeyError: it knows the customers by their names
            raise NotInterchangeable(
                f"{program.title} cannot run under another customer's name"
            ) from problem
        if under_other_name != away(pending):
            raise NotInterchangeable(f"{program.title} treats customers differently by their name")


def _rerun(
    program: Program, answers: tuple[Any, ...], asked: tuple[Step, ...]
) -> tuple[Pending, Any]:
    """What is pending after those answers, and the state of the frames if it is plain data."""
    run = program.start()
    try:
        pending = run.advance(None)
        for answer, before in zip(answers, asked, strict=True):
            if pending != before:
                raise _not_deterministic(program, before, pending)
            pending = run.advance(answer)
        if isinstance(pending, Finished):
            return pending, "finished"
        return pending, frame_identity(run.coroutine)
    finally:
        run.close()


def _not_deterministic(program: Program, before: Step, now: Pending) -> Problem:
    asks = "ended" if isinstance(now, Finished) else f"asked `{label(now)}`"
    return Problem(
        f"{program.title} is not deterministic: given the same answers it {asks}"
        f" where it had asked `{label(before)}`.",
        hint="a handler may not read the clock, draw random numbers or keep state; use ctx",
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
