"""Where programs stand when they run for real: live coroutines, and rows that change in place.

Used by the timed driver and by replay. A cursor is a running coroutine, so it can be advanced once
from each place; a snapshot keeps old rows only while somebody may still look at them.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from eventproof.simulator.alarms import Changed
from eventproof.simulator.conflicts import NO_CONFLICTS
from eventproof.simulator.programs import Finished, Program, Running
from eventproof.simulator.steps import Step
from eventproof.simulator.tables import Key, Row
from eventproof.simulator.tickets import EMPTY, Lines, Standing
from eventproof.simulator.transactions import Writes


class LiveCursor:
    """A running program and what it asks now."""

    __slots__ = ("pending", "running")

    def __init__(self, running: Running) -> None:
        self.running = running
        self.pending: Step | Finished = running.advance(None)


class LiveCursors:
    """Cursors over live coroutines; `advance` returns the same cursor, moved on."""

    def start(self, program: Program) -> LiveCursor:
        """Start the program and run to its first step."""
        return LiveCursor(program.start())

    def pending(self, cursor: LiveCursor) -> Step | Finished:
        """What the program asks now."""
        return cursor.pending

    def advance(self, cursor: LiveCursor, answer: Any) -> LiveCursor:
        """Give the answer and run to the next step."""
        cursor.pending = cursor.running.advance(answer)
        return cursor

    def title(self, cursor: LiveCursor) -> str:
        """The program's title."""
        return cursor.running.program.title

    def place(self, cursor: LiveCursor) -> str:
        """Where the program waits for its answer."""
        return cursor.running.place or cursor.running.program.place


class LiveRows:
    """Committed rows, changed in place, with the history that open snapshots need."""

    def __init__(self, rows: Mapping[Key, Row]) -> None:
        self.current = dict(rows)
        self._by_table: dict[str, dict[Key, Row]] = defaultdict(dict)
        for key, row in rows.items():
            self._by_table[key[0]][key] = row
        self.conflicts = NO_CONFLICTS
        """Of the serializable transactions that are at work on them."""
        self._lines: dict[Key, Standing] = {}
        """Lines of messages in which somebody stands."""
        self._commits = 0
        self._open: dict[Hashable, int] = {}
        """Whose snapshots somebody looks at -> their moments; the oldest first."""
        self._history: dict[Key, deque[tuple[int, Row | None]]] = {}
        """What rows were before which commit, as far back as somebody looks."""
        self._changed: deque[tuple[int, Key]] = deque()
        """The entries of the history, by time."""
        self.written: list[Changed] | None = None
        """What was committed since somebody last looked; None where nobody does."""

    def get(self, key: Key) -> Row | None:
        """The row as it is committed now."""
        return self.current.get(key)

    def standing(self, line: Key) -> Standing:
        """How a line of messages stands."""
        return self._lines.get(line, EMPTY)

    def stand(self, lines: Lines) -> None:
        """Lines stand otherwise now."""
        for line, now in lines:
            if now != EMPTY:
                self._lines[line] = now
            else:
                self._lines.pop(line, None)

    def scan(self, table: str) -> Iterable[tuple[Key, Row]]:
        """The rows of a table as they are committed now."""
        return self._by_table[table].items()

    def table(self, name: str) -> dict[Key, Row]:
        """The rows of a table, those added first coming first; it follows all changes."""
        return self._by_table[name]

    def snapshot(self) -> LiveSnapshot:
        """The rows as they are now; good for later only once it is kept."""
        return LiveSnapshot(self, self._commits)

    def keep(self, owner: Hashable) -> None:
        """`owner` goes on looking at the snapshot of now; `release` it when that has ended."""
        self._open[owner] = self._commits

    def release(self, owner: Hashable) -> None:
        """A snapshot's transaction has ended; what nobody else looks back to is forgotten."""
        del self._open[owner]
        oldest = next(iter(self._open.values()), self._commits)
        while self._changed and self._changed[0][0] <= oldest:
            _, key = self._changed.popleft()
            self._history[key].popleft()
            if not self._history[key]:
                del self._history[key]

    def commit(self, writes: Writes) -> None:
        """Make writes the current rows."""
        self._commits += 1
        for key, row in writes:
            if self._open:
                before = (self._commits, self.current.get(key))
                self._history.setdefault(key, deque()).append(before)
                self._changed.append((self._commits, key))
            if self.written is not None:
                self.written.append((key, self.current.get(key), row))
            if row is not None:
                self.current[key] = self._by_table[key[0]][key] = row
            elif key in self.current:
                del self.current[key], self._by_table[key[0]][key]

    def as_of(self, key: Key, moment: int) -> Row | None:
        """The row as it was after the `moment`th commit."""
        for commit, before in self._history.get(key, ()):
            if commit > moment:
                return before
        return self.current.get(key)

    def scan_as_of(self, table: str, moment: int) -> Iterable[tuple[Key, Row]]:
        """The rows of a table as they were after the `moment`th commit."""
        changed = [key for key in self._history if key[0] == table]
        before = {key: self.as_of(key, moment) for key in changed}
        there = {**self._by_table[table], **before}
        return ((key, row) for key, row in there.items() if row is not None)

    def changed_since(self, key: Key, moment: int) -> bool:
        """Whether the row was written after the `moment`th commit."""
        return any(commit > moment for commit, _ in self._history.get(key, ()))


class LiveSnapshot:
    """The rows of a `LiveRows` at one moment."""

    __slots__ = ("_moment", "rows")

    def __init__(self, rows: LiveRows, moment: int) -> None:
        self.rows = rows
        self._moment = moment

    def get(self, key: Key) -> Row | None:
        """The row as it was."""
        return self.rows.as_of(key, self._moment)

    def scan(self, table: str) -> Iterable[tuple[Key, Row]]:
        """The rows of a table as they were."""
        return self.rows.scan_as_of(table, self._moment)

    def changed(self, key: Key) -> bool:
        """Whether the row was written since."""
        return self.rows.changed_since(key, self._moment)

    def noticing(self, _keys: Iterable[Key]) -> LiveSnapshot:
        """Itself: the rows keep the history."""
        return self


class NoOwnRows:
    """The own rows of an actor where all rows are shared."""

    def get(self, _key: Key) -> None:
        """No row is kept apart."""
        return

    def scan(self, _table: str) -> tuple[()]:
        """No row is kept apart."""
        return ()

    def snapshot(self) -> NoOwnRows:
        """Itself: nothing can change."""
        return self

    def changed(self, _key: Key) -> bool:
        """Nothing changes."""
        return False

    def noticing(self, _keys: Iterable[Key]) -> NoOwnRows:
        """Itself: nothing can change."""
        return self

    def with_writes(self, _writes: Writes) -> NoOwnRows:
        """Never asked: no key is own."""
        raise AssertionError("all rows are shared here")
