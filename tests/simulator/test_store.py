"""What a statement does in a transaction, schedule by schedule, as PostgreSQL does it."""

import pytest
from simulator_shops import READ_COMMITTED, REPEATABLE_READ, shelves, stocked
from simulator_stage import WAITS, Stage, session

from eventproof.findings import Problem
from eventproof.simulator import DatabaseError, at_least, at_most, equal, minus, plus, unlike

LEVELS = (READ_COMMITTED, REPEATABLE_READ)


def get(shelf):
    return lambda tx: tx.get(shelves, shelf)


def lock(shelf):
    return lambda tx: tx.get_for_update(shelves, shelf)


def put(shelf, units):
    return lambda tx: tx.update(shelves, shelf, units=units)


def take(shelf, units=1):
    return lambda tx: tx.update(shelves, shelf, units=minus(units), guard=at_least(units=units))


def swap(shelf, old, new):
    return lambda tx: tx.update(shelves, shelf, units=new, guard=equal(units=old))


def add(shelf):
    return lambda tx: tx.update(shelves, shelf, units=plus(1))


def insert(shelf, units):
    return lambda tx: tx.insert(shelves, shelf=shelf, units=units)


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


def pick(*guards, **how):
    """Select, and say what came as text: the shelves with their units."""

    async def select(tx):
        rows = await tx.select(shelves, guards, **how)
        picked.append(" ".join(f"{row.shelf}{row.units}" for row in rows))

    picked = select.said = []
    return select


def drop(shelf, *guards):
    return lambda tx: tx.delete(shelves, shelf, guard=guards)


def offer(shelf, units, on_conflict):
    return lambda tx: tx.insert(shelves, on_conflict=on_conflict, shelf=shelf, units=units)


def lock_now(shelf):
    return lambda tx: tx.get_for_update(shelves, shelf, nowait=True)


def lock_free(shelf):
    return lambda tx: tx.get_for_update(shelves, shelf, skip_locked=True)


class TestSelect:
    ROWS = stocked(a=3, b=1, c=2)

    @pytest.mark.parametrize(
        ("guards", "how", "said"),
        [
            ((), {}, "a3 b1 c2"),
            ((), {"order_by": ("units",)}, "b1 c2 a3"),
            ((), {"order_by": ("units",), "limit": 2}, "b1 c2"),
            (at_least(units=2), {}, "a3 c2"),
            (at_most(units=2) + unlike(shelf="b"), {}, "c2"),
            (equal(units=9), {}, ""),
            ((), {"limit": 0}, ""),
        ],
    )
    @pytest.mark.parametrize("lock", [False, True])
    def test_rows_come_in_order_and_only_those_that_match(self, guards, how, said, lock):
        picks = pick(*guards, **how, lock=lock)
        Stage(session(picks), rows=self.ROWS).go(1, 2)
        assert picks.said == [said]

    @pytest.mark.parametrize("level", LEVELS)
    def test_a_transaction_selects_its_own_writes(self, level):
        picks = pick()
        mine = session(put("a", 7), insert("d", 1), drop("b"), picks)
        Stage(mine, rows=self.ROWS, isolation=level).go(1, 5)
        assert picks.said == ["a7 c2 d1"]

    def test_a_snapshot_shows_no_row_that_came_since_and_every_row_that_went(self):
        picks = pick()
        stage = Stage(
            session(get("a"), picks),
            session(insert("d", 1), drop("b"), put("c", 9)),
            rows=self.ROWS,
            isolation=REPEATABLE_READ,
        )
        stage.go(1, 2)
        stage.go(2, 5)
        stage.go(1)
        assert picks.said == ["a3 b1 c2"]

    def test_a_locking_select_waits_for_each_row_and_holds_those_before_it(self):
        stage = Stage(
            session(lock("b")), session(pick(lock=True)), session(lock_free("a")), rows=self.ROWS
        )
        stage.go(1, 2)
        assert stage.go(2, 2) == WAITS
        assert stage.go(3, 2) is None, "a is held by the one who waits for b"

    def test_after_a_wait_a_row_is_tested_again_and_comes_as_it_is_now(self):
        full, low = pick(*at_least(units=2), lock=True), pick(*at_most(units=3), lock=True)
        stage = Stage(session(put("a", 1)), session(full), session(low), rows=self.ROWS)
        stage.go(1, 2)
        assert stage.go(2, 2) == WAITS
        stage.go(1)
        stage.go(2, 2)
        stage.go(3, 2)
        assert (full.said, low.said) == (["c2"], ["a1 b1 c2"])

    def test_skip_locked_takes_the_next_free_row(self):
        first, second = (
            pick(order_by=("units",), limit=1, lock=True, skip_locked=True) for _ in range(2)
        )
        stage = Stage(session(first), session(second), rows=self.ROWS)
        stage.go(1, 2)
        stage.go(2, 2)
        assert (first.said, second.said) == (["b1"], ["c2"])

    def test_nowait_fails_at_a_locked_row(self):
        stage = Stage(session(lock("b")), session(pick(lock=True, nowait=True)), rows=self.ROWS)
        stage.go(1, 2)
        assert stage.go(2, 2) == "55P03"

    def test_repeatable_read_cannot_lock_a_row_that_changed_since_even_to_skip_it(self):
        stage = Stage(
            session(get("b"), pick(lock=True, skip_locked=True)),
            session(put("a", 7)),
            session(lock("a")),
            isolation=REPEATABLE_READ,
        )
        stage.go(1, 2)
        stage.go(2, 3)
        stage.go(3, 2)
        assert stage.go(1) == "40001"


