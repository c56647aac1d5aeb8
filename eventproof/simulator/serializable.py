"""SERIALIZABLE: serializable snapshot isolation, as PostgreSQL does it.

Each serializable transaction is a node: what it has read, by key or by predicate, what it has
written, and whom it has an rw-conflict out to: one that wrote what it read, and which it did not
see. Two such conflicts in a row around a transaction (the pivot) are dangerous when the last of
the three commits first; then one of them fails with 40001, now or when it asks next.

The rules are those of PostgreSQL's `predicate.c` (Ports and Grittner, "Serializable Snapshot
Isolation in PostgreSQL", 2012). What the server locks for a read is coarser than what was read: a
page of an index, a whole table. So a write that no read has seen may still be a conflict; whether
it is no user can foresee, and both are possible.

Three things that could be wrong: a conflict with one that had ended before the other began, a
conflict with one that is doomed already, and whom of three the server chooses.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations

from eventproof.simulator.conflicts import Conflicts, Node, Read, Written
from eventproof.simulator.errors import CONSTRAINTS, SERIALIZATION_FAILURE, UNIQUE_VIOLATION
from eventproof.simulator.statements import (
    Delete,
    Get,
    Insert,
    Isolation,
    OnConflict,
    RowStep,
    Select,
    StoreStep,
    Update,
)
from eventproof.simulator.store import Blocked, Failed, Outcome, execute, fail
from eventproof.simulator.tables import Row
from eventproof.simulator.transactions import Holds, Rows, Tx


def reading(step: RowStep, tx: Tx, conflicts: Conflicts) -> Iterator[Conflicts | None]:
    """What a statement's reads may lead to; None where it fails with 40001.

    The first is what must be, where nothing but what was asked for counts as read.
    """
    assert tx.serial is not None, "it has joined"
    me = conflicts.node(tx.serial)
    if me.doomed:
        yield None
        if not isinstance(step, Insert) or step.on_conflict is not OnConflict.RAISE:
            yield conflicts  # where it came to no row, nothing was checked
        return
    if isinstance(step, Insert):
        yield conflicts
        return
    reads = _reads_of(step, tx)
    me = me._replace(reads=me.reads | reads, scans=me.scans | {step.table.name})
    others = [
        node
        for node in conflicts.nodes
        if node.number != me.number
        and node.number not in me.out
        and not node.doomed
        and (not node.committed or node.committed > me.began)
    ]
    must = [n for n in others if any(read.sees(w) for read in reads for w in n.writes)]
    may = [n for n in others if n not in must and _wrote_in(n, step.table.name)]
    may += [n for n in others if n not in [*must, *may] and n.waits_in == step.table.name]
    for writers in _with_some_of(must, may):
        yield _flagged(conflicts.having(me), [(me.number, w) for w in writers], me.number)


def writing(
    step: RowStep, tx: Tx, rows: Rows, conflicts: Conflicts, *, surely: bool = True
) -> Iterator[Conflicts | None]:
    """What a statement's writes may lead to, as `reading`; `tx` has them already.

    Without `surely` not even who has read just that need be in conflict.
    """
    assert tx.serial is not None, "it has joined"
    me = conflicts.node(tx.serial)
    before = {written.key: written.new for written in me.writes}
    writes = tuple(Written(key, rows.get(key), row) for key, row in tx.writes)
    new = [w for w in writes if w.key not in before or before[w.key] != w.new]
    me = me._replace(writes=writes, wrote=me.wrote or bool(new))
    others = [
        node
        for node in conflicts.nodes
        if node.number != me.number
        and me.number not in node.out
        and not node.doomed
        and (not node.committed or node.committed > me.began)
    ]
    seen = [n for n in others if any(read.sees(w) for read in n.reads for w in new)]
    must = seen if surely else []
    may = [n for n in others if n not in must and step.table.name in n.scans and new]
    for readers in _with_some_of(must, may):
        yield _flagged(conflicts.having(me), [(r, me.number) for r in readers], me.number)


def committing(tx: Tx, conflicts: Conflicts) -> Conflicts | None:
    """After the transaction has committed; None where it fails with 40001 instead."""
    assert tx.serial is not None, "it has joined"
    me = conflicts.node(tx.serial)
    if me.doomed:
        return None
    for near in conflicts.into(me.number):
        if near.committed or near.doomed:
            continue
        for far in conflicts.into(near.number):
            if far.number == me.number or not (far.committed or far.doomed):
                conflicts = conflicts.having(near._replace(doomed=True))
                break
    done = {node.number for node in conflicts.nodes if node.committed}
    me = conflicts.node(me.number)
    me = me._replace(
        committed=conflicts.clock + 1,
        out_before=me.wrote and bool(me.out & done),
        out=me.out - done,
    )
    others = [
        n._replace(out=n.out - {me.number}) if n.committed else n
        for n in conflicts.nodes
        if n.number != me.number
    ]
    return conflicts.having(me, *others).kept()


Way = tuple[Outcome, Conflicts]


def outcomes(
    step: StoreStep, tx: Tx, rows: Rows, hold: Holds, conflicts: Conflicts
) -> Iterator[Way]:
    """All that a statement may come to, and what then is known of conflicts; mostly one thing."""
    if tx.isolation is not Isolation.SERIALIZABLE or tx.failed or not isinstance(step, RowStep):
        outcome = execute(step, tx, rows, hold)
        yield outcome, _with_writes_of(outcome.tx, rows, conflicts)
        return
    if tx.serial is None:
        conflicts, number = conflicts.joined()
        tx = tx._replace(serial=number)
    elif tx.under_way is not None:
        conflicts = _waiting_in(None, tx, conflicts)
    found: list[Way] = []  # there are few, and a row may have a value that cannot be hashed
    for way in _ways(step, tx, rows, hold, conflicts):
        if way not in found:
            found.append(way)
            yield way


def _ways(step: RowStep, tx: Tx, rows: Rows, hold: Holds, conflicts: Conflicts) -> Iterator[Way]:
    """The same, where one thing may come more than once."""
    if isinstance(step, Insert) and step.table.refusal(step.row) is not None:
        outcome = execute(step, tx, rows, hold)
        assert isinstance(outcome, Failed), "its table does not take it"
        yield failed(outcome, tx, rows, conflicts)  # before the server looks at anything
        return
    for way in (conflicts,) if tx.under_way else reading(step, tx, conflicts):
        if way is None:
            yield failed(fail(tx, SERIALIZATION_FAILURE), tx, rows, conflicts)
        else:
            yield from _after(step, tx, rows, hold, way)


def failed(outcome: Failed, tx: Tx, rows: Rows, conflicts: Conflicts) -> tuple[Failed, Conflicts]:
    """A failure, after which the transaction matters to nobody unless it has a savepoint.

    With one it has read what it has read; what it wrote since is undone at once.
    """
    if tx.serial is not None and outcome.tx.serial is None:
        return outcome, conflicts.without(tx.serial)
    return outcome, _with_writes_of(outcome.tx, rows, conflicts)


def _after(step: RowStep, tx: Tx, rows: Rows, hold: Holds, conflicts: Conflicts) -> Iterator[Way]:
    outcome = execute(step, tx, rows, hold)
    if isinstance(outcome, Blocked):
        yield from _waiting(step, outcome._replace(matters=True), tx, rows, conflicts)
        return
    assert tx.serial is not None, "it has joined"
    error = outcome.sqlstate if isinstance(outcome, Failed) else None
    came_to_a_row = error in CONSTRAINTS or outcome.tx.writes != tx.writes
    if conflicts.node(tx.serial).doomed and came_to_a_row:
        yield failed(fail(tx, SERIALIZATION_FAILURE), tx, rows, conflicts)
        return
    if isinstance(outcome, Failed):
        if error == UNIQUE_VIOLATION and isinstance(step, Insert | Update):
            yield from _duplicate(step, tx, rows, conflicts)
        else:
            yield failed(outcome, tx, rows, conflicts)
        return
    for way in writing(step, outcome.tx, rows, conflicts):
        if way is None:
            yield _refused(tx, rows, conflicts)
        else:
            yield (outcome, way)


def _refused(tx: Tx, rows: Rows, conflicts: Conflicts) -> tuple[Failed, Conflicts]:
    """It fails by its attempt to write, of which the server takes note before it says so."""
    assert tx.serial is not None, "it has joined"
    me = conflicts.node(tx.serial)._replace(wrote=True)
    return failed(fail(tx, SERIALIZATION_FAILURE), tx, rows, conflicts.having(me))


def _waiting(
    step: RowStep, outcome: Blocked, tx: Tx, rows: Rows, conflicts: Conflicts
) -> Iterator[Way]:
    inserts = isinstance(step, Insert) and step.on_conflict is OnConflict.RAISE
    is_there = inserts or (outcome.tx.under_way is not None and outcome.tx.under_way.written)
    table = step.table.name if is_there else None
    yield (outcome, _waiting_in(table, tx, conflicts))
    if not isinstance(step, Insert) or not inserts or tx.under_way:
        return
    # Its row is in the table before its key is looked for, so who has read the table may mind.
    for way in _as_if_written(step, tx, rows, conflicts, surely=False):
        if way is None:
            yield _refused(tx, rows, conflicts)
        elif way != conflicts:
            yield (outcome, _waiting_in(table, tx, way))


def _waiting_in(table: str | None, tx: Tx, conflicts: Conflicts) -> Conflicts:
    """With the table in which a waiting statement's row stands, for who reads it meanwhile."""
    assert tx.serial is not None, "it has joined"
    me = conflicts.node(tx.serial)
    return conflicts if me.waits_in == table else conflicts.having(me._replace(waits_in=table))


