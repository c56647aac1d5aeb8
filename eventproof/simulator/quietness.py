"""Quietness: which steps nobody else can notice, so that their order does not matter."""

from __future__ import annotations

from collections.abc import Callable

from eventproof.simulator.actors import Actor, Process, held_by_siblings
from eventproof.simulator.statements import may_be_refused
from eventproof.simulator.steps import (
    Begin,
    Call,
    Commit,
    Get,
    Isolation,
    Now,
    Publish,
    Release,
    Request,
    Rollback,
    RollbackTo,
    RowStep,
    Savepoint,
    Select,
    Sleep,
    Step,
)
from eventproof.simulator.tables import Key


def is_quiet(step: Step, actor: Actor, process: Process, is_own: Callable[[Key], bool]) -> bool:
    """Whether no other actor and no property can notice the process's next step."""
    tx = process.tx
    if isinstance(step, Begin | Publish | Request | Call | Sleep | Now):
        return True
    if tx is None or isinstance(step, Savepoint | Release):
        return True
    if tx.isolation is Isolation.SERIALIZABLE:
        return False  # whatever it does may be in conflict with others
    if isinstance(step, RollbackTo):
        # A statement that failed has released the rest.
        back = tx.as_saved()
        return (tx.held, tx.undecided) == (back.held, back.undecided)
    if tx.failed and not tx.saved:
        return True
    if isinstance(step, Commit) and tx.writes and not tx.failed:
        return False  # even where no other actor reaches the rows, a property sees them
    if isinstance(step, Commit | Rollback):
        held = tx.held
        return not held or (_alone(actor) and all(map(is_own, held)))
    if tx.failed:
        return True
    if tx.isolation is not Isolation.READ_COMMITTED and tx.snapshot is None:
        return False  # its snapshot would be taken
    if isinstance(step, Select):
        return False  # it sees rows of others
    assert isinstance(step, RowStep), "every other step is dealt with above"
    if (step.table.unique and not isinstance(step, Get)) or may_be_refused(step):
        return False  # its entries may be in the way of others; what fails gives back its locks
    # A process that waits for a reply goes on holding its rows, even the actor's own.
    contended = held_by_siblings(actor, process.slot, step.key)
    return is_own(step.key) and _alone(actor) and not contended


def _alone(actor: Actor) -> bool:
    return sum(process.can_move for process in actor.processes) == 1
