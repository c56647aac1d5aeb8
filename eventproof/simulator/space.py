"""The states of a model and the ways between them: every order of steps, every choice.

A state is the shared rows and the actors. Three reductions make proofs small, none of which
changes a verdict:

- Steps that no other actor can notice are taken at once, in one go with the step before them.
- Interchangeable customers are explored under one name and their states sorted: which of two
  customers is where makes no difference. Where a handler makes a difference (it treats names
  differently, or writes one into a shared row) that is noticed, and each is explored by name.
- What an actor can do is computed once for each (shared rows, actor, locks of the others) and
  looked up from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from eventproof.findings import Problem
from eventproof.simulator.answers import AnswerTree, NotInterchangeable, Renaming
from eventproof.simulator.deadlock import in_cycles
from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.model import Model
from eventproof.simulator.moves import Actor, Move, Moves, Process, Writes
from eventproof.simulator.properties import View
from eventproof.simulator.rows import FrozenRows, intern_rows
from eventproof.simulator.steps import Commit
from eventproof.simulator.tables import Key

QUIET_BOUND = 10_000
"""Steps that a process may take without touching anything shared."""


NO_KEYS: frozenset[Key] = frozenset()


class Deed(NamedTuple):
    """One step of one process, as a tape records it."""

    slot: int
    kind: str
    """`step`, `wait` (its statement begins to wait for a lock) or `abort`."""
    choice: str | None = None


class Successor(NamedTuple):
    """What an actor can do from a state: the steps, and what becomes of it."""

    rows: FrozenRows
    actor: int
    deeds: tuple[Deed, ...]
    written: frozenset[Key]


class Options(NamedTuple):
    """All that an actor can do, and which of its processes wait for which row."""

    successors: tuple[Successor, ...]
    blocked: tuple[tuple[int, Key], ...]


State = tuple[FrozenRows, tuple[int, ...]]


class Transition(NamedTuple):
    """One way on from a state."""

    position: int
    """Which actor moves."""
    weight: int
    """How many interchangeable actors could make the same move."""
    successor: Successor
    state: State


class Space:
    """The states of one model under one choice of names, and the ways between them."""

    def __init__(self, model: Model, *, interchangeable: bool) -> None:
        self.interchangeable = interchangeable
        self._name = model.customers[0].name
        renaming = Renaming(self._name, model.other_name) if interchangeable else None
        self.tree = AnswerTree(renaming=renaming)
        self._interned: dict[Any, FrozenRows] = {}
        self._moves = Moves(
            cursors=self.tree,
            routes=model.routes,
            outcomes=model.outcomes,
            isolation=model.isolation,
            is_own=self._names_the_customer if interchangeable else _never,
            fault_of=model.fault_of,
        )
        self._numbers: dict[Actor, int] = {}
        self.actors: list[Actor] = []
        # What a transition needs to know of an actor, by its number.
        self._locks: list[frozenset[Key]] = []
        self._urgent: list[bool] = []
        self._has_snapshot: list[bool] = []
        self._options: dict[tuple[FrozenRows, int, frozenset[Key]], Options] = {}
        self._victims: dict[tuple[int, int], Successor] = {}
        self.initial = self._initial(model)

    def transitions(self, state: State) -> list[Transition]:
        """Every way on from a state; none where all is done, or nothing can move."""
        rows, numbers = state
        for position, number in enumerate(numbers):
            if self._urgent[number]:
                options = self._options_of(rows, number, NO_KEYS)
                return [self._transition(state, position, 1, s) for s in options.successors]
        holders = [position for position, n in enumerate(numbers) if self._locks[n]]
        found: list[Transition] = []
        blocked: list[tuple[int, int, Key]] = []
        for position, number in enumerate(numbers):
            held = self._held_by_others(numbers, position, holders) if holders else NO_KEYS
            options = self._options_of(rows, number, held)
            if options.blocked:
                blocked += [(position, slot, key) for slot, key in options.blocked]
            if self.interchangeable and position and number == numbers[position - 1]:
                continue  # the same as its neighbour's, and counted with it
            weight = numbers.count(number) if self.interchangeable else 1
            for successor in options.successors:
                found.append(self._transition(state, position, weight, successor))  # noqa: PERF401 - the hot loop: a comprehension's own frame costs a tenth here
        if len(blocked) > 1:
            found += self._deadlocks(state, blocked)
        return found

    def names_after(
        self, state: State, position: int, successor: Successor, names: list[str]
    ) -> list[str]:
        """Which customer stands at which position after a transition from `state`."""
        numbers = self._numbers_after(state, position, successor)
        if not self.interchangeable:
            return names
        return [name for _, name in sorted(zip(numbers, names, strict=True), key=_by_number)]

    def done(self, state: State) -> bool:
        """Whether every actor has come to its end."""
        return all(self.actors[number].done for number in state[1])

    def view(self, state: State) -> View:
        """What can be seen from outside."""
        rows, numbers = state
        actors = [self.actors[number] for number in numbers]
        parts = (rows.rows, *(_rows_of(actor) for actor in actors))
        return View(parts, tuple(a.outcome for a in actors if a.outcome is not None))

    def data(self, state: State) -> tuple[int, ...]:
        """Names what a view of the state shows of the rows: equal data, equal verdicts."""
        rows, numbers = state
        own = sorted(_own(self.actors[number]).number for number in numbers)
        return (rows.number, *own)

    def _initial(self, model: Model) -> State:
        empty = intern_rows({}, self._interned)
        customers = model.customers
        programs = [
            model.journey_of(customers[0] if self.interchangeable else customer)
            for customer in customers
        ]
        numbers = tuple(self._number(self._moves.begin(program, empty)) for program in programs)
        return (intern_rows(model.rows, self._interned), numbers)

    def _number(self, actor: Actor) -> int:
        number = self._numbers.get(actor)
        if number is None:
            number = self._numbers[actor] = len(self.actors)
            self.actors.append(actor)
            self._locks.append(self._shared_locks(actor))
            self._urgent.append(self._quiet_process(actor) is not None)
            self._has_snapshot.append(any(p.tx and p.tx.snapshot for p in actor.processes))
        return number

    def _shared_locks(self, actor: Actor) -> frozenset[Key]:
        held = [p.tx.held for p in actor.processes if p.tx is not None]
        return frozenset(k for keys in held for k in keys if not self._moves.is_own(k))

    def _held_by_others(
        self, numbers: tuple[int, ...], position: int, holders: list[int]
    ) -> frozenset[Key]:
        others = [self._locks[numbers[other]] for other in holders if other != position]
        return others[0].union(*others[1:]) if others else NO_KEYS

    def _options_of(self, rows: FrozenRows, number: int, held: frozenset[Key]) -> Options:
        question = (rows, number, held)
        options = self._options.get(question)
        if options is None:
            options = self._options[question] = self._compute(rows, self.actors[number], held)
        return options

    def _compute(self, rows: FrozenRows, actor: Actor, held: frozenset[Key]) -> Options:
        if self._quiet_process(actor) is not None:
            return Options(tuple(self._quieted(actor, rows, (), frozenset())), ())
        found: list[Successor] = []
        blocked: list[tuple[int, Key]] = []
        for process in actor.processes:
            if process.waiting:
                continue
            move = self._moves.step(actor, process.slot, rows, held.__contains__)
            if move.blocked_by is None:
                deed = Deed(process.slot, "step")
                found += self._after(move, rows, (deed,))
                continue
            blocked.append((process.slot, move.blocked_by))
            if move.actor != actor:
                waits = (Deed(process.slot, "wait"),)
                found.append(Successor(rows, self._number(move.actor), waits, frozenset()))
        return Options(tuple(found), tuple(blocked))

    def _after(self, move: Move, rows: FrozenRows, deeds: tuple[Deed, ...]) -> Iterator[Successor]:
        if not move.written:
            return self._quieted(move.actor, rows, deeds, frozenset())
        self._demand_no_name_in(move.written)
        written = frozenset(key for key, _ in move.written)
        return self._quieted(move.actor, rows.with_writes(move.written), deeds, written)

    def _quieted(
        self,
        actor: Actor,
        rows: FrozenRows,
        deeds: tuple[Deed, ...],
        written: frozenset[Key],
    ) -> Iterator[Successor]:
        """What becomes of an actor when it takes the steps that nobody can notice."""
        process = self._quiet_process(actor)
        if process is None:
            yield Successor(rows, self._number(actor), deeds, written)
            return
        if len(deeds) > QUIET_BOUND:
            raise self._endless(process)
        step = self._moves.pending(process)
        for choice in self._moves.choices(step):
            move = self._moves.step(actor, process.slot, rows, _never, choice)
            further = (*deeds, Deed(process.slot, "step", choice))
            if isinstance(step, Commit) and move.actor.rows is not actor.rows:
                # Others cannot see what was committed, but a property can: make it a state.
                yield Successor(rows, self._number(move.actor), further, written)
            else:
                yield from self._quieted(move.actor, rows, further, written)

    def _quiet_process(self, actor: Actor) -> Process | None:
        for process in actor.processes:
            if not process.waiting and self._moves.quiet(actor, process):
                return process
        return None

    def _transition(
        self, state: State, position: int, weight: int, successor: Successor
    ) -> Transition:
        numbers = self._numbers_after(state, position, successor)
        if self.interchangeable:
            numbers.sort()
        return Transition(position, weight, successor, (successor.rows, tuple(numbers)))

    def _numbers_after(self, state: State, position: int, successor: Successor) -> list[int]:
        numbers = list(state[1])
        numbers[position] = successor.actor
        if successor.written:
            for other, number in enumerate(numbers):
                if other != position and self._has_snapshot[number]:
                    noticing = self._moves.noticing(self.actors[number], successor.written)
                    numbers[other] = self._number(noticing)
        return numbers

    def _deadlocks(
        self, state: State, blocked: list[tuple[int, int, Key]]
    ) -> Iterator[Transition]:
        """The database makes one of those that wait for each other fail; any of them."""
        rows, numbers = state
        actors = [self.actors[number] for number in numbers]
        for position, slot in in_cycles(blocked, actors):
            victim = (numbers[position], slot)
            successor = self._victims.get(victim)
            if successor is None:
                move = self._moves.abort(actors[position], slot, DEADLOCK_DETECTED)
                deed = Deed(slot, "abort", DEADLOCK_DETECTED)
                actor = self._number(move.actor)
                successor = Successor(rows, actor, (deed,), frozenset())
                self._victims[victim] = successor
            yield self._transition(state, position, 1, successor._replace(rows=rows))

    def _names_the_customer(self, key: Key) -> bool:
        identity = key[1]
        parts = identity if isinstance(identity, tuple) else (identity,)
        return any(isinstance(part, str) and self._name in part for part in parts)

    def _demand_no_name_in(self, written: Writes) -> None:
        if not self.interchangeable:
            return
        for key, row in written:
            values = row._asdict().values()
            if any(isinstance(value, str) and self._name in value for value in values):
                raise NotInterchangeable(f"a customer's name is written into {key[0]} {key[1]}")

    def _endless(self, process: Process) -> Problem:
        return Problem(
            f"{self.tree.title(process.cursor)} took {QUIET_BOUND} steps and touched no row.",
            hint="bound its loop; a message that sends itself never ends",
        )


def _by_number(pair: tuple[int, str]) -> int:
    return pair[0]


def _never(_key: Key) -> bool:
    return False


def _own(actor: Actor) -> FrozenRows:
    assert isinstance(actor.rows, FrozenRows)
    return actor.rows


def _rows_of(actor: Actor) -> Any:
    return _own(actor).rows
