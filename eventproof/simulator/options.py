"""What one actor can do, given the shared rows and the locks of the others; worked out once.

An actor's options depend on nothing else, so they are kept for each (rows, locks of others, actor)
that was ever asked for. What could be wrong: something that an option depends on and that is not
part of the question, an option that is left out, and one that properties should look at again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eventproof.simulator.actors import Actor, Move, Process
from eventproof.simulator.moves import Moves
from eventproof.simulator.namesakes import Namesakes
from eventproof.simulator.numbered import Numbered
from eventproof.simulator.queues import has_begun_to_wait, wait_of
from eventproof.simulator.quiet import Quiet
from eventproof.simulator.rows import FrozenRows
from eventproof.simulator.transactions import NO_KEYS
from eventproof.simulator.transitions import (
    Deed,
    Held,
    Options,
    Successor,
    Wait,
)


class EveryWaitMatters(Exception):
    """A row was deleted and inserted anew: whoever waited for the old one finds none."""


class OptionTable:
    """Options by question; grows with each new one."""

    def __init__(
        self,
        moves: Moves,
        quiet: Quiet,
        numbered: Numbered,
        *,
        namesakes: Namesakes | None,
        every_wait: bool,
    ) -> None:
        self._moves = moves
        self._quiet = quiet
        self._numbered = numbered
        self._namesakes = namesakes
        self._every_wait = every_wait
        self._known: dict[tuple[FrozenRows, Held, int], Options] = {}
        self.rows: dict[int, FrozenRows] = {}
        """Shared rows by their code."""

    def code(self, rows: FrozenRows) -> int:
        """What stands for shared rows in a state."""
        code = ~rows.number  # negative, so that sorting leaves it before the actors' numbers
        self.rows[code] = rows
        return code

    def of(self, rows: FrozenRows, held: Held, number: int) -> Options:
        """What an actor can do beside others that hold those rows, from now on known."""
        question = (rows, held, number)
        options = self._known.get(question)
        if options is None:
            options = self._options(rows, self._numbered.actors[number], held)
            self._known[question] = options
        return options

    def _options(self, rows: FrozenRows, actor: Actor, held: Held) -> Options:
        if self._quiet.moves_of(actor) is not None:
            return Options(tuple(self._after(actor, rows, ())), ())
        found: list[Successor] = []
        blocked: list[Wait] = []
        for process in actor.processes:
            for choice, move in (
                self._moves_of(actor, process, rows, held) if process.can_move else ()
            ):
                if move.is_turned_away:
                    continue
                if move.blocked is None:
                    found += self._moved(move, rows, (Deed(process.slot, "step", choice),))
                    continue
                blocked.append(wait_of(process, move.blocked))
                if move.actor != actor and (
                    move.blocked.matters or self._every_wait or has_begun_to_wait(process)
                ):
                    waits = (Deed(process.slot, "wait", choice),)
                    number = self._numbered.number(move.actor)
                    found.append(Successor(knowing(rows, move), number, waits, NO_KEYS))
        return Options(tuple(found), tuple(blocked))

    def _moves_of(
        self, actor: Actor, process: Process, rows: FrozenRows, held: Held
    ) -> Iterator[tuple[Any, Move]]:
        """All that the pending step of a process may come to, each with its name on a tape."""
        for choice in self._moves.choices(actor, process):
            yield from self._moves.every_way(actor, process.slot, rows, held.hold, choice)

    def _moved(self, move: Move, rows: FrozenRows, deeds: tuple[Deed, ...]) -> Iterator[Successor]:
        if move.replaces and not self._every_wait:
            raise EveryWaitMatters
        rows = knowing(rows, move)
        if not move.written:
            yield from self._after(move.actor, rows, deeds)
            return
        if self._namesakes is not None:
            self._namesakes.demand_no_name_in(move.written)
        written = frozenset(key for key, _ in move.written)
        for after in self._after(move.actor, rows.with_writes(move.written), deeds):
            yield after._replace(written=written, removed=move.removed)

    def _after(
        self, actor: Actor, rows: FrozenRows, deeds: tuple[Deed, ...]
    ) -> Iterator[Successor]:
        for settled, done in self._quiet.settled(actor, deeds):
            yield Successor(rows, self._numbered.number(settled), done, NO_KEYS)


def knowing(rows: FrozenRows, move: Move) -> FrozenRows:
    """The rows with what is known of conflicts after a move, and with the lines of messages."""
    if move.lines:
        rows = rows.with_lines(move.lines)
    return rows if move.conflicts is None else rows.with_conflicts(move.conflicts)
