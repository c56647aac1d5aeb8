"""The file that a replay on SQLite works in: what is refused, and what is left behind."""

import os
import signal
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa
from simulator_shops import shelves, stocked

from eventproof.findings import Problem
from eventproof.simulator import Journal
from eventproof.simulator.sqlite import Sqlite
from eventproof.simulator.steps import Delete, Get
from eventproof.simulator.tables import table_of

SHELVES = table_of(shelves)


def opened(path, *, journal=Journal.ROLLBACK, rows=None, **options):
    return Sqlite(path, tables=[SHELVES], rows=rows or stocked(a=1), journal=journal, **options)


def tables_in(path):
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("select name from sqlite_master where type = 'table'")
        return {name for (name,) in found}


def journal_of(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("pragma journal_mode").fetchone()[0]


def somebody_elses(path, *commands):
    with closing(sqlite3.connect(path)) as connection:
        for command in ("create table somebody_elses (id int)", *commands):
            connection.execute(command)
        connection.commit()


@pytest.mark.parametrize("journal", Journal)
def test_a_file_that_was_not_there_is_gone_after_a_replay(journal, tmp_path):
    with opened(tmp_path / "new.db", journal=journal) as server:
        assert server.rows() == stocked(a=1)

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_empty_stays(tmp_path):
    (tmp_path / "empty.db").touch()

    with opened(tmp_path / "empty.db"):
        pass

    assert [file.name for file in tmp_path.iterdir()] == ["empty.db"]
    assert tables_in(tmp_path / "empty.db") == set()


def test_a_database_with_other_tables_is_refused_and_not_touched(tmp_path):
    path = tmp_path / "shop.db"
    somebody_elses(path)
    before = path.read_bytes()

    with pytest.raises(Problem, match="such as somebody_elses"):
        opened(path)

    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["shop.db"]


def test_other_tables_and_their_journal_are_as_before_where_they_were_allowed(tmp_path):
    path = tmp_path / "shop.db"
    somebody_elses(path, "pragma journal_mode = wal")

    with opened(path, beside_other_tables=True) as server:
        assert journal_of(path) == "delete"
        assert server.rows() == stocked(a=1)

    assert tables_in(path) == {"somebody_elses"}
    assert journal_of(path) == "wal"


def test_a_table_of_the_same_name_is_never_touched(tmp_path):
    path = tmp_path / "shop.db"
    somebody_elses(path, "create table shelves (id int)", "insert into shelves values (7)")

    with pytest.raises(Problem, match="holds a table shelves already"):
        opened(path, beside_other_tables=True)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select id from shelves").fetchall() == [(7,)]


def killed_at_work(path, journal):
    """A process of its own that is killed while its transaction is open."""
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        return
    try:
        server = opened(path, journal=journal, beside_other_tables=True)
        server.issue("one", "begin immediate")
        server.issue("one", Delete(SHELVES, SHELVES.key("a")))
        os.kill(os.getpid(), signal.SIGKILL)
    finally:
        os._exit(1)  # whatever went wrong, the copy runs no further tests


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of the process")
@pytest.mark.parametrize("journal", Journal)
def test_what_a_killed_run_left_behind_is_taken_away_by_the_next(journal, tmp_path):
    path = tmp_path / "shop.db"
    somebody_elses(path)
    killed_at_work(path, journal)
    assert "shelves" in tables_in(path)

    with pytest.raises(Problem, match="such as somebody_elses"):
        opened(path)
    with opened(path, rows=stocked(a=2), beside_other_tables=True) as server:
        assert server.rows() == stocked(a=2)

    assert tables_in(path) == {"somebody_elses"}
    assert journal_of(path) == "delete"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of the process")
@pytest.mark.parametrize("journal", Journal)
def test_a_file_that_a_killed_run_made_is_gone_after_the_next(journal, tmp_path):
    killed_at_work(tmp_path / "new.db", journal)
    assert "shelves" in tables_in(tmp_path / "new.db")

    with opened(tmp_path / "new.db"):
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of the process")
def test_a_file_that_a_killed_run_made_stays_if_others_have_used_it_since(tmp_path):
    path = tmp_path / "new.db"
    killed_at_work(path, Journal.WAL)
    somebody_elses(path)

    with pytest.raises(Problem, match="such as somebody_elses"):
        opened(path)
    with opened(path, beside_other_tables=True):
        pass

    assert tables_in(path) == {"somebody_elses"}
    assert [file.name for file in tmp_path.iterdir()] == ["new.db"]


def test_an_empty_file_that_a_run_made_just_before_it_was_killed_is_gone_after_the_next(tmp_path):
    (tmp_path / "new.db").touch()
    (tmp_path / "new.db-eventproof").touch()

    with opened(tmp_path / "new.db"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_set_up_that_is_interrupted_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("eventproof.simulator.sqlite_file.insertion", interrupted)
    with pytest.raises(KeyboardInterrupt):
        opened(tmp_path / "shop.db")

    assert list(tmp_path.iterdir()) == []


def test_a_file_on_which_another_run_is_at_work_is_refused(tmp_path):
    with opened(tmp_path / "shop.db") as first:
        with pytest.raises(Problem, match="another run is at work"):
            opened(tmp_path / "shop.db")
        assert first.rows() == stocked(a=1)


def test_a_file_that_is_no_database_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("to do: nothing\n" * 100)

    with pytest.raises(Problem, match="file is not a database"):
        opened(path)

    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_that_is_not_there_is_said_in_one_sentence(tmp_path):
    with pytest.raises(Problem, match="cannot be opened"):
        opened(tmp_path / "nowhere" / "shop.db")


def test_an_index_that_is_another_one_on_sqlite_is_refused(tmp_path):
    notes = sa.Table(
        "notes",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("text", sa.String),
        sa.Index("texts", "text", unique=True, postgresql_where=sa.column("id") >= 1),
    )

    with pytest.raises(Problem, match="the index texts on notes is another one on SQLite"):
        Sqlite(tmp_path / "x.db", tables=[table_of(notes)], rows={}, journal=Journal.WAL)


def test_a_row_that_was_read_leaves_no_lock_behind(tmp_path):
    with opened(tmp_path / "shop.db") as server:
        server.issue("reader", "begin deferred")
        server.issue("reader", Get(SHELVES, SHELVES.key("a")))
        server.issue("reader", "commit")
        server.issue("writer", "begin exclusive")

        assert server.settle("writer").sqlstate is None


def test_a_session_may_begin_while_another_has_the_database_alone(tmp_path):
    with opened(tmp_path / "shop.db") as server:
        server.issue("one", "begin exclusive")
        server.issue("two", "begin deferred")
        server.issue("two", Get(SHELVES, SHELVES.key("a")))

        assert server.settle("two").sqlstate == "SQLITE_BUSY"


def test_a_sqlite_that_is_too_old_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))

    with pytest.raises(Problem, match=r"3\.35 or newer is needed"):
        opened(tmp_path / "shop.db")