def _duplicate(step: Insert | Update, tx: Tx, rows: Rows, conflicts: Conflicts) -> Iterator[Way]:
    """An insert that finds its row there: the server looks for conflicts before it says so."""
    for way in _as_if_written(step, tx, rows, conflicts, surely=True):
        if way is None:
            yield _refused(tx, rows, conflicts)
        else:
            yield failed(fail(tx, UNIQUE_VIOLATION), tx, rows, way)


def _as_if_written(
    step: Insert | Update, tx: Tx, rows: Rows, conflicts: Conflicts, *, surely: bool
) -> Iterator[Conflicts | None]:
    """What the attempt to write leads to, where nothing is written or not yet."""
    assert tx.serial is not None, "it has joined"
    writes = conflicts.node(tx.serial).writes
    as_if = tx.with_write(step.key, _attempted(step, tx, rows))
    for way in writing(step, as_if, rows, conflicts, surely=surely):
        yield way and way.having(way.node(tx.serial)._replace(writes=writes))


def _attempted(step: Insert | Update, tx: Tx, rows: Rows) -> Row:
    if isinstance(step, Insert):
        return step.row
    row = tx.version(step.key, rows.get(step.key))
    assert row is not None, "it was found, or nothing could have been like it"
    if tx.under_way is not None and tx.under_way.written is not None:
        return row  # it was changed before it waited for what is like it
    return step.applied_to(row)


