"""SQLite's side of the differential: scripts with its modes, taken step by step on both sides.

Nobody waits on SQLite, so each step has its answer at once, and the model has one state. A script
whose beginning is refused goes past its end; one whose commit is refused tries again, a stubborn
one after one more statement, and then gives up.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from arena import Arena, Script, Scripts, Seen
from random_scripts import PLAIN, TABLES, Tables, random_scripts, stock
from side_by_side import Line, Result

from eventproof.simulator.errors import DatabaseError
from eventproof.simulator.programs import Thrown
from eventproof.simulator.sqlite import Sqlite
from eventproof.simulator.sqlite_store import Journal, SQLite
from eventproof.simulator.statements import Change, Isolation, Mode, Update
from eventproof.simulator.steps import Begin, Commit, Rollback, Step, label
from eventproof.simulator.tables import Table

MORE = Update(stock, stock.key("b"), (Change("units", "+", 1),))

MODES = (Mode.DEFERRED, *Mode)
"""Deferred ones meet each other in more ways, so there are more of them."""

Servers = dict[Journal, Sqlite]


class SqliteCursor(NamedTuple):
    """Where a script stands, and how often its commit was refused."""

    script: Script
    at: int = 0
    refused: int = 0


class SqliteScripts(Scripts):
    """Cursors over scripts for SQLite."""

    def start(self, program: Any) -> SqliteCursor:
        """A script's beginning."""
        return SqliteCursor(program)

    def pending(self, cursor: SqliteCursor) -> Any:
        """The step at the cursor."""
        after = (None, MORE if cursor.script.stubborn else Commit(), Commit(), Rollback())
        return after[cursor.refused] or super().pending(cursor)

    def advance(self, cursor: SqliteCursor, answer: Any) -> SqliteCursor:
        """The next step, or after a failure what comes of it."""
        step, failed = self.pending(cursor), isinstance(answer, Thrown)
        if isinstance(step, Begin) and failed:
            return cursor._replace(at=_end_of(cursor) + 1)
        if cursor.refused and not isinstance(step, Commit | Rollback):
            return cursor._replace(refused=cursor.refused + 1)
        if isinstance(step, Commit) and failed:
            return cursor._replace(refused=cursor.refused + 1)
        if cursor.refused:
            return cursor._replace(at=cursor.at + 1, refused=0)
        return super().advance(cursor, answer)


def _end_of(cursor: SqliteCursor) -> int:
    steps = cursor.script.steps
    ends = (n for n in range(cursor.at, len(steps)) if isinstance(steps[n], Commit | Rollback))
    return next(ends)


@contextmanager
def sqlite_files(tables: Sequence[Table] = TABLES) -> Iterator[Servers]:
    """A database for each journal, in a folder of their own."""
    with TemporaryDirectory() as folder:
        made = {
            journal: Sqlite(
                Path(folder) / f"{journal}.db", tables=tables, rows={}, journal=journal
            )
            for journal in Journal
        }
        try:
            yield made
        finally:
            for server in made.values():
                server.close()


def random_sqlite_scripts(
    random: Random, sessions: int, tables: Tables = PLAIN
) -> tuple[Script, ...]:
    """A script for each session; all in one mode, or each in its own."""
    same = random.choice(MODES) if random.random() < 0.6 else None
    scripts = random_scripts(random, sessions, (Isolation.READ_COMMITTED,), tables)
    return tuple(_in_mode(script, same or random.choice(MODES)) for script in scripts)


def _in_mode(script: Script, mode: Mode) -> Script:
    steps = tuple(replace(s, mode=mode) if isinstance(s, Begin) else s for s in script.steps)
    return script._replace(steps=steps)


def random_sqlite_schedule(
    seed: int,
    servers: Servers,
    rows: dict[Any, Any],
    sessions: int | None = None,
    tables: Tables = PLAIN,
) -> tuple[Result, tuple[Script, ...], Journal]:
    """The schedule of a seed on SQLite; its scripts, and which journal there was."""
    random = Random(f"sqlite {seed}")
    journal = random.choice(tuple(Journal))
    scripts = random_sqlite_scripts(random, sessions or random.choice((2, 3)), tables)
    result = run_on_sqlite(servers[journal], rows, scripts, SQLite(journal), random.choice)
    return result, scripts, journal


def run_on_sqlite(
    server: Sqlite,
    rows: dict[Any, Any],
    scripts: tuple[Script, ...],
    sqlite: SQLite,
    choose: Callable[[Sequence[int]], int],
) -> Result:
    """Take scripts step by step on the model and on SQLite."""
    server.reset(rows)
    arena = Arena(rows, scripts, cursors=SqliteScripts(), sqlite=sqlite)
    state = arena.initial
    lines, taken, widths, kinds = [], [], [], []
    said = None
    while said is None:
        ready = tuple(n for n in range(len(scripts)) if arena.pending(state, n) is not None)
        if not ready:
            break
        session = choose(ready)
        step = arena.pending(state, session)
        taken.append(session)
        widths.append(ready)
        server.issue(session, _command(step, sqlite))
        seen = Seen(session, _answer(server.settle(session)))
        if isinstance(seen.answer, Thrown):
            kinds.append(seen.answer.arguments[0])
        lines.append(Line(session, label(step), str(seen.answer)))
        after = arena.after(state, session, (seen,))
        if not after:
            said = f"at step {len(lines)} the model cannot do what SQLite did"
            break
        (state,) = after
    there = server.rows()
    if said is None and state.rows.rows != there:
        said = f"the rows differ at the end: {there}"
    return Result(tuple(lines), said, tuple(taken), tuple(widths), tuple(kinds), 0)


def _command(step: Step, sqlite: SQLite) -> Any:
    match step:
        case Begin(mode=mode):
            return f"begin {sqlite.of(mode)}"
        case Commit():
            return "commit"
        case Rollback():
            return "rollback"
    return step


def _answer(answer: Any) -> Any:
    if answer.sqlstate is not None:
        return Thrown(DatabaseError, (answer.sqlstate,))
    return answer.value