class TestLocks:
    def test_nowait_raises_and_skip_locked_finds_none(self):
        stage = Stage(session(lock("a")), session(lock_now("a")), session(lock_free("a")))
        stage.go(1, 2)
        assert stage.go(2, 2) == "55P03"
        assert stage.go(3, 2) is None

    def test_neither_minds_a_row_that_is_free(self):
        stage = Stage(session(lock_now("a")), session(lock_free("b")))
        assert (stage.go(1, 2), stage.go(2, 2)) == (1, 1)


class TestDelete:
    @pytest.mark.parametrize("level", LEVELS)
    def test_a_deleted_row_is_gone_once_that_is_committed(self, level):
        stage = Stage(session(drop("a")), session(get("a")), isolation=level)
        assert stage.go(1, 2) is True
        assert stage.go(2, 2) == 1
        stage.go(1)
        assert stage.units("a") is None

    def test_a_row_that_does_not_match_stays(self):
        stage = Stage(session(drop("a", *at_most(units=0)), drop("z")))
        assert [stage.go(1, 2), stage.go(1)] == [False, False]

    def test_who_waited_for_a_deleted_row_finds_none_and_locks_nothing(self):
        stage = Stage(session(drop("a")), session(add("a")), session(insert("a", 5)))
        stage.go(1, 2)
        assert stage.go(2, 2) == WAITS
        stage.go(1)
        assert stage.go(2) is False
        assert stage.go(3, 2) is True

    def test_who_waited_for_a_row_does_not_find_the_one_inserted_in_its_place(self):
        stage = Stage(session(drop("a"), insert("a", 5)), session(lock("a")))
        stage.go(1, 3)
        assert stage.go(2, 2) == WAITS
        stage.go(1)
        assert stage.go(2) is None

    def test_repeatable_read_cannot_touch_a_row_that_was_deleted_since(self):
        stage = Stage(session(get("b"), drop("a")), session(drop("a")), isolation=REPEATABLE_READ)
        stage.go(1, 2)
        stage.go(2, 3)
        assert stage.go(1) == "40001"

    @pytest.mark.parametrize(("end", "answer"), [("commit", True), ("rollback", "23505")])
    def test_an_insert_waits_to_see_whether_the_row_goes(self, end, answer):
        stage = Stage(session(drop("a"), end=end), session(insert("a", 5)))
        stage.go(1, 2)
        assert stage.go(2, 2) == WAITS
        stage.go(1)
        assert stage.go(2) == answer

    def test_a_row_can_be_deleted_and_inserted_anew_by_one_transaction(self):
        stage = Stage(session(drop("a"), insert("a", 5), get("a")))
        assert [stage.go(1, 2), stage.go(1), stage.go(1)] == [True, True, 5]
        stage.go(1)
        assert stage.units("a") == 5


