"""Steps that nobody can notice: no other actor, and no property. They are taken at once.

No other actor can see what such a step does to its own actor, but a property can: a step that
commits to the actor's own rows, or ends its journey, is noticed. What could be wrong: a step taken
here that a property should have seen, one that never comes to an end (so there is a bound), and a
choice of which only one outcome is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eventproof.findings import Problem
from eventproof.simulator.actors import Actor, Move
from eventproof.simulator.deliveries import storm
from eventproof.simulator.moves import Moves
from eventproof.simulator.rows import FrozenRows
from eventproof.simulator.tables import Key
from eventproof.simulator.transitions import NOTHING_HELD, Deed
from eventproof.simulator.turns import taken

QUIET_BOUND = 2_000
"""Steps that a process may take without touching anything shared."""

WAYS_BOUND = 1_000
"""Ways on that are followed in one go; beyond, what nobody can notice is a state of its own, and
between states a search looks at its budget."""

PROCESSES_BOUND = 200
"""Messages that may be under way for one customer at a time: more is a storm."""


@dataclass(frozen=True)
class Quiet:
    """The steps of a model's actors that nobody can notice."""

    moves: Moves
    empty: FrozenRows
    """No rows: what such a step may look at."""
    ends_show: bool
    """Whether an `always` property looks at what journeys returned."""

    def moves_of(self, actor: Actor) -> list[tuple[Deed, Move]] | None:
        """The next step that nobody can notice, with all its outcomes; None if there is none."""
        for process in actor.processes:
            if process.waiting or not self.moves.quiet(actor, process):
                continue
            moves = [
                (
                    Deed(process.slot, "step", choice),
                    self.moves.step(actor, process.slot, self.empty, NOTHING_HELD.hold, choice),
                )
                for choice in self.moves.choices(actor, process)
            ]
            if not any(self._is_noticed(actor, move.actor) for _, move in moves):
                return moves
        return None

    def settled(
        self, actor: Actor, deeds: tuple[Deed, ...]
    ) -> Iterator[tuple[Actor, tuple[Deed, ...]]]:
        """What becomes of an actor when it takes all those steps, and the deeds up to there."""
        todo, ways = [(actor, deeds)], 1
        while todo:
            actor, deeds = todo.pop()
            moves = self.moves_of(actor) if ways <= WAYS_BOUND else None
            if moves is None:
                yield actor, deeds
                continue
            ways += len(moves) - 1
            if len(actor.processes) > PROCESSES_BOUND:
                raise storm(self.moves.cursors, actor, PROCESSES_BOUND)
            if len(deeds) > QUIET_BOUND:
                raise self._endless(actor, moves[0][0].slot)
            todo += [(move.actor, (*deeds, deed)) for deed, move in reversed(moves)]

    def _is_noticed(self, before: Actor, after: Actor) -> bool:
        """Whether a property, a requester or another consumer could see the difference."""
        return (
            self._shows(before, after)
            or _answers(before, after)
            or not self._turns_of(before) <= self._turns_of(after)
        )

    def _turns_of(self, actor: Actor) -> set[Key]:
        """What the actor has taken that others may wait for."""
        return {
            key
            for process in actor.processes
            for key in taken(process)
            if not self.moves.is_own(key)
        }

    def _shows(self, before: Actor, after: Actor) -> bool:
        """Whether an `always` property could see the difference."""
        ends = self.ends_show and after.outcome != before.outcome
        return ends or after.rows is not before.rows

    def _endless(self, actor: Actor, slot: int) -> Problem:
        cursors, cursor = self.moves.cursors, actor.process(slot).cursor
        return Problem(
            f"{cursors.title(cursor)} took {QUIET_BOUND} steps and touched no row"
            f"{cursors.place(cursor)}.",
            hint="bound its loop; a message that sends itself never ends",
        )


def _answers(before: Actor, after: Actor) -> bool:
    """Whether somebody gets a reply who might have given up instead: that is a race."""
    return any(p.may_give_up and p not in after.processes for p in before.processes)
