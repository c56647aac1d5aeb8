"""Schedules in which the model once said otherwise than the server: name -> rows, scripts, order.

Each script stands for a session; the order says whose turn it is, for as long as it is said.
"""

from typing import Any

from arena import Script
from random_scripts import CHECKED, ROWS, orders, stock

from eventproof.simulator.guards import Guard
from eventproof.simulator.statements import (
    Change,
    Delete,
    Get,
    Insert,
    Isolation,
    Mode,
    OnConflict,
    OnLocked,
    RollbackTo,
    Savepoint,
    Select,
    Update,
)
from eventproof.simulator.steps import Begin, Commit, Rollback

RC, RR = Isolation.READ_COMMITTED, Isolation.REPEATABLE_READ
SER = Isolation.SERIALIZABLE
A, B, C = (stock.key(item) for item in "abc")


def _script(level: Isolation, *steps: object, end: object = None) -> Script:
    return Script((Begin(level), *steps, end or Commit()))


def _more(key: tuple) -> Update:
    return Update(stock, key, (Change("units", "+", 1),))


def _lock(key: tuple, on_locked: OnLocked = OnLocked.WAIT) -> Get:
    return Get(stock, key, True, on_locked)


def _new(key: tuple, on_conflict: OnConflict = OnConflict.RAISE) -> Insert:
    sets = ("units",) if on_conflict is OnConflict.UPDATE else ()
    row = stock.make({"item": key[1], "units": 5})
    return Insert(stock, key, row, on_conflict, sets)


def _number(identity: int, number: int) -> Insert:
    row = orders.make({"id": identity, "number": number})
    return Insert(orders, orders.key(identity), row)


def _set(column: str, value: Any) -> Update:
    """Of the order that is there."""
    return Update(orders, orders.key(1), (Change(column, "=", value),))


def _vain() -> Update:
    """Comes to no row, and has looked for one."""
    return Update(orders, orders.key(1), (Change("units", "=", -1),), (Guard("item", "<>", "a"),))


def _one_more() -> Update:
    return Update(orders, orders.key(1), (Change("units", "+", 1),))


def _order_2() -> Insert:
    row = orders.make({"id": 2, "item": "c"})
    return Insert(orders, orders.key(2), row, OnConflict.NOTHING)


_FEW = Select(stock, (Guard("units", "<=", 1),), lock=True, on_locked=OnLocked.FAIL)
SEES_B = Get(stock, B)
SEES_ALL = Select(stock)

