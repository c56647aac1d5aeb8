"""Unique indexes: what a new version of a row finds when it is entered in them.

An entry is an index and the values that a row has in it. Rows in the store are looked through;
entries that a transaction makes are locked until it ends, so that others wait to see what becomes
of them, as PostgreSQL has them wait for the transaction.

Three things that could be wrong: NULL, which is unlike NULL here; a row that is being changed,
with whatever outcome; and an entry that the row had before.
"""

from __future__ import annotations

from typing import NamedTuple

from eventproof.simulator.tables import Entry, Key, Row, Table, Unique
from eventproof.simulator.transactions import Hold, Holds, Rows, Tx


class Found(NamedTuple):
    """What stands in the way of a row's entry."""

    waits_for: Key | None
    """The row or entry whose outcome has to be waited for; None where another row is there."""
    row: Key | None = None
    """That row."""


def obstacle(
    table: Table, key: Key, row: Row, before: Row | None, tx: Tx, rows: Rows, hold: Holds
) -> Found | None:
    """The first thing in the way of a row's new entries, or None."""
    for index in table.unique:
        entry = entry_of(table, index, row)
        is_new = entry is not None and (before is None or entry != entry_of(table, index, before))
        found = _in_the_way(table, index, key, entry, tx, rows, hold) if is_new and entry else None
        if found is not None:
            return found
    return None


def with_entries(table: Table, row: Row, before: Row | None, tx: Tx) -> Tx:
    """With the entries of a row locked that it did not have before."""
    for index in table.unique:
        entry = entry_of(table, index, row)
        if entry is not None and (before is None or entry != entry_of(table, index, before)):
            tx = tx.with_lock(entry)
    return tx


def entry_of(table: Table, index: Unique, row: Row) -> Entry | None:
    """The entry of a row in an index; None where it has none, or one that is like no other."""
    values = tuple(getattr(row, column) for column in index.columns)
    if None in values or not all(guard.holds(row) for guard in index.where):
        return None
    return Entry(f"{table.name}.{index.name}", values)


def _in_the_way(
    table: Table, index: Unique, key: Key, entry: Entry, tx: Tx, rows: Rows, hold: Holds
) -> Found | None:
    if hold(entry):
        return Found(entry)
    there = dict(rows.scan(table.name))
    there.update((k, r) for k, r in tx.writes if k[0] == table.name and r is not None)
    for other, row in sorted(there.items(), key=lambda item: repr(item[0])):
        if other == key or tx.version(other, row) is None:
            continue
        if entry_of(table, index, row) == entry:
            return Found(other if hold(other) is Hold.WRITTEN else None, other)
    return None
