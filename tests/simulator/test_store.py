"""What a statement does in a transaction, schedule by schedule, as PostgreSQL does it."""

import pytest
from simulator_asks import (
    add,
    get,
    insert,
    lock,
    put,
    swap,
    take,
)
from simulator_shops import READ_COMMITTED, REPEATABLE_READ, shelves, stocked
from simulator_stage import WAITS, Stage, session

LEVELS = (READ_COMMITTED, REPEATABLE_READ)


@pytest.mark.parametrize("level", LEVELS)
def test_a_transaction_reads_its_own_writes(level):
    stage = Stage(session(put("a", 7), get("a"), lock("a"), take("a", 7)), isolation=level)
    stage.go(1)
    assert [stage.go(1) for _ in range(4)] == [True, 7, 7, True]


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_not_committed_is_not_seen_by_others(level):
    stage = Stage(session(put("a", 7)), session(get("a")), isolation=level)
    stage.go(1, 2)
    assert stage.go(2, 2) == 1
    assert stage.units("a") == 1


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_rolled_back_was_never_there(level):
    stage = Stage(session(put("a", 7), insert("c", 1), end="rollback"), isolation=level)
    stage.go(1, 4)
    assert (stage.units("a"), stage.units("c")) == (1, None)


def test_read_committed_sees_what_was_committed_since_its_last_statement():
    stage = Stage(session(get("a"), get("a")), session(put("a", 7)))
    assert stage.go(1, 2) == 1
    stage.go(2, 3)
    assert stage.go(1) == 7


def test_repeatable_read_takes_its_snapshot_at_the_first_statement_not_at_begin():
    stage = Stage(
        session(get("b"), get("a")),
        session(put("a", 7)),
        session(put("a", 9)),
        isolation=REPEATABLE_READ,
    )
    stage.go(1)
    stage.go(2, 3)
    stage.go(1)
    stage.go(3, 3)
    assert stage.go(1) == 7


def test_a_transaction_may_name_its_own_isolation_level():
    reads = session(get("a"), get("a"), isolation="REPEATABLE READ")
    stage = Stage(reads, session(put("a", 7)))
    stage.go(1, 2)
    stage.go(2, 3)
    assert stage.go(1) == 1


def test_a_row_that_does_not_match_is_not_waited_for():
    stage = Stage(session(put("a", 9)), session(take("a", 5)))
    stage.go(1, 2)
    assert stage.go(2, 2) is False


def test_after_a_wait_the_guard_is_tested_on_the_newest_version():
    stage = Stage(session(take("a")), session(take("a")))
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(1)
    assert stage.go(2) is False
    stage.go(2)
    assert stage.units("a") == 0


def test_after_a_wait_the_change_is_made_to_the_newest_version():
    stage = Stage(session(put("a", 5)), session(add("a")))
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(1)
    assert stage.go(2) is True
    stage.go(2)
    assert stage.units("a") == 6


def test_a_row_whose_second_test_failed_stays_locked_until_the_end():
    stage = Stage(session(take("a")), session(take("a"), get("b")), session(add("a")))
    stage.go(1, 2)
    stage.go(2, 2)
    stage.go(1)
    assert stage.go(2) is False
    assert stage.go(3, 2) == WAITS
    stage.go(2, 2)
    assert stage.go(3) is True


def test_a_row_whose_first_test_failed_is_not_locked():
    stage = Stage(session(take("a", 5), get("b")), session(add("a")))
    assert stage.go(1, 2) is False
    assert stage.go(2, 2) is True


def test_a_compare_and_set_that_waited_loses_to_the_one_before():
    stage = Stage(session(swap("a", 1, 0)), session(swap("a", 1, 0)))
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(1)
    assert stage.go(2) is False


@pytest.mark.parametrize("level", LEVELS)
def test_the_update_of_a_missing_row_changes_and_locks_nothing(level):
    stage = Stage(session(add("c"), lock("c")), session(insert("c", 1)), isolation=level)
    assert stage.go(1, 2) is False
    assert stage.go(1) is None
    assert stage.go(2, 2) is True
    assert stage.go(2) is None
    assert stage.units("c") == 1


@pytest.mark.parametrize("level", LEVELS)
def test_a_locked_row_can_be_read_but_not_locked_or_written(level):
    stage = Stage(
        session(lock("a")), session(get("a"), lock("a")), session(add("a")), isolation=level
    )
    assert stage.go(1, 2) == 1
    assert stage.go(2, 2) == 1
    assert stage.go(2) == WAITS
    assert stage.go(3, 2) == WAITS
    stage.go(1)
    assert stage.go(2) == 1


@pytest.mark.parametrize("second", [add("a"), lock("a"), take("a", 1), put("a", 1)])
def test_repeatable_read_cannot_write_or_lock_what_was_changed_since_its_snapshot(second):
    stage = Stage(session(get("b"), second), session(put("a", 7)), isolation=REPEATABLE_READ)
    stage.go(1, 2)
    stage.go(2, 3)
    assert stage.go(1) == "40001"