class TestOnConflict:
    @pytest.mark.parametrize("level", LEVELS)
    @pytest.mark.parametrize("what", ["nothing", "update"])
    def test_a_free_key_is_inserted(self, level, what):
        stage = Stage(session(offer("c", 5, what)), isolation=level)
        assert stage.go(1, 2) is True
        stage.go(1)
        assert stage.units("c") == 5

    @pytest.mark.parametrize(("what", "units"), [("nothing", 1), ("update", 5)])
    def test_a_taken_key_is_left_alone_or_set(self, what, units):
        stage = Stage(session(offer("a", 5, what)))
        assert stage.go(1, 2) is False
        stage.go(1)
        assert stage.units("a") == units

    @pytest.mark.parametrize("what", ["nothing", "update"])
    def test_both_wait_to_see_what_becomes_of_the_same_key(self, what):
        stage = Stage(session(insert("c", 1)), session(offer("c", 2, what)))
        stage.go(1, 2)
        assert stage.go(2, 2) == WAITS
        stage.go(1)
        assert stage.go(2) is False

    def test_only_an_update_waits_for_a_row_that_is_merely_locked(self):
        stage = Stage(
            session(lock("a")), session(offer("a", 2, "nothing")), session(offer("a", 3, "update"))
        )
        stage.go(1, 2)
        assert stage.go(2, 2) is False
        assert stage.go(3, 2) == WAITS
        stage.go(1)
        assert stage.go(3) is False

    @pytest.mark.parametrize("what", ["nothing", "update"])
    def test_repeatable_read_fails_on_a_row_that_its_snapshot_does_not_show(self, what):
        stage = Stage(
            session(get("a"), offer("c", 2, what)),
            session(insert("c", 1)),
            isolation=REPEATABLE_READ,
        )
        stage.go(1, 2)
        stage.go(2, 3)
        assert stage.go(1) == "40001"


def nested(*statements):
    """A part of the transaction after a savepoint; what failed in it is forgotten."""

    async def part(tx):
        try:
            async with tx.savepoint():
                for statement in statements:
                    await statement(tx)
        except DatabaseError:
            return

    return part


class TestSavepoints:
    def test_what_was_done_since_is_undone_and_what_was_done_before_stays(self):
        stage = Stage(session(put("a", 5), nested(put("b", 7), insert("a", 1)), put("c", 9)))
        stage.go(1, 4)
        assert [stage.go(1) for _ in range(4)] == ["23505", None, False, None]
        assert (stage.units("a"), stage.units("b")) == (5, 1)

    def test_what_does_not_fail_is_kept(self):
        stage = Stage(session(nested(put("a", 5)), put("b", 7)))
        stage.go(1, 6)
        assert (stage.units("a"), stage.units("b")) == (5, 7)

    def test_locks_taken_since_are_released_and_those_before_are_kept(self):
        stage = Stage(
            session(lock("a"), nested(lock("b"), insert("a", 1)), get("a")),
            session(lock("b"), lock("a")),
        )
        stage.go(1, 4)
        assert stage.go(2, 2) == WAITS
        assert stage.go(1) == "23505"
        assert stage.go(2) == 1
        assert stage.go(2) == WAITS

    def test_savepoints_nest(self):
        inner = nested(put("b", 8), insert("a", 1))
        stage = Stage(session(nested(put("b", 7), inner, put("a", 5))))
        stage.go(1, 10)
        assert (stage.units("a"), stage.units("b")) == (5, 7)


class TestRetrying:
    def journey(self, times):
        async def journey(ctx):
            async def work():
                async with ctx.transaction() as tx:
                    await tx.get_for_update(shelves, "a", nowait=True)
                return "got it"

            try:
                return await ctx.retrying(work, times=times)
            except DatabaseError as error:
                return error.sqlstate

        return journey

    def test_a_transient_failure_is_tried_again_after_a_pause(self):
        stage = Stage(session(lock("a")), self.journey(2))
        stage.go(1, 2)
        assert stage.go(2, 2) == "55P03"
        stage.go(1)
        stage.go(2, 5)
        assert stage.outcome(2) == "got it"

    def test_the_last_failure_goes_on(self):
        stage = Stage(session(lock("a")), self.journey(2))
        stage.go(1, 2)
        stage.go(2, 7)
        assert stage.outcome(2) == "55P03"

    def test_another_failure_is_not_tried_again(self):
        async def journey(ctx):
            async def work():
                async with ctx.transaction() as tx:
                    await tx.insert(shelves, shelf="a", units=1)

            try:
                await ctx.retrying(work)
            except DatabaseError as error:
                return error.sqlstate

        stage = Stage(journey)
        stage.go(1, 3)
        assert stage.outcome(1) == "23505"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda tx: tx.update(shelves, "a", shelf="b"), "changes its primary key"),
        (lambda tx: tx.select(shelves, limit=-1), "limit -1"),
        (lambda tx: tx.select(shelves, nowait=True), "locks nothing"),
        (lambda tx: tx.select(shelves, order_by=("size",)), "no column size"),
        (lambda tx: tx.delete(shelves, "a", guard=equal(size=1)), "no column size"),
        (lambda tx: tx.insert(shelves, on_conflict="update", shelf="a"), "update no column"),
        (lambda tx: tx.get_for_update(shelves, "a", nowait=True, skip_locked=True), "exclude"),
    ],
)
def test_what_cannot_be_asked_is_said(ask, said):
    with pytest.raises(Problem, match=said):
        Stage(session(ask)).go(1, 2)
