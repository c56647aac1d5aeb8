"""The server's side of the differential, and the two sides taken step by step.

Connections are kept from schedule to schedule. After a statement is issued, everything is left to
come to rest: each statement under way has finished, or waits for another session by the server's
own account (`pg_blocking_pids`), and no circle of such waits is left for the server to break.
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, NamedTuple

from arena import Arena, Script, Seen

from eventproof.findings import Problem
from eventproof.simulator.errors import DatabaseError
from eventproof.simulator.postgres import POLL_S, SETTLE_S, Postgres, Session
from eventproof.simulator.programs import Thrown
from eventproof.simulator.steps import Begin, Commit, Rollback, Step, label

FIRST_LOOK_S = 0.002
"""Most statements have finished by then, and nobody need ask who blocks whom."""

Choose = Callable[[Sequence[int]], int]
"""Which of the sessions that could take a step does."""


class Line(NamedTuple):
    """One step, and what the server was seen to do."""

    session: int
    step: str
    seen: str


class Result(NamedTuple):
    """One schedule."""

    lines: tuple[Line, ...]
    disagreement: str | None
    """What the model cannot explain; None where the two agree."""
    taken: tuple[int, ...]
    """The session that took each step."""
    widths: tuple[tuple[int, ...], ...]
    """Between which sessions there was a choice at each step."""
    kinds: tuple[str, ...]
    """What happened: `waits`, and the SQLSTATEs."""
    open_choices: int
    """How often more than one state was left for the server to choose from."""


def run_schedule(
    server: Postgres, rows: dict[Any, Any], scripts: tuple[Script, ...], choose: Choose
) -> Result:
    """Take scripts step by step on the model and on the server."""
    server.reset(rows)
    arena = Arena(rows, scripts)
    states = {arena.initial}
    lines, taken, widths, kinds = [], [], [], []
    open_choices = 0
    while True:
        some = next(iter(states))
        ready = [
            n
            for n in range(len(scripts))
            if not server.is_busy(n) and arena.pending(some, n) is not None
        ]
        if not ready:
            break
        session = choose(ready)
        step = arena.pending(some, session)
        taken.append(session)
        widths.append(tuple(ready))
        server.issue(session, _command(step))
        seen = _at_rest(server, range(len(scripts)))
        kinds += [said.answer.arguments[0] for said in seen if isinstance(said.answer, Thrown)]
        if server.is_busy(session):
            kinds.append("waits")
        lines.append(Line(session, label(step), _words(seen)))
        states = {after for state in states for after in arena.after(state, session, seen)}
        open_choices += len(states) > 1
        if not states:
            server.abandon()
            said = f"at step {len(lines)} the model cannot do what the server did"
            return Result(*map(tuple, (lines,)), said, tuple(taken), tuple(widths), (), 0)
    there = server.rows()
    agrees = any(state.rows.rows == there for state in states)
    said = None if agrees else f"the rows differ at the end: {there}"
    return Result(tuple(lines), said, tuple(taken), tuple(widths), tuple(kinds), open_choices)


def _command(step: Step) -> Any:
    match step:
        case Begin(isolation):
            return f"begin isolation level {isolation}"
        case Commit():
            return "commit"
        case Rollback():
            return "rollback"
    return step


def _at_rest(server: Postgres, sessions: Sequence[int]) -> tuple[Seen, ...]:
    """What has finished by the time that nothing moves any more."""
    busy = [n for n in sessions if server.is_busy(n)]
    deadline = monotonic() + SETTLE_S
    server.session(busy[0]).finished(0)
    within_s = FIRST_LOOK_S
    while True:
        done = {n for n in busy if server.session(n).finished(0)}
        left = [n for n in busy if n not in done]
        if left:
            server.session(left[-1] if len(left) == 1 else left[0]).finished(within_s)
            within_s = POLL_S
            done = {n for n in busy if server.session(n).finished(0)}
            left = [n for n in busy if n not in done]
        if not left or _all_wait(server, left, busy, done):
            return tuple(Seen(n, _answer(server.session(n))) for n in sorted(done))
        if monotonic() > deadline:
            raise Problem(f"the server did not come to rest within {SETTLE_S:g} s.")


def _all_wait(server: Postgres, left: list[int], busy: list[int], done: set[int]) -> bool:
    """Whether those that are left wait for good, and nothing finished while that was asked."""
    blockers = server.blockers(left)
    if any(n for n in busy if n not in done and server.session(n).finished(0)):
        return False
    if not all(blockers.values()):
        return False
    by_pid = {server.session(n).pid: n for n in left}
    waits_for = {n: [by_pid[p] for p in pids if p in by_pid] for n, pids in blockers.items()}
    return not any(_comes_back(n, waits_for) for n in left)


def _comes_back(start: int, waits_for: dict[int, list[int]]) -> bool:
    met: set[int] = set()
    todo = list(waits_for[start])
    while todo:
        at = todo.pop()
        if at == start:
            return True
        if at not in met:
            met.add(at)
            todo += waits_for[at]
    return False


def _answer(session: Session) -> Any:
    answer = session.take()
    if answer.sqlstate is not None:
        return Thrown(DatabaseError, (answer.sqlstate,))
    return answer.value


def _words(seen: tuple[Seen, ...]) -> str:
    return ", ".join(f"{said.session}: {said.answer}" for said in seen) or "waits"
