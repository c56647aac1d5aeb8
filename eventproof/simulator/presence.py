"""Those in a state whose presence matters to what others can do, or when: few of many.

Who holds a row, stands in a queue, or notices what others commit is *present*. The shared rows and
those present decide what each actor can do and how the others change with it. So that is worked
out once for each (rows, those present, actor), and looked up in the many states that share them.

What could be wrong: an actor that matters and is not marked so, one that goes on while a row that
somebody stands in line for has become free, and one that misses what another has committed.
"""

from __future__ import annotations

from collections.abc import Callable

from eventproof.simulator.actors import held_by_siblings
from eventproof.simulator.numbered import Numbered
from eventproof.simulator.options import OptionTable
from eventproof.simulator.queues import Waiter, at_the_end
from eventproof.simulator.rows import FrozenRows
from eventproof.simulator.tables import Key
from eventproof.simulator.transactions import NO_KEYS
from eventproof.simulator.transitions import Held, Known, Options, Successor, Wait, Way, all_held

Numbers = tuple[int, ...]

NOBODY_CHANGES: dict[int, int] = {}

NO_OPTIONS = Options((), ())


class Presence:
    """Shared rows, those present beside them, and what is known so far of what each can do."""

    __slots__ = ("freed", "held", "known", "numbers", "rows", "urgent")

    def __init__(
        self,
        rows: FrozenRows,
        numbers: Numbers,
        held: Held,
        freed: frozenset[Key],
        urgent: int | None,
    ) -> None:
        self.rows = rows
        self.numbers = numbers
        self.held = held
        """The shared rows that they hold."""
        self.freed = freed
        """Rows that have become free while somebody stood in their queue: only who waited for
        one of them moves. Empty: everybody moves."""
        self.urgent = urgent
        """Whose next step nobody can notice: only this one moves."""
        self.known: dict[int, Known] = {}


class Presences:
    """Presences by their rows and numbers; grows with each new one."""

    def __init__(
        self, actors: Numbered, options: OptionTable, is_own: Callable[[Key], bool]
    ) -> None:
        self._actors = actors
        self._options = options
        self._is_own = is_own
        self._is_marked = actors.marked.__contains__
        self._met: dict[tuple[int, Numbers], Presence] = {}
        self._noticed: dict[tuple[int, frozenset[Key], frozenset[Key]], int] = {}

    def of(self, state: Numbers) -> Presence:
        """The presence in a state."""
        name = (state[0], tuple(filter(self._is_marked, state)))
        return self._met.get(name) or self._meet(name)

    def learn(self, presence: Presence, number: int) -> Known:
        """What an actor can do in a presence, from now on known."""
        after, blocked = self._options_of(presence, number)
        ways = tuple([self._way(presence, number, each) for each in after]) if after else ()
        ties = bool(blocked) and self._ties(presence, number, blocked)
        known = presence.known[number] = (ways, ties, blocked)
        return known

    def outcome(
        self, presence: Presence, number: int, successor: Successor
    ) -> tuple[int, dict[int, int]]:
        """What becomes of whoever moves, and of the others by their numbers."""
        others, moved = _without(presence.numbers, number), successor.actor
        if successor.deeds[-1].kind == "wait":
            moved = self._in_line(others, moved, successor.deeds[-1].slot)
        if not successor.written:
            return moved, NOBODY_CHANGES
        noticing = self._actors.noticing.intersection(others)
        after = {other: self._after_noticing(other, successor) for other in noticing}
        return moved, {old: new for old, new in after.items() if old != new}

    def _meet(self, name: tuple[int, Numbers]) -> Presence:
        numbers, actors = name[1], self._actors
        urgent = next((number for number in numbers if number in actors.urgent), None)
        held, freed = self._held_by(numbers), NO_KEYS
        if urgent is None and not actors.waiting.isdisjoint(numbers):
            freed = frozenset(w.key for n in numbers for w in self._let_go(n, held))
        presence = Presence(self._options.rows[name[0]], numbers, held, freed, urgent)
        self._met[name] = presence
        return presence

    def _options_of(self, presence: Presence, number: int) -> Options:
        if presence.urgent is not None and presence.urgent != number:
            return NO_OPTIONS
        held = presence.held
        if number in self._actors.holding:
            held = self._held_by(_without(presence.numbers, number))
        options = self._options.of(presence.rows, held, number)
        if not presence.freed:
            return options
        slots = {w.slot for w in self._let_go(number, presence.held)}
        # These may have come before them: they are not told from who has not asked yet.
        slots |= {slot for slot, key in self._actors.wants[number] if key in presence.freed}
        going_on = tuple(s for s in options.successors if s.deeds[0].slot in slots)
        return Options(going_on, ())

    def _ties(self, presence: Presence, number: int, blocked: tuple[Wait, ...]) -> bool:
        """Whether who waits like that may be part of a circle."""
        if presence.freed or presence.urgent is not None:
            return False
        is_holding = number in self._actors.holding
        return is_holding or any(self._is_own(wait.key) for wait in blocked)

    def _let_go(self, number: int, held: Held) -> list[Waiter]:
        """Those of an actor's waiters whose row has become free; `held` is by anybody."""
        actor, found = self._actors.actors[number], []
        for waiter in self._actors.queues[number]:
            key = waiter.key
            hold = (
                held_by_siblings(actor, waiter.slot, key) if self._is_own(key) else held.hold(key)
            )
            if not waiter.waits_on(hold):
                found.append(waiter)
        return found

    def _way(self, presence: Presence, number: int, after: Successor) -> Way:
        moved, changes = self.outcome(presence, number, after)
        is_alike = after.rows is presence.rows and self._actors.look_alike(number, after.actor)
        return (after, self._options.code(after.rows), moved, changes or None, is_alike)

    def _held_by(self, numbers: Numbers) -> Held:
        return all_held([self._actors.locks[n] for n in numbers if n in self._actors.holding])

    def _after_noticing(self, number: int, successor: Successor) -> int:
        """The actor after another has committed what `successor` says."""
        question = (number, successor.written, successor.removed)
        noticed = self._noticed.get(question)
        if noticed is None:
            noticed = self._noticed[question] = self._actors.noticing_after(*question)
        return noticed

    def _in_line(self, others: Numbers, number: int, slot: int) -> int:
        """The actor with the process that has just begun to wait at the end of its queue."""
        queues = self._actors.queues
        (waiter,) = (w for w in queues[number] if w.slot == slot)
        before: list[Waiter] = [w for other in others for w in queues[other]]
        before += [w for w in queues[number] if w.slot != slot]
        return self._actors.number(at_the_end(self._actors.actors[number], waiter, before))


def _without(numbers: Numbers, number: int) -> Numbers:
    """All but one of that number, if there is one."""
    if number not in numbers:
        return numbers
    at = numbers.index(number)
    return numbers[:at] + numbers[at + 1 :]