REGRESSIONS = {
    "a snapshot goes on showing a deleted row beside the one inserted in its place": (
        ROWS,
        (_script(RR, SEES_B, _new(A), SEES_ALL, Get(stock, A)), _script(RC, Delete(stock, A))),
        (0, 0, 1, 1, 1, 0, 0, 0, 0),
    ),
    "a deleted row that a snapshot shows cannot be locked, whatever is in its place": (
        ROWS,
        (_script(RR, SEES_B, _new(A), _lock(A)), _script(RC, Delete(stock, A))),
        (0, 0, 1, 1, 1, 0, 0, 0),
    ),
    "a later lock may pass an update that waits, once the row was changed": (
        ROWS,
        (_script(RC, _more(A)), _script(RC, _more(A)), _script(RC, _lock(A))),
        (0, 0, 1, 1, 2, 2, 0),
    ),
    "an upsert that waits for a locked row fails when that is deleted": (
        ROWS,
        (
            _script(RR, _lock(A)),
            _script(RR, _more(A), Delete(stock, A)),
            _script(RR, _new(A, OnConflict.UPDATE)),
        ),
        (0, 0, 1, 1, 2, 2, 0, 1, 1),
    ),
    "an upsert waits for a locked row before it finds that its snapshot does not show it": (
        ROWS,
        (
            _script(RC, _new(C)),
            _script(RR, SEES_B, _new(C, OnConflict.UPDATE)),
            _script(RC, _lock(C), end=Rollback()),
        ),
        (1, 1, 0, 0, 0, 2, 2, 1, 2),
    ),
    "an insert and an update that wait for one row may go on in either order": (
        ROWS,
        (_script(RC, _more(A)), _script(RC, _new(A)), _script(RC, _more(A))),
        (0, 0, 1, 1, 2, 2, 0),
    ),
    "who only stands before one of a circle can be the victim": (
        ROWS,
        (
            _script(RC, _more(A), Update(orders, orders.key(1), (Change("units", "+", 1),))),
            _script(RC, _more(A)),
            _script(RC, Get(orders, orders.key(1), True), _lock(A)),
        ),
        (0, 0, 2, 2, 1, 1, 2, 0),
    ),
    "an insert that waits goes on when a rollback leaves its row merely locked": (
        ROWS,
        (
            _script(RR, _lock(B), Savepoint(), _more(B), RollbackTo()),
            _script(RC, _new(B, OnConflict.NOTHING)),
        ),
        (0, 0, 0, 0, 1, 1, 0),
    ),
    "an update that finds its like is in conflict with readers before it fails": (
        ROWS,
        (
            _script(SER, Get(stock, A), Get(stock, B)),
            _script(SER, Get(stock, A), Update(stock, A, (Change("note", "=", "x"),))),
            _script(
                SER, _more(B), Insert(stock, C, stock.make({"item": "c", "units": 5, "note": "x"}))
            ),
        ),
        (0, 0, 1, 1, 2, 2, 2, 2, 0, 1),
    ),
    "nothing is read where two tests of the key exclude each other": (
        ROWS,
        (
            _script(
                SER,
                Insert(orders, orders.key(2), orders.make({"id": 2, "units": 1})),
                Update(stock, A, (Change("units", "=", 1),), (Guard("item", "=", "c"),)),
            ),
            _script(SER, Select(orders, (Guard("units", "=", 1),)), _more(A)),
        ),
        (0, 0, 0, 1, 1, 1, 0, 1),
    ),
    "a transaction does not count as having read what it wrote itself": (
        ROWS,
        (
            _script(SER, Get(stock, A), Delete(stock, A)),
            _script(SER, Savepoint(), _new(A, OnConflict.UPDATE), _more(A), RollbackTo()),
        ),
        (1, 1, 0, 1, 0, 1, 0, 1, 1, 0),
    ),
    "what a failed statement undoes is in nobody's way before it is rolled back": (
        ROWS,
        (
            _script(SER, Savepoint(), _more(B), _new(B), RollbackTo()),
            _script(SER, _more(B), Delete(stock, A)),
        ),
        (0, 0, 0, 0, 1, 1, 0, 0, 1, 1),
    ),
    "who reads a table meets the row of an insert that waits there": (
        ROWS,
        (
            _script(SER, Savepoint(), Get(stock, A), _vain(), _new(A), RollbackTo()),
            _script(SER, _more(A), _one_more(), Savepoint(), _order_2(), RollbackTo()),
            _script(SER, _number(2, 8), _FEW, _new(B, OnConflict.NOTHING)),
        ),
        (1, 0, 1, 0, 2, 0, 0, 1, 2, 0, 2, 2, 1, 1, 2, 1, 1, 0, 0),
    ),
    "who fails by a write, and undoes it, has not only read": (
        ROWS,
        (
            _script(
                SER,
                Delete(stock, B, (Guard("units", ">=", 2),)),
                Get(stock, C),
                Update(stock, A, (Change("units", "=", 1),)),
                Delete(stock, A),
            ),
            _script(
                SER,
                Select(orders, (Guard("units", ">=", 0),), limit=1, lock=True),
                Update(stock, A, (Change("note", "=", "y"),), (Guard("units", "=", 0),)),
                Savepoint(),
                _new(A, OnConflict.NOTHING),
                RollbackTo(),
            ),
            _script(
                SER,
                Get(orders, orders.key(1)),
                _set("number", 8),
                Update(stock, A, (Change("units", "+", -1),), (Guard("units", "<=", 0),)),
            ),
        ),
        (0, 0, 1, 2, 0, 0, 1, 2, 2, 0, 1, 1, 0, 1, 1, 1, 2),
    ),
}


def _moved(number: int) -> Update:
    """Of the row with two units, in the table that takes none below 0 and fewer than 6."""
    return Update(CHECKED.stock, A, (Change("units", "+", number),))


def _stocked(
    units: int, note: str | None = None, on_conflict: OnConflict = OnConflict.RAISE
) -> Insert:
    """In the place of that row; `y` is for one to three units."""
    row = CHECKED.stock.make({"item": "a", "units": units, "note": note})
    sets = ("note",) if on_conflict is OnConflict.UPDATE else ()
    return Insert(CHECKED.stock, A, row, on_conflict, sets)


