"""What is known of serializable transactions: what each read and wrote, and their conflicts.

Plain data, so that equal situations are equal values: transactions are numbered by the lowest free
number, moments by their order, and whoever matters to nobody any more is forgotten.
"""

from __future__ import annotations

from typing import NamedTuple

from eventproof.simulator.guards import Guard
from eventproof.simulator.tables import Key, Row


class Read(NamedTuple):
    """What a statement looked for: one key, or a predicate over a table."""

    table: str
    key: Key | None
    guards: tuple[Guard, ...] = ()

    def sees(self, written: Written) -> bool:
        """Whether the row, as it was or as it became, is what was looked for."""
        if self.key is not None:
            return self.key == written.key
        if self.table != written.key[0]:
            return False
        versions = (row for row in (written.old, written.new) if row is not None)
        return any(all(guard.holds(row) for guard in self.guards) for row in versions)


class Written(NamedTuple):
    """A row as it was and as it became; None where it was not there."""

    key: Key
    old: Row | None
    new: Row | None


class Node(NamedTuple):
    """One serializable transaction."""

    number: int
    began: int
    """How many had committed when it took its snapshot."""
    reads: frozenset[Read] = frozenset()
    scans: frozenset[str] = frozenset()
    """Tables that it read from in any way."""
    writes: tuple[Written, ...] = ()
    wrote: bool = False
    """Whether it has ever tried to write, even what it has undone since."""
    waits_in: str | None = None
    """The table in which its row stands already, while its statement waits for what is like it."""
    out: frozenset[int] = frozenset()
    """Those that wrote what it read and did not see."""
    doomed: bool = False
    """Whether it will fail when it asks next."""
    committed: int = 0
    """The how many-th to commit it was; 0 while it is under way."""
    out_before: bool = False
    """Whether one that it had a conflict out to had committed before it did."""

    @property
    def only_read(self) -> bool:
        """Whether it has committed without writing."""
        return bool(self.committed) and not self.wrote

    def overlaps(self, other: Node) -> bool:
        """Whether neither had committed when the other began."""
        unseen = not self.committed or self.committed > other.began
        return unseen and (not other.committed or other.committed > self.began)


class Conflicts(NamedTuple):
    """All serializable transactions that still matter, by number."""

    nodes: tuple[Node, ...] = ()

    def node(self, number: int) -> Node:
        """The transaction of that number."""
        return next(node for node in self.nodes if node.number == number)

    def joined(self) -> tuple[Conflicts, int]:
        """With one more transaction, and its number: the lowest that is free."""
        taken = {node.number for node in self.nodes}
        number = next(n for n in range(1, len(taken) + 2) if n not in taken)
        return self.having(Node(number, self.clock)), number

    @property
    def clock(self) -> int:
        """How many have committed, as far as it matters."""
        return max((max(node.committed, node.began) for node in self.nodes), default=0)

    def having(self, *nodes: Node) -> Conflicts:
        """With some nodes in place of those of their numbers."""
        by_number = {node.number: node for node in (*self.nodes, *nodes)}
        return Conflicts(tuple(by_number[number] for number in sorted(by_number)))

    def without(self, number: int) -> Conflicts:
        """Without one that failed or was rolled back."""
        return Conflicts(tuple(node for node in self.nodes if node.number != number)).kept()

    def kept(self) -> Conflicts:
        """Those that somebody under way may still be in conflict with, numbered anew in time."""
        nodes = self.nodes
        oldest = min((n.began for n in nodes if not n.committed), default=None)
        kept = [
            n for n in nodes if not n.committed or (oldest is not None and n.committed > oldest)
        ]
        there = {node.number for node in kept}
        moments = sorted({n.began for n in kept} | {n.committed for n in kept if n.committed})
        at = {moment: place for place, moment in enumerate(moments, start=1)} | {0: 0}
        return Conflicts(
            tuple(
                n._replace(began=at[n.began], committed=at[n.committed], out=n.out & there)
                for n in kept
            )
        )

    def into(self, number: int) -> list[Node]:
        """Those that have a conflict out to one."""
        return [node for node in self.nodes if number in node.out]


NO_CONFLICTS = Conflicts()
