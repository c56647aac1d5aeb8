"""Who may read and write when, as SQLite does it; the busy time-out is 0."""

import pytest
from simulator_shops import shelves, shop
from simulator_stage import Stage, session

from eventproof.findings import Problem
from eventproof.simulator import DatabaseError, Journal, Mode, SQLite, explore, plus
from eventproof.simulator.steps import Commit

ROLLBACK, WAL = SQLite(Journal.ROLLBACK), SQLite(Journal.WAL)
BUSY, STALE = "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT"
BOTH = pytest.mark.parametrize("sqlite", [ROLLBACK, WAL], ids=["rollback", "wal"])


def get(shelf):
    return lambda tx: tx.get(shelves, shelf)


def lock(shelf):
    return lambda tx: tx.get_for_update(shelves, shelf, nowait=True)


def put(shelf, units):
    return lambda tx: tx.update(shelves, shelf, units=units)


def add(shelf):
    return lambda tx: tx.update(shelves, shelf, units=plus(1))


def insert(shelf, units):
    return lambda tx: tx.insert(shelves, shelf=shelf, units=units)


@BOTH
def test_readers_do_not_hinder_each_other(sqlite):
    stage = Stage(session(get("a")), session(get("a")), sqlite=sqlite)
    assert [stage.go(1, 2), stage.go(2, 2)] == [1, 1]


@BOTH
def test_one_at_a_time_writes_whichever_row(sqlite):
    stage = Stage(session(add("a")), session(add("b")), sqlite=sqlite)
    assert [stage.go(1, 2), stage.go(2, 2)] == [True, BUSY]


@BOTH
def test_for_update_is_not_known_and_only_reads(sqlite):
    stage = Stage(session(lock("a")), session(lock("a"), add("a")), sqlite=sqlite)
    stage.go(1, 2)
    assert [stage.go(2, 2), stage.go(2)] == [1, True]


@BOTH
def test_what_is_not_committed_is_not_seen_by_others(sqlite):
    stage = Stage(session(put("a", 7)), session(get("a")), sqlite=sqlite)
    stage.go(1, 2)
    assert stage.go(2, 2) == 1


@BOTH
def test_a_statement_that_fails_leaves_the_transaction_as_it_was(sqlite):
    stage = Stage(session(put("a", 7), insert("b", 1), get("a")), sqlite=sqlite)
    assert [stage.go(1, 2), stage.go(1), stage.go(1)] == [True, "23505", 7]
    stage.go(1)
    assert stage.units("a") == 7


@BOTH
@pytest.mark.parametrize("mode", ["immediate", "exclusive"])
def test_who_begins_as_a_writer_is_refused_beside_another(sqlite, mode):
    stage = Stage(session(get("a"), mode=mode), session(mode=mode), sqlite=sqlite)
    assert [stage.go(1), stage.go(2)] == [None, BUSY]
    assert stage.outcome(2) == "failed: SQLITE_BUSY: database is locked"


def test_exclusive_is_refused_beside_a_reader_and_keeps_readers_out():
    stage = Stage(
        session(get("a")),
        session(mode="exclusive"),
        session(mode="exclusive"),
        session(get("a"), get("a")),
        sqlite=ROLLBACK,
    )
    stage.go(1, 2)
    assert stage.go(2) == BUSY
    stage.go(1)
    assert [stage.go(3), stage.go(4, 2)] == [None, BUSY]
    stage.go(3)
    assert stage.go(4) == 1


def test_exclusive_is_immediate_with_a_wal():
    stage = Stage(session(get("a")), session(mode="exclusive"), session(get("a")), sqlite=WAL)
    stage.go(1, 2)
    assert [stage.go(2), stage.go(3, 2)] == [None, 1]


def test_a_commit_beside_a_reader_is_refused_and_the_transaction_goes_on():
    said = []

    async def writer(ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=7)
            for _ in range(2):
                try:
                    await tx.commit()
                    return
                except DatabaseError as error:
                    said.append(error.sqlstate)

    stage = Stage(session(get("a"), get("a")), writer, session(get("a")), sqlite=ROLLBACK)
    stage.go(1, 2)
    assert stage.go(2, 3) == BUSY
    assert stage.go(3, 2) == BUSY, "PENDING keeps new readers out"
    assert stage.go(1) == 1, "and lets old ones go on"
    stage.go(1)
    assert stage.go(2) is None
    assert (stage.units("a"), said) == (7, [BUSY])


