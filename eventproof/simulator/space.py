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

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from eventproof.findings import Problem
from eventproof.simulator.actors import Actor, Move, Process
from eventproof.simulator.answers import AnswerTree, Renaming, renamed
from eventproof.simulator.deadlock import in_cycles
from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.model import Model
from eventproof.simulator.moves import Moves
from eventproof.simulator.namesakes import Namesakes
from eventproof.simulator.properties import View
from eventproof.simulator.queues import (
    Waiter,
    at_the_end,
    has_begun_to_wait,
    let_go,
    wait_of,
    waiters_of,
    wanted_by,
)
from eventproof.simulator.rows import FrozenRows, intern_rows
from eventproof.simulator.tables import Key, Row
from eventproof.simulator.transactions import NO_KEYS, Tx
from eventproof.simulator.transitions import (
    NOTHING_HELD,
    Deed,
    Held,
    Options,
    State,
    Successor,
    Transition,
    Wait,
)

QUIET_BOUND = 2_000
"""Steps that a process may take without touching anything shared."""


class EveryWaitMatters(Exception):
    """A row was deleted and inserted anew: whoever waited for the old one finds none."""


class Space:
    """The states of one model under one choice of names, and the ways between them."""

    def __init__(self, model: Model, *, interchangeable: bool, every_wait: bool = False) -> None:
        self.interchangeable = interchangeable
        self._every_wait = every_wait
        self._name = model.customers[0].name
        self._names = tuple(customer.name for customer in model.customers)
        others = (*self._names[1:], model.other_name) if interchangeable else ()
        self.tree = AnswerTree(renamings=[Renaming(self._name, other) for other in others])
        self._namesakes = Namesakes(self._name)
        self._ends_show = any(prop.sees_outcomes for prop in model.always)
        self._interned: dict[Any, FrozenRows] = {}
        self._empty = intern_rows({}, self._interned)
        self._moves = Moves(
            cursors=self.tree,
            routes=model.routes,
            outcomes=model.outcomes,
            isolation=model.isolation,
            is_own=self._namesakes.is_own if interchangeable else _never,
            fault_of=model.fault_of,
            network=model.network,
        )
        self._numbers: dict[Actor, int] = {}
        self.actors: list[Actor] = []
        # What a transition needs to know of an actor, by its number.
        self._locks: list[Held] = []
        self._urgent: list[bool] = []
        self._notices: list[bool] = []
        self._sights: list[tuple[int, str]] = []
        self._queues: list[tuple[Waiter, ...]] = []
        self._wants: list[tuple[tuple[int, Key], ...]] = []
        self._options: dict[tuple[FrozenRows, int, Held], Options] = {}
        self._renamed_rows: dict[tuple[str, int], Mapping[Key, Row]] = {}
        self.initial = self._initial(model)

    def transitions(self, state: State) -> list[Transition]:
        """Every way on from a state; none where all is done, or nothing can move."""
        rows, numbers = state
        for position, number in enumerate(numbers):
            if self._urgent[number]:
                options = self._options_of(rows, number, NOTHING_HELD)
                return [self._transition(state, position, 1, s) for s in options.successors]
        holders = [position for position, n in enumerate(numbers) if self._locks[n].keys]
        if any(self._queues[number] for number in numbers):
            resumed = self._resumed(state, holders)
            if resumed:
                return resumed
        found: list[Transition] = []
        blocked: list[tuple[int, Wait]] = []
        for position, number in enumerate(numbers):
            held = self._held_by_others(numbers, position, holders) if holders else NOTHING_HELD
            options = self._options_of(rows, number, held)
            if options.blocked:
                blocked += [(position, wait) for wait in options.blocked]
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
        parts, outcomes = [rows.rows], []
        for name, number in zip(self._names, numbers, strict=True):
            actor = self.actors[number]
            parts.append(self._rows_as(name, _own(actor)))
            if actor.outcome is not None:
                outcomes.append(self._as(name, actor.outcome))
        return View(tuple(parts), tuple(outcomes))

    def _rows_as(self, name: str, rows: FrozenRows) -> Mapping[Key, Row]:
        """An actor's own rows as they are under its own name."""
        if not self.interchangeable or name == self._name:
            return rows.rows
        known = self._renamed_rows.get((name, rows.number))
        if known is None:
            known = {self._as(name, key): self._as(name, row) for key, row in rows.rows.items()}
            self._renamed_rows[(name, rows.number)] = known
        return known

    def _as(self, name: str, value: Any) -> Any:
        return renamed(value, self._name, name) if self.interchangeable else value

    def sight(self, state: State) -> Hashable:
        """Names what a view of the state shows: equal sights, equal verdicts."""
        rows, numbers = state
        # As text, None sorts with the rest: a journey under way is told from every outcome.
        return (rows.number, *sorted(self._sights[number] for number in numbers))

    def _initial(self, model: Model) -> State:
        customers = model.customers
        programs = [
            model.journey_of(customers[0] if self.interchangeable else customer)
            for customer in customers
        ]
        numbers = tuple(
            self._number(self._moves.begin(program, self._empty)) for program in programs
        )
        if self.interchangeable:
            self._namesakes.demand_no_name_in(tuple(model.rows.items()))
        return (intern_rows(model.rows, self._interned), numbers)

    def _number(self, actor: Actor) -> int:
        number = self._numbers.get(actor)
        if number is None:
            number = self._numbers[actor] = len(self.actors)
            self.actors.append(actor)
            self._locks.append(self._shared_locks(actor))
            self._urgent.append(self._quiet_moves(actor) is not None)
            self._notices.append(any(_notices(p.tx) for p in actor.processes))
            outcome = repr(actor.outcome) if self._ends_show else ""
            self._sights.append((_own(actor).number, outcome))
            self._queues.append(waiters_of(actor))
            self._wants.append(wanted_by(actor, self._moves))
            if self.interchangeable:
                self._namesakes.demand_no_serializable(p.tx for p in actor.processes)
                asked = (self._moves.pending(p) for p in actor.processes if not p.waiting)
                self._namesakes.demand_no_selection_of(_own(actor), asked)
        return number

    def _shared_locks(self, actor: Actor) -> Held:
        open_txs = [p.tx for p in actor.processes if p.tx is not None]
        shared = [key for tx in open_txs for key in tx.held if not self._moves.is_own(key)]
        written = {key for tx in open_txs for key, _ in tx.writes}
        return Held(frozenset(shared), frozenset(written.intersection(shared)))

    def _held_by_others(self, numbers: tuple[int, ...], position: int, holders: list[int]) -> Held:
        others = [self._locks[numbers[other]] for other in holders if other != position]
        if len(others) < 2:
            return others[0] if others else NOTHING_HELD
        keys, written = zip(*others, strict=True)
        return Held(frozenset().union(*keys), frozenset().union(*written))

    def _options_of(self, rows: FrozenRows, number: int, held: Held) -> Options:
        question = (rows, number, held)
        options = self._options.get(question)
        if options is None:
            options = self._options[question] = self._compute(rows, self.actors[number], held)
        return options

    def _compute(self, rows: FrozenRows, actor: Actor, held: Held) -> Options:
        if self._quiet_moves(actor) is not None:
            return Options(tuple(self._quieted(actor, rows, (), NO_KEYS)), ())
        found: list[Successor] = []
        blocked: list[Wait] = []
        for process in actor.processes:
            for choice, move in () if process.waiting else self._ways(actor, process, rows, held):
                if move.blocked is None:
                    found += self._after(move, rows, (Deed(process.slot, "step", choice),))
                    continue
                blocked.append(wait_of(process, move.blocked))
                if move.actor != actor and (
                    move.blocked.matters or self._every_wait or has_begun_to_wait(process)
                ):
                    waits = (Deed(process.slot, "wait", choice),)
                    known = _knowing(rows, move)
                    found.append(Successor(known, self._number(move.actor), waits, NO_KEYS))
        return Options(tuple(found), tuple(blocked))

    def _ways(
        self, actor: Actor, process: Process, rows: FrozenRows, held: Held
    ) -> Iterator[tuple[Any, Move]]:
        """All that the pending step of a process may come to, each with its name on a tape."""
        for choice in self._moves.choices(actor, process):
            move = self._moves.step(actor, process.slot, rows, held.hold, choice)
            yield choice, move
            for other in map(str, range(1, move.choices)):
                yield other, self._moves.step(actor, process.slot, rows, held.hold, other)

    def _after(self, move: Move, rows: FrozenRows, deeds: tuple[Deed, ...]) -> Iterator[Successor]:
        if move.replaces and not self._every_wait:
            raise EveryWaitMatters
        rows = _knowing(rows, move)
        if not move.written:
            yield from self._quieted(move.actor, rows, deeds, NO_KEYS)
            return
        if self.interchangeable:
            self._namesakes.demand_no_name_in(move.written)
        written = frozenset(key for key, _ in move.written)
        rows = rows.with_writes(move.written)
        for successor in self._quieted(move.actor, rows, deeds, written):
            yield successor._replace(removed=move.removed)

    def _quieted(
        self, actor: Actor, rows: FrozenRows, deeds: tuple[Deed, ...], written: frozenset[Key]
    ) -> Iterator[Successor]:
        """What becomes of an actor when it takes the steps that nobody can notice."""
        todo = [(actor, deeds)]
        while todo:
            actor, deeds = todo.pop()
            moves = self._quiet_moves(actor)
            if moves is None:
                yield Successor(rows, self._number(actor), deeds, written)
                continue
            if len(deeds) > QUIET_BOUND:
                raise self._endless(actor.process(moves[0][0].slot))
            todo += [(move.actor, (*deeds, deed)) for deed, move in reversed(moves)]

    def _quiet_moves(self, actor: Actor) -> list[tuple[Deed, Move]] | None:
        """The next step that nobody can notice, with all its outcomes; None if there is none.

        No other actor can see what a step does to its own actor, but a property can: a step that
        commits to the actor's own rows, or ends its journey, is noticed.
        """
        for process in actor.processes:
            if process.waiting or not self._moves.quiet(actor, process):
                continue
            moves = [
                (
                    Deed(process.slot, "step", choice),
                    self._moves.step(actor, process.slot, self._empty, NOTHING_HELD.hold, choice),
                )
                for choice in self._moves.choices(actor, process)
            ]
            if not any(self._shows(actor, move.actor) for _, move in moves):
                return moves
        return None

    def _shows(self, before: Actor, after: Actor) -> bool:
        """Whether an `always` property could see the difference."""
        ends = self._ends_show and after.outcome != before.outcome
        return ends or after.rows is not before.rows

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
        if successor.deeds[-1].kind == "wait":
            numbers[position] = self._in_line(numbers, position, successor.deeds[-1].slot)
        if successor.written:
            for other, number in enumerate(numbers):
                if other != position and self._notices[number]:
                    noticing = self._moves.noticing(
                        self.actors[number], successor.written, successor.removed
                    )
                    numbers[other] = self._number(noticing)
        return numbers

    def _in_line(self, numbers: list[int], position: int, slot: int) -> int:
        """The actor at `position`, with the process that has just begun to wait in its queue."""
        others = [w for at, n in enumerate(numbers) if at != position for w in self._queues[n]]
        number = numbers[position]
        (waiter,) = (w for w in self._queues[number] if w.slot == slot)
        others += [w for w in self._queues[number] if w.slot != slot]
        return self._number(at_the_end(self.actors[number], waiter, others))

    def _resumed(self, state: State, holders: list[int]) -> list[Transition]:
        """The transitions of those whose row has become free while they stood in its queue."""
        rows, numbers = state
        queues = [self._queues[number] for number in numbers]
        locked = [self._locks[numbers[holder]].keys for holder in holders]
        ready = let_go(queues, locked)
        if ready:
            ready += self._unnoticed_before(numbers, ready)
        found = []
        for position, slot in ready:
            held = self._held_by_others(numbers, position, holders)
            for successor in self._options_of(rows, numbers[position], held).successors:
                if successor.deeds[0].slot == slot:
                    found += [self._transition(state, position, 1, successor)]
        return found

    def _unnoticed_before(
        self, numbers: tuple[int, ...], ready: list[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """Who may have come before those who go on now, and was not told from a later one."""
        free = {w.key for p, slot in ready for w in self._queues[numbers[p]] if w.slot == slot}
        return [
            (position, slot)
            for position, number in enumerate(numbers)
            for slot, key in self._wants[number]
            if key in free
        ]

    def _deadlocks(self, state: State, blocked: list[tuple[int, Wait]]) -> Iterator[Transition]:
        """The database makes one of those that wait for each other fail; any of them."""
        rows, numbers = state
        actors = [self.actors[number] for number in numbers]
        for position, slot in in_cycles(blocked, actors, self._moves.is_own):
            move = self._moves.abort(actors[position], slot, DEADLOCK_DETECTED, rows)
            deed = Deed(slot, "abort", DEADLOCK_DETECTED)
            known = _knowing(rows, move)
            successor = Successor(known, self._number(move.actor), (deed,), NO_KEYS)
            yield self._transition(state, position, 1, successor)

    def _endless(self, process: Process) -> Problem:
        return Problem(
            f"{self.tree.title(process.cursor)} took {QUIET_BOUND} steps and touched no row.",
            hint="bound its loop; a message that sends itself never ends",
        )


def _by_number(pair: tuple[int, str]) -> int:
    return pair[0]


def _never(_key: Key) -> bool:
    return False


def _notices(tx: Tx | None) -> bool:
    """Whether a transaction notices what others commit."""
    return tx is not None and (tx.snapshot is not None or tx.under_way is not None)


def _knowing(rows: FrozenRows, move: Move) -> FrozenRows:
    """The rows with what is known of conflicts after a move."""
    return rows if move.conflicts is None else rows.with_conflicts(move.conflicts)


def _own(actor: Actor) -> FrozenRows:
    assert isinstance(actor.rows, FrozenRows)
    return actor.rows
