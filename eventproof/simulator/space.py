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

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cache
from itertools import repeat
from typing import Any

from eventproof.simulator.actors import Actor, Fault
from eventproof.simulator.answers import AnswerTree, Renaming, renamed
from eventproof.simulator.deadlock import in_cycles
from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.model import Model
from eventproof.simulator.moves import Moves
from eventproof.simulator.namesakes import Namesakes
from eventproof.simulator.numbered import Numbered, own_rows
from eventproof.simulator.options import OptionTable, knowing
from eventproof.simulator.properties import View
from eventproof.simulator.queues import at_the_end, let_go
from eventproof.simulator.quiet import Quiet
from eventproof.simulator.rows import FrozenRows, intern_rows
from eventproof.simulator.tables import Key, Row
from eventproof.simulator.transactions import NO_KEYS
from eventproof.simulator.transitions import (
    NOTHING_HELD,
    Deed,
    Held,
    Known,
    Options,
    State,
    Successor,
    Transition,
    Wait,
    all_held,
)


class Space:
    """The states of one model under one choice of names, and the ways between them."""

    def __init__(self, model: Model, *, interchangeable: bool, every_wait: bool = False) -> None:
        self.interchangeable = interchangeable
        self._name = model.customers[0].name
        self._names = tuple(customer.name for customer in model.customers)
        others = (*self._names[1:], model.other_name) if interchangeable else ()
        self.tree = AnswerTree(renamings=[Renaming(self._name, other) for other in others])
        namesakes = Namesakes(self._name) if interchangeable else None
        self._moves = Moves(
            cursors=self.tree,
            routes=model.routes,
            outcomes=model.outcomes,
            isolation=model.isolation,
            is_own=cache(namesakes.is_own) if namesakes is not None else _never,
            fault_of=model.fault_of,
            network=model.network,
            sqlite=model.sqlite,
        )
        self._interned: dict[Any, FrozenRows] = {}
        self._empty = intern_rows({}, self._interned)
        ends_show = any(prop.sees_outcomes for prop in model.always)
        quiet = Quiet(self._moves, self._empty, ends_show)
        self._actors = Numbered(
            self._moves,
            quiet,
            namesakes=namesakes,
            ends_are_seen=ends_show or bool(model.sometimes),
        )
        self._options = OptionTable(
            self._moves, quiet, self._actors, namesakes=namesakes, every_wait=every_wait
        )
        self._noticed: dict[tuple[int, frozenset[Key], frozenset[Key]], int] = {}
        self._renamed_rows: dict[tuple[str, int], Mapping[Key, Row]] = {}
        if namesakes is not None:
            namesakes.demand_no_name_in(tuple(model.rows.items()))
        self.initial = self._initial(model)

    def transitions(self, state: State) -> list[Transition]:
        """Every way on from a state; none where all is done, or nothing can move."""
        actors = self._actors
        if actors.marked.isdisjoint(state):
            known = self._options.beside(self._options.rows[state[0]], NOTHING_HELD)
            return self._free(state, repeat(known), [])[0]
        if not actors.urgent.isdisjoint(state):
            return self._urgent_ones(state)
        rows, numbers = self.parts(state)
        holders = [position for position, n in enumerate(numbers) if n in actors.holding]
        if not actors.waiting.isdisjoint(numbers) and self._some_free(numbers, holders):
            resumed = self._resumed(state, holders)
            if resumed:
                return resumed
        tables = self._tables(rows, numbers, holders)
        found, is_tied = self._free(state, tables, holders)
        if is_tied:
            found += self._deadlocks(state, self._blocked(numbers, tables))
        return found

    def _free(
        self, state: State, tables: Iterable[dict[int, Known]], holders: list[int]
    ) -> tuple[list[Transition], bool]:
        """What each actor can do by itself, and whether some may wait in a circle.

        The hot loop. `tables` has, for each position, what is known of the actors there.
        """
        found: list[Transition] = []
        is_sorted = self.interchangeable
        is_noticed = not self._actors.noticing.isdisjoint(state)
        is_tied = False
        position, weight, last = 0, 1, -1
        for number, known in zip(state[1:], tables, strict=False):  # there may be tables for ever
            position += 1
            try:
                ways, ties, _ = known[number]
            except KeyError:
                ways, ties, _ = self._known(state, position - 1, holders)
            if ties:
                is_tied = True
            if not ways or number == last:
                continue  # the same as its neighbour's, and counted with it
            if is_sorted:
                last, weight = number, state.count(number)
            for successor, rows, actor, is_shared, is_alike in ways:
                if is_shared and (is_noticed or not successor.written):
                    found.append(self._transition(state, position - 1, weight, successor))
                    continue
                after = [*state]
                after[0] = rows
                after[position] = actor
                if is_sorted:
                    after.sort()
                found.append((tuple(after), weight, is_alike, position - 1, successor))
        return found, is_tied

    def names_after(
        self, state: State, position: int, successor: Successor, names: list[str]
    ) -> list[str]:
        """Which customer stands at which position after a transition from `state`."""
        numbers = self._numbers_after(state, position, successor)
        if not self.interchangeable:
            return names
        return [name for _, name in sorted(zip(numbers, names, strict=True), key=_by_number)]

    def parts(self, state: State) -> tuple[FrozenRows, tuple[int, ...]]:
        """The shared rows of a state, and its actors' numbers."""
        return self._options.rows[state[0]], state[1:]

    def done(self, state: State) -> bool:
        """Whether every actor has come to its end."""
        return all(self._actors.actors[number].done for number in state[1:])

    def actors(self, state: State) -> list[Actor]:
        """The actors of a state."""
        return [self._actors.actors[number] for number in state[1:]]

    def faults(self, state: State) -> list[Fault]:
        """What went wrong with messages up to this state."""
        if self._actors.faulty.isdisjoint(state):
            return []
        return [fault for actor in self.actors(state) for fault in actor.faults]

    def view(self, state: State) -> View:
        """What can be seen from outside."""
        rows, numbers = self.parts(state)
        parts, outcomes = [rows.rows], []
        for name, number in zip(self._names, numbers, strict=True):
            actor = self._actors.actors[number]
            parts.append(self._rows_as(name, own_rows(actor)))
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
        sights = [self._actors.sights[number] for number in state[1:]]
        if self.interchangeable:
            sights.sort()
        return (state[0], *sights)

    def _initial(self, model: Model) -> State:
        customers = model.customers
        programs = [
            model.journey_of(customers[0] if self.interchangeable else customer)
            for customer in customers
        ]
        begun = [self._moves.begin(program, self._empty) for program in programs]
        code = self._options.code(intern_rows(model.rows, self._interned))
        return (code, *map(self._actors.number, begun))

    def _urgent_ones(self, state: State) -> list[Transition]:
        """Only the first actor whose next step nobody can notice moves."""
        position = next(at for at, n in enumerate(state[1:]) if n in self._actors.urgent)
        options = self._options_at(state, position, [])
        return [self._transition(state, position, 1, s) for s in options.successors]

    def _some_free(self, numbers: tuple[int, ...], holders: list[int]) -> bool:
        """Whether a row that somebody waits for may have become free."""
        held = self._held_by_all(numbers, holders)
        queues = self._actors.queues
        return any(not waiter.waits_on(held) for number in numbers for waiter in queues[number])

    def _tables(
        self, rows: FrozenRows, numbers: tuple[int, ...], holders: list[int]
    ) -> list[dict[int, Known]]:
        """For each position, what is known of actors there, given what the others hold."""
        beside = self._options.beside
        if len(holders) > 1:
            return [
                beside(rows, self._held_by_others(numbers, position, holders))
                for position in range(len(numbers))
            ]
        free = beside(rows, NOTHING_HELD)
        if not holders:
            return [free] * len(numbers)
        found = [beside(rows, self._actors.locks[numbers[holders[0]]])] * len(numbers)
        found[holders[0]] = free
        return found

    def _blocked(
        self, numbers: tuple[int, ...], tables: list[dict[int, Known]]
    ) -> list[tuple[int, Wait]]:
        """The processes that wait, with the positions of their actors."""
        return [
            (position, wait)
            for position, (number, known) in enumerate(zip(numbers, tables, strict=True))
            for wait in known[number][2].blocked
        ]

    def _known(self, state: State, position: int, holders: list[int]) -> Known:
        rows, numbers = self.parts(state)
        held = self._held_by_others(numbers, position, holders)
        return self._options.of(rows, held, numbers[position])

    def _options_at(self, state: State, position: int, holders: list[int]) -> Options:
        return self._known(state, position, holders)[2]

    def _held_by_all(self, numbers: tuple[int, ...], holders: list[int]) -> Held:
        return all_held([self._actors.locks[numbers[holder]] for holder in holders])

    def _held_by_others(self, numbers: tuple[int, ...], position: int, holders: list[int]) -> Held:
        return all_held([self._actors.locks[numbers[at]] for at in holders if at != position])

    def _transition(
        self, state: State, position: int, weight: int, successor: Successor
    ) -> Transition:
        """As the hot loop makes them, for one that changes other actors as well."""
        numbers = self._numbers_after(state, position, successor)
        if self.interchangeable:
            numbers.sort()
        rows, before = self.parts(state)
        is_alike = successor.rows is rows and self._actors.look_alike(
            before[position], successor.actor
        )
        following = (self._options.code(successor.rows), *numbers)
        return (following, weight, is_alike, position, successor)

    def _numbers_after(self, state: State, position: int, successor: Successor) -> list[int]:
        numbers = list(state[1:])
        numbers[position] = successor.actor
        if successor.deeds[-1].kind == "wait":
            numbers[position] = self._in_line(numbers, position, successor.deeds[-1].slot)
        if successor.written:
            for other, number in enumerate(numbers):
                if other != position and number in self._actors.noticing:
                    numbers[other] = self._after_noticing(number, successor)
        return numbers

    def _after_noticing(self, number: int, successor: Successor) -> int:
        """The actor after another has committed what `successor` says."""
        question = (number, successor.written, successor.removed)
        noticed = self._noticed.get(question)
        if noticed is None:
            actor = self._actors.actors[number]
            actor = self._moves.noticing(actor, successor.written, successor.removed)
            noticed = self._noticed[question] = self._actors.number(actor)
        return noticed

    def _in_line(self, numbers: list[int], position: int, slot: int) -> int:
        """The actor at `position`, with the process that has just begun to wait in its queue."""
        others = [
            w for at, n in enumerate(numbers) if at != position for w in self._actors.queues[n]
        ]
        number = numbers[position]
        (waiter,) = (w for w in self._actors.queues[number] if w.slot == slot)
        others += [w for w in self._actors.queues[number] if w.slot != slot]
        return self._actors.number(at_the_end(self._actors.actors[number], waiter, others))

    def _resumed(self, state: State, holders: list[int]) -> list[Transition]:
        """The transitions of those whose row has become free while they stood in its queue."""
        numbers = state[1:]
        queues = [self._actors.queues[number] for number in numbers]
        ready = let_go(queues, self._held_by_all(numbers, holders))
        if ready:
            ready += self._unnoticed_before(numbers, ready)
        found = []
        for position, slot in ready:
            for successor in self._options_at(state, position, holders).successors:
                if successor.deeds[0].slot == slot:
                    found += [self._transition(state, position, 1, successor)]
        return found

    def _unnoticed_before(
        self, numbers: tuple[int, ...], ready: list[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """Who may have come before those who go on now, and was not told from a later one."""
        free = {
            w.key for p, slot in ready for w in self._actors.queues[numbers[p]] if w.slot == slot
        }
        return [
            (position, slot)
            for position, number in enumerate(numbers)
            for slot, key in self._actors.wants[number]
            if key in free
        ]

    def _deadlocks(self, state: State, blocked: list[tuple[int, Wait]]) -> Iterator[Transition]:
        """The database makes one of those that wait for each other fail; any of them."""
        rows, _ = self.parts(state)
        actors = self.actors(state)
        for position, slot in in_cycles(blocked, actors, self._moves.is_own):
            move = self._moves.abort(actors[position], slot, DEADLOCK_DETECTED, rows)
            deed = Deed(slot, "abort", DEADLOCK_DETECTED)
            number = self._actors.number(move.actor)
            successor = Successor(knowing(rows, move), number, (deed,), NO_KEYS)
            yield self._transition(state, position, 1, successor)


def _by_number(pair: tuple[int, str]) -> int:
    return pair[0]


def _never(_key: Key) -> bool:
    return False
