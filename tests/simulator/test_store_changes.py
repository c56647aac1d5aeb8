"""Deletes, upserts, savepoints and second tries, schedule by schedule, as PostgreSQL does it."""

import pytest
from simulator_asks import (
    add,
    drop,
    get,
    insert,
    lock,
    offer,
    put,
)
from simulator_shops import READ_COMMITTED, REPEATABLE_READ, shelves
from simulator_stage import WAITS, Stage, session

from eventproof.findings import Problem
from eventproof.simulator import DatabaseError, at_most, equal

LEVELS = (READ_COMMITTED, REPEATABLE_READ)


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
