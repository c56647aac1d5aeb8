"""What a select finds, waits for and locks, schedule by schedule, as PostgreSQL does it."""

import pytest
from simulator_asks import (
    drop,
    get,
    insert,
    lock,
    lock_free,
    lock_now,
    pick,
    put,
)
from simulator_shops import READ_COMMITTED, REPEATABLE_READ, stocked
from simulator_stage import WAITS, Stage, session

from eventproof.simulator import at_least, at_most, equal, unlike

LEVELS = (READ_COMMITTED, REPEATABLE_READ)


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
