"""The states of a model and the ways between them: every order of steps, every choice.

A state is the shared rows and the actors. Three reductions make proofs small, none of which
changes a verdict:

- Steps that no other actor can notice are taken at once, in one go with the step before them.
- Interchangeable customers are explored under one name and their states sorted: which of two
  customers is where makes no difference. Where a handler makes a difference (it treats names
  differently, or writes one into a shared row) that is noticed, and each is explored by name.
- What an actor can do is computed once for each (shared rows, actor, others whose presence
  matters) and looked up from then on.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cache
from typing import Any

from eventproof.simulator.actors import Actor, Fault
from eventproof.simulator.answers import AnswerTree, Renaming, Unhashable, renamed
from eventproof.simulator.deadlock import in_cycles
from eventproof.simulator.errors import DEADLOCK_DETECTED
from eventproof.simulator.model import Model
from eventproof.simulator.moves import Moves
from eventproof.simulator.namesakes import Namesakes
from eventproof.simulator.numbered import Numbered, own_rows
from eventproof.simulator.options import OptionTable, knowing
from eventproof.simulator.presence import Presence, Presences
from eventproof.simulator.properties import View
from eventproof.simulator.quiet import Quiet
from eventproof.simulator.rows import FrozenRows, intern_rows
from eventproof.simulator.tables import Key, Row
from eventproof.simulator.transactions import NO_KEYS
from eventproof.simulator.transitions import Deed, State, Successor, Transition


class Space:
    """The states of one model under one choice of names, and the ways between them."""

    def __init__(self, model: Model, *, interchangeable: bool, every_wait: bool = False) -> None:
        self.interchangeable = interchangeable
        self.every_wait = every_wait
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
            turns=model.turns,
            sqlite=model.sqlite,
        )
        self._interned: dict[Any, FrozenRows] = {}
        self._empty = intern_rows({}, self._interned)
        ends_show = bool(model.eventually) or any(p.sees_outcomes for p in model.always)
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
        self._sight_of = self._actors.sights.__getitem__
        self._presences = Presences(self._actors, self._options, self._moves.is_own)
        self._renamed_rows: dict[tuple[str, int], Mapping[Key, Row]] = {}
        if namesakes is not None:
            namesakes.demand_no_name_in(tuple(model.rows.items()))
        self.initial = self._initial(model)

    def transitions(self, state: State) -> list[Transition]:
        """Every way on from a state; none where all is done, or nothing can move."""
        presence = self._presences.of(state)
        found, is_tied = self._ways_on(state, presence)
        if presence.urgent is not None:
            # Nobody can tell in which order those go that are equal to it.
            return [(after, 1, alike, position, how) for after, _, alike, position, how in found]
        if is_tied:
            found += self._deadlocks(state, presence)
        return found

    def _ways_on(self, state: State, presence: Presence) -> tuple[list[Transition], bool]:
        """What each actor can do by itself, and whether some may wait in a circle.

        The hot loop.
        """
        found: list[Transition] = []
        known = presence.known
        is_sorted = self.interchangeable
        is_tied = False
        position, weight, last = -1, 1, -1
        for number in state[1:]:
            position += 1
            if number == last:
                continue  # the same as its neighbour's, and counted with it
            try:
                ways, ties, _ = known[number]
            except KeyError:
                ways, ties, _ = self._presences.learn(presence, number)
            if ties:
                is_tied = True
            if not ways:
                continue
            if is_sorted:
                last, weight = number, state.count(number)
            for successor, rows, actor, changes, is_alike in ways:
                after = [*state] if changes is None else [changes.get(n, n) for n in state]
                after[0] = rows
                after[position + 1] = actor
                if is_sorted:
                    after.sort()
                found.append((tuple(after), weight, is_alike, position, successor))
        return found, is_tied

    def where(self, state: State, position: int, slot: int) -> str:
        """Which program runs there, and where it waits for its answer, as ` (file.py:line)`."""
        actor = self._actors.actors[state[1 + position]]
        cursor = actor.process(slot).cursor
        return f"{self._moves.cursors.title(cursor)}{self._moves.cursors.place(cursor)}"

    def processes(self, state: State) -> list[tuple[int, int]]:
        """Whoever runs and waits for no reply: position of its actor, and its slot."""
        actors = self._actors.actors
        return [
            (position, process.slot)
            for position, number in enumerate(state[1:])
            for process in actors[number].processes
            if not process.waiting
        ]

    def ways_of(self, state: State, position: int) -> tuple[list[Transition], bool]:
        """What one actor can do by itself, and whether it may wait in a circle.

        For those who go one way and not all; explored by name.
        """
        presence, number = self._presences.of(state), state[1 + position]
        ways, ties, _ = presence.known.get(number) or self._presences.learn(presence, number)
        found: list[Transition] = []
        for successor, rows, actor, changes, is_alike in ways:
            after = [*state] if changes is None else [changes.get(n, n) for n in state]
            after[0] = rows
            after[position + 1] = actor
            found.append((tuple(after), 1, is_alike, position, successor))
        return found, ties

    def names_after(
        self, state: State, position: int, successor: Successor, names: list[str]
    ) -> list[str]:
        """Which customer stands at which position after a transition from `state`."""
        if not self.interchangeable:
            return names
        before = state[1 + position]
        moved, changes = self._presences.outcome(self._presences.of(state), before, successor)
        numbers = [changes.get(number, number) for number in state[1:]]
        numbers[position] = moved
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
        faulty = self._actors.faulty
        if not faulty or faulty.isdisjoint(state):
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
        sights = [*map(self._sight_of, state[1:])]
        if self.interchangeable:
            sights.sort()
        sights.append(state[0])
        return tuple(sights)

    def _initial(self, model: Model) -> State:
        customers = model.customers
        programs = [
            model.journey_of(customers[0] if self.interchangeable else customer)
            for customer in customers
        ]
        begun = [self._moves.begin(program, self._empty) for program in programs]
        _demand_hashable(model)
        code = self._options.code(intern_rows(model.rows, self._interned))
        return (code, *map(self._actors.number, begun))

    def _deadlocks(self, state: State, presence: Presence) -> Iterator[Transition]:
        """The database makes one of those that wait for each other fail; any of them."""
        rows, numbers = self.parts(state)
        actors = self.actors(state)
        blocked = [
            (position, wait)
            for position, number in enumerate(numbers)
            for wait in presence.known[number][2]
        ]
        for position, slot in in_cycles(blocked, actors, self._moves.is_own):
            move = self._moves.abort(actors[position], slot, DEADLOCK_DETECTED, rows)
            deed = Deed(slot, "abort", DEADLOCK_DETECTED)
            number = self._actors.number(move.actor)
            successor = Successor(knowing(rows, move), number, (deed,), NO_KEYS)
            yield self._aborted(state, position, successor)

    def _aborted(self, state: State, position: int, successor: Successor) -> Transition:
        rows, numbers = self.parts(state)
        after = [*numbers]
        after[position] = successor.actor
        if self.interchangeable:
            after.sort()
        is_alike = successor.rows is rows and self._actors.look_alike(
            numbers[position], successor.actor
        )
        following = (self._options.code(successor.rows), *after)
        return (following, 1, is_alike, position, successor)


def _demand_hashable(model: Model) -> None:
    for (table, identity), row in model.rows.items():
        try:
            hash(row)
        except TypeError as error:
            raise Unhashable(
                f"the row {identity} of {table} has a value that may still change: {error}"
            ) from error


def _by_number(pair: tuple[int, str]) -> int:
    return pair[0]


def _never(_key: Key) -> bool:
    return False