def test_repeatable_read_fails_when_the_one_it_waited_for_commits():
    stage = Stage(session(add("a")), session(add("a")), isolation=REPEATABLE_READ)
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(1)
    assert stage.go(2) == "40001"


def test_repeatable_read_goes_on_when_the_one_it_waited_for_rolls_back():
    stage = Stage(session(add("a"), end="rollback"), session(add("a")), isolation=REPEATABLE_READ)
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(1)
    assert stage.go(2) is True


def test_the_snapshot_of_a_first_statement_that_waits_is_from_before_the_wait():
    stage = Stage(
        session(add("a"), end="rollback"),
        session(lock("a"), get("b")),
        session(put("b", 7)),
        isolation=REPEATABLE_READ,
    )
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(3, 3)
    stage.go(1)
    assert stage.go(2) == 1
    assert stage.go(2) == 1, "b was changed while the first statement waited"


def test_repeatable_read_judges_a_guard_by_its_snapshot():
    stage = Stage(session(get("a"), take("a", 5)), session(put("a", 9)), isolation=REPEATABLE_READ)
    stage.go(1, 2)
    stage.go(2, 3)
    assert stage.go(1) is False, "no row of the snapshot matches, so none is in conflict"


def test_a_row_that_was_only_locked_has_not_changed():
    stage = Stage(session(get("b"), add("a")), session(lock("a")), isolation=REPEATABLE_READ)
    stage.go(1, 2)
    stage.go(2, 3)
    assert stage.go(1) is True


def test_a_value_that_came_back_is_a_change_all_the_same():
    stage = Stage(
        session(get("a"), add("a")),
        session(put("a", 2)),
        session(put("a", 1)),
        isolation=REPEATABLE_READ,
    )
    stage.go(1, 2)
    stage.go(2, 3)
    stage.go(3, 3)
    assert stage.units("a") == 1
    assert stage.go(1) == "40001"


def test_writing_the_same_value_is_a_change():
    stage = Stage(session(get("a"), add("a")), session(put("a", 1)), isolation=REPEATABLE_READ)
    stage.go(1, 2)
    stage.go(2, 3)
    assert stage.go(1) == "40001"


def test_ones_own_lock_keeps_others_from_changing_a_row():
    stage = Stage(session(lock("a"), add("a")), session(put("a", 7)), isolation=REPEATABLE_READ)
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    assert stage.go(1) is True


@pytest.mark.parametrize("level", LEVELS)
def test_a_key_can_be_inserted_once(level):
    stage = Stage(session(insert("a", 5)), isolation=level)
    assert stage.go(1, 2) == "23505"


def test_a_key_that_a_snapshot_does_not_show_is_taken_all_the_same():
    stage = Stage(
        session(get("a"), get("c"), insert("c", 5)),
        session(insert("c", 1)),
        isolation=REPEATABLE_READ,
    )
    stage.go(1, 2)
    stage.go(2, 3)
    assert stage.go(1) is None
    assert stage.go(1) == "23505"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("end", "answer"), [("commit", "23505"), ("rollback", True)])
def test_an_insert_waits_to_see_what_becomes_of_the_same_key(level, end, answer):
    stage = Stage(session(insert("c", 1), end=end), session(insert("c", 2)), isolation=level)
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    stage.go(1)
    assert stage.go(2) == answer


def test_after_a_failed_statement_every_other_is_refused():
    stage = Stage(session(put("b", 7), insert("a", 5), get("b"), add("b")))
    stage.go(1, 2)
    assert [stage.go(1) for _ in range(3)] == ["23505", "25P02", "25P02"]
    stage.go(1)
    assert stage.units("b") == 1, "committing a failed transaction keeps nothing"


def test_a_failed_statement_releases_the_locks_before_the_rollback():
    stage = Stage(session(put("b", 7), insert("a", 5)), session(add("b")))
    stage.go(1, 2)
    assert stage.go(2, 2) == WAITS
    assert stage.go(1) == "23505"
    assert stage.go(2) is True


def test_a_lock_ends_with_its_transaction():
    async def twice(ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=7)
        async with ctx.transaction() as tx:
            await tx.get(shelves, "b")

    stage = Stage(twice, session(add("a")))
    stage.go(1, 4)
    assert stage.go(2, 2) is True


def test_an_exception_rolls_the_block_back():
    async def gives_up(ctx):
        async with ctx.transaction() as tx:
            await tx.update(shelves, "a", units=7)
            raise KeyError("tea")

    async def journey(ctx):
        try:
            await gives_up(ctx)
        except KeyError:
            return "gave up"

    stage = Stage(journey)
    stage.go(1, 3)
    assert stage.outcome(1) == "gave up"
    assert stage.units("a") == 1


def test_a_snapshot_keeps_old_versions_over_several_commits():
    stage = Stage(
        session(get("b"), get("a"), get("c")),
        session(put("a", 2), insert("c", 1)),
        session(put("a", 3)),
        rows=stocked(a=1, b=1),
        isolation=REPEATABLE_READ,
    )
    stage.go(1, 2)
    stage.go(2, 4)
    stage.go(3, 3)
    assert stage.go(1) == 1
    assert stage.go(1) is None