def test_a_commit_that_is_refused_at_the_end_of_the_block_is_rolled_back():
    stage = Stage(session(get("a")), session(put("a", 7)), sqlite=ROLLBACK)
    stage.go(1, 2)
    assert stage.go(2, 3) == BUSY
    stage.go(2)
    stage.go(1)
    assert stage.outcome(2) == "failed: SQLITE_BUSY: database is locked"
    assert stage.units("a") == 1


def test_a_reader_with_a_wal_hinders_no_commit():
    stage = Stage(session(get("a"), get("a")), session(put("a", 7)), sqlite=WAL)
    stage.go(1, 2)
    assert stage.go(2, 3) is None
    assert stage.go(1) == 1, "it goes on seeing its snapshot"


def test_a_reader_whose_snapshot_is_out_of_date_may_not_write():
    stage = Stage(session(get("b"), add("b"), get("a")), session(put("a", 7)), sqlite=WAL)
    stage.go(1, 2)
    stage.go(2, 3)
    assert [stage.go(1), stage.go(1)] == [STALE, 1]


def test_a_commit_that_wrote_nothing_new_leaves_snapshots_as_they_are():
    stage = Stage(session(get("b"), add("b")), session(put("a", 1)), sqlite=WAL)
    stage.go(1, 2)
    stage.go(2, 3)
    assert stage.go(1) is True


@BOTH
def test_isolation_levels_are_accepted_and_all_are_serializable(sqlite):
    level = {"isolation": "read committed"}
    stage = Stage(session(get("a"), add("a"), **level), session(add("a"), **level), sqlite=sqlite)
    stage.go(1, 2)
    stage.go(2, 2)
    assert stage.go(1) == BUSY


def test_a_mode_is_refused_on_postgresql():
    with pytest.raises(Problem, match="begins a transaction in mode immediate, which is for SQL"):
        Stage(session(get("a"), mode="immediate")).go(1)


def test_the_default_mode_is_the_models():
    immediate = SQLite(mode=Mode.IMMEDIATE)
    stage = Stage(session(get("a")), session(get("a")), sqlite=immediate)
    assert [stage.go(1), stage.go(2)] == [None, BUSY]


def read_then_write(sqlite, *, mode=None, times=1):
    async def journey(_customer, ctx):
        async def take():
            async with ctx.transaction(mode=mode) as tx:
                row = await tx.get(shelves, "a")
                await tx.update(shelves, "a", units=row.units - 1)
            return row.units

        try:
            return await ctx.retrying(take, times=times)
        except DatabaseError as error:
            return error.sqlstate

    return shop(journey, sqlite=sqlite)


def outcomes(model):
    """What customers may be told, over all schedules."""
    from eventproof.simulator.space import Space

    space = Space(model, interchangeable=True)
    todo, met, ends = [space.initial], {space.initial}, set()
    while todo:
        state = todo.pop()
        ways = space.transitions(state)
        if not ways:
            ends.add(tuple(sorted(space.view(state).outcomes)))
        for after, *_ in ways:
            if after not in met:
                met.add(after)
                todo.append(after)
    return ends


def test_two_who_read_and_then_write_are_never_both_told_the_same():
    assert outcomes(read_then_write(ROLLBACK)) == {("0", "1"), ("1", BUSY), (BUSY, BUSY)}
    # With a WAL somebody always comes through, unless the handler forgets to try again.
    assert outcomes(read_then_write(WAL)) == {("0", "1"), ("1", BUSY), ("1", STALE)}


@BOTH
def test_who_begins_as_a_writer_fails_at_the_beginning_only(sqlite):
    assert outcomes(read_then_write(sqlite, mode="immediate")) == {("0", "1"), ("1", BUSY)}


@BOTH
def test_exploring_comes_to_an_end_with_retries(sqlite):
    assert explore(read_then_write(sqlite, times=2)).verdict == "proved"


@BOTH
def test_a_commit_is_a_step_of_its_own(sqlite):
    stage = Stage(session(get("a")), sqlite=sqlite)
    stage.go(1, 2)
    assert isinstance(stage.world.pending(("customer-1", 0)), Commit)