CHECKED_SCHEDULES = {
    "a check is judged before anybody is waited for": (
        ROWS,
        (_script(RC, _moved(3)), _script(RC, _moved(-3))),
        (0, 0, 1, 1, 0, 1),
    ),
    "a check is judged again after the wait": (
        ROWS,
        (_script(RC, _moved(3)), _script(RC, _moved(2))),
        (0, 0, 1, 1, 0, 1),
    ),
    "a check is judged again after a rollback that leaves the row as it was": (
        ROWS,
        (_script(RC, _moved(3), end=Rollback()), _script(RC, _moved(2))),
        (0, 0, 1, 1, 0, 1),
    ),
    "a check is judged before a snapshot is found out of date": (
        ROWS,
        (_script(RR, Get(CHECKED.stock, B), _moved(-3)), _script(RC, _moved(1))),
        (0, 0, 1, 1, 1, 0, 0),
    ),
    "a check is judged before a row that is waited for is found to have changed": (
        ROWS,
        (_script(RR, _moved(2)), _script(RC, _moved(3)), _script(SER, _moved(-3))),
        (1, 1, 0, 0, 2, 2, 1, 0, 2),
    ),
    "an insert is judged before its key is looked for": (
        ROWS,
        (_script(RC, _moved(1)), *(_script(RC, _stocked(9, None, how)) for how in OnConflict)),
        (0, 0, 1, 1, 2, 2, 3, 3),
    ),
    "an upsert is judged by what it makes of the row after the wait": (
        ROWS,
        (_script(RC, _moved(3)), _script(RC, _stocked(1, "y", OnConflict.UPDATE))),
        (0, 0, 1, 1, 0, 1),
    ),
    "a savepoint mends a check that failed, and keeps the locks before it": (
        ROWS,
        (
            _script(RC, _moved(1), Savepoint(), _moved(-9), RollbackTo(), _moved(1)),
            _script(RC, _moved(1)),
        ),
        (0, 0, 1, 1, 0, 0, 0, 0, 0),
    ),
    "what is refused is in conflict with nobody who has read it": (
        ROWS,
        (
            _script(SER, Get(CHECKED.stock, A), Savepoint(), _moved(-9), RollbackTo()),
            _script(SER, Get(CHECKED.stock, A), _moved(1)),
        ),
        (0, 0, 1, 1, 0, 0, 0, 1, 0, 1),
    ),
}
"""On the tables with check constraints, how constraints and waiting go together."""

_DEFERRED = Begin(None, Mode.DEFERRED)
_READS_THEN_WRITES = Script((_DEFERRED, SEES_B, _more(B), Commit()))
_WRITE_BETWEEN = (0, 0, 1, 1, 1, 0, 0)

SQLITE_REGRESSIONS = {
    "an update that leaves every value as it was makes no snapshot out of date": (
        ROWS,
        (_READS_THEN_WRITES, Script((_DEFERRED, _set("units", 1), Commit()))),
        _WRITE_BETWEEN,
    ),
    "it does where an index looks at the column": (
        ROWS,
        (_READS_THEN_WRITES, Script((_DEFERRED, _set("number", 7), Commit()))),
        _WRITE_BETWEEN,
    ),
    "a change that is undone does": (
        ROWS,
        (
            _READS_THEN_WRITES,
            Script((_DEFERRED, Savepoint(), _set("units", 9), RollbackTo(), Commit())),
        ),
        (0, 0, 1, 1, 1, 1, 1, 0, 0),
    ),
    "an upsert after one that failed half-way says what itself did": (
        ROWS,
        (
            Script(
                (
                    Begin(None, Mode.IMMEDIATE),
                    _number(2, 8),
                    Insert(
                        orders,
                        orders.key(2),
                        orders.make({"id": 2, "number": 7}),
                        OnConflict.UPDATE,
                        ("number",),
                    ),
                    _new(C, OnConflict.UPDATE),
                    Commit(),
                ),
                stubborn=True,
            ),
        ),
        (),
    ),
}
"""The same on SQLite, with either journal; some are here because random ones seldom come there."""