def _with_writes_of(tx: Tx, rows: Rows, conflicts: Conflicts) -> Conflicts:
    """After a failure or a rollback to a savepoint: with the writes that are left."""
    if tx.serial is None:
        return conflicts
    writes = tuple(Written(key, rows.get(key), row) for key, row in tx.writes)
    return conflicts.having(conflicts.node(tx.serial)._replace(writes=writes, waits_in=None))


def _flagged(conflicts: Conflicts, pairs: list[tuple[int, int]], me: int) -> Conflicts | None:
    """With conflicts from readers to writers; None where `me` fails for one of them."""
    for reader, writer in pairs:
        if _dangerous(conflicts, conflicts.node(reader), conflicts.node(writer)):
            if writer == me or conflicts.node(writer).committed:
                return None
            conflicts = conflicts.having(conflicts.node(writer)._replace(doomed=True))
        node = conflicts.node(reader)
        conflicts = conflicts.having(node._replace(out=node.out | {writer}))
    return conflicts


def _dangerous(conflicts: Conflicts, reader: Node, writer: Node) -> bool:
    """Whether a new conflict makes a dangerous structure (OnConflict_CheckForSerialization…)."""
    if writer.committed and writer.out_before:
        return True
    for t2 in (conflicts.node(number) for number in writer.out):
        first = t2.committed and all(
            not n.committed or t2.committed <= n.committed for n in (reader, writer)
        )
        if first and not (reader.only_read and t2.committed > reader.began):
            return True
    if not writer.committed or reader.only_read:
        return False
    return any(
        not t0.doomed
        and (not t0.committed or t0.committed >= writer.committed)
        and not (t0.only_read and t0.began < writer.committed)
        for t0 in conflicts.into(reader.number)
    )


def _reads_of(step: Get | Select | Update | Delete, tx: Tx) -> frozenset[Read]:
    if not isinstance(step, Select):
        # The server looks for nothing where two tests of the key exclude each other, and takes
        # no note of rows that the transaction wrote itself.
        unread = tx.wrote(step.key) or (isinstance(step, Update | Delete) and _is_vain(step))
        return frozenset() if unread else frozenset({Read(step.table.name, step.key)})
    # With a limit the server may have stopped before it came to the rest.
    return (
        frozenset()
        if step.limit is not None
        else frozenset({Read(step.table.name, None, step.guards)})
    )


def _is_vain(step: Update | Delete) -> bool:
    """Whether a guard wants another value of the key than the step names."""
    columns = step.table.primary_key
    values = step.key[1] if len(columns) > 1 else (step.key[1],)
    named = dict(zip(columns, values, strict=True))
    return any(
        guard.operator == "=" and guard.operand != named.get(guard.column, guard.operand)
        for guard in step.guards
    )


def _wrote_in(node: Node, table: str) -> bool:
    return any(written.key[0] == table for written in node.writes)


def _with_some_of(must: list[Node], may: list[Node]) -> Iterator[list[int]]:
    """Those who must be, with every choice of those who may be; fewest first."""
    sizes = range(len(may) + 1)
    for some in chain.from_iterable(combinations(may, size) for size in sizes):
        yield sorted(node.number for node in (*must, *some))
