"""A replay that is killed or interrupted in its middle: what the next one finds, and what is left.

The handler waits, within its transaction and after its update, for as long as a file is there; it
says so by another file. So a test knows where the replay stands, whatever the machine's speed.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from simulator_how_to import SCENARIO, write_project
from simulator_shops import shelves, stocked

from eventproof.cli.app import cli
from eventproof.simulator.postgres import Postgres
from eventproof.simulator.tables import table_of

TAPE = ".eventproof/tapes/one-seat.json"
WAIT, WAITS = Path("wait"), Path("waits")
IN_THE_MIDDLE = """
        import signal, time
        from pathlib import Path
        while Path("wait").exists():
            signal.signal(signal.SIGALRM, signal.SIG_IGN)  # nobody watches it wait
            Path("waits").touch()
            time.sleep(0.01)
"""

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills a process")


class Server:
    """A PostgreSQL on which replays run."""

    def __init__(self, url):
        self.url = url

    def __call__(self, query):
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def tables(self):
        """Those in anybody's schema."""
        ask = "select tablename from pg_tables where schemaname not in ('pg_catalog', {})"
        return {name for (name,) in self(ask.format("'information_schema'"))}

    def wait_for_the_end_of_sessions(self):
        """The server notices in its own time that a client is gone."""
        ask = "select from pg_stat_activity where backend_type = 'client backend' and pid <> {}"
        while self(ask.format("pg_backend_pid()")):
            time.sleep(0.01)

    def left(self):
        """What is there of ours: schemas, and advisory locks."""
        schemas = self("select nspname from pg_namespace where nspname like 'eventproof%'")
        return schemas + self("select objid from pg_locks where locktype = 'advisory'")


class File:
    """A SQLite file on which replays run."""

    def __init__(self, path):
        self.path = path
        self.url = f"sqlite:///{path}"

    def __call__(self, query):
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(query).fetchall()

    def tables(self):
        """Those in the file."""
        return {name for (name,) in self("select name from sqlite_master where type = 'table'")}

    def wait_for_the_end_of_sessions(self):
        """Its locks have gone with the process."""

    def left(self):
        """What is there of ours: the file, and what lies beside it."""
        return [path.name for path in self.path.parent.glob(self.path.name + "*")]


def on(*kinds):
    return pytest.mark.parametrize("database", kinds, indirect=True)


@pytest.fixture
def database(request, tmp_path, monkeypatch):
    """A database, and as the current folder a project with a tape for it."""
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    kind, _, journal = request.param.partition("-")
    scenario, visitors = Path(SCENARIO), Path("handlers/visitors.py")
    more = f"database: sqlite\njournal: {journal}\n" if journal else ""
    scenario.write_text(scenario.read_text().replace("count: 2", "count: 1") + more)
    text = visitors.read_text().replace("booked > 1", "booked > 0")
    update = '        await tx.update(seats, "1A", taken_by=visitor.name)\n'
    assert update in text
    visitors.write_text(text.replace(update, update + IN_THE_MIDDLE))
    assert CliRunner().invoke(cli, ["explore", SCENARIO]).exit_code == 1
    if kind == "sqlite":
        return File(tmp_path / "shop.db")
    return Server(request.getfixturevalue("postgres_url"))


def replay(database, *options):
    return CliRunner().invoke(cli, ["replay", TAPE, "--on", database.url, *options])


def stopped_in_the_middle(database, by, *options):
    """The replay as a process of its own, stopped by a signal when its transaction has written."""
    WAIT.touch()
    command = [sys.executable, "-m", "eventproof", "replay", TAPE, "--on", database.url, *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    while not WAITS.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    if isinstance(database, Server):  # to look into the file would be to take a lock there
        assert database.tables() == {"seats"}
    process.send_signal(by)
    said, errors = process.communicate()
    WAIT.unlink()
    WAITS.unlink()
    return process.returncode, said, errors


@on("postgresql", "sqlite-wal")
def test_after_a_kill_the_next_replay_says_the_same_and_leaves_nothing(database):
    before = replay(database)
    assert before.exit_code == 0, before.output

    code, said, _ = stopped_in_the_middle(database, signal.SIGKILL)
    assert (code, said) == (-signal.SIGKILL, "")
    assert database.left() != []
    database.wait_for_the_end_of_sessions()
    after = replay(database)

    assert (after.exit_code, after.stdout) == (before.exit_code, before.stdout)
    assert database.left() == []


@on("postgresql")
def test_after_a_kill_tables_of_others_are_still_refused_and_never_touched(database):
    stopped_in_the_middle(database, signal.SIGKILL)
    database.wait_for_the_end_of_sessions()
    database("create table somebody_elses (id integer)")
    try:
        refused = replay(database)
        allowed = replay(database, "--beside-other-tables")
        assert refused.exit_code == 2
        assert "somebody_elses" in refused.stderr
        assert allowed.exit_code == 0, allowed.output
        assert database.tables() == {"somebody_elses"}
    finally:
        database("drop table somebody_elses")


@on("postgresql", "sqlite-rollback")
def test_an_interrupt_ends_in_a_sentence_and_leaves_nothing(database):
    code, said, errors = stopped_in_the_middle(database, signal.SIGINT)

    sentence = "error: the replay was interrupted; nothing of it is left in the database.\n"
    assert (code, said, errors) == (2, "", sentence)
    database.wait_for_the_end_of_sessions()
    assert database.left() == []


KILLED_WITH_A_QUEUE = """
import os, signal, sys
from simulator_shops import shelves, stocked
from eventproof.simulator.postgres import Postgres
from eventproof.simulator.steps import Get
from eventproof.simulator.tables import table_of
table = table_of(shelves)
server = Postgres(sys.argv[1], tables=[table], rows=stocked(a=1))
for place in ("first", "second"):
    server.issue(place, "begin")
    server.settle(place)
    server.issue(place, Get(table, table.key("a"), lock=True))
    answer = server.settle(place)
assert answer is None, "the second waits"
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_sessions_of_a_killed_run_that_wait_for_each_other_stop_nobody(postgres_url):
    folders = [str(Path(__file__).parents[1] / "simulator"), *sys.path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(folders)}
    command = [sys.executable, "-c", KILLED_WITH_A_QUEUE, postgres_url]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr

    with Postgres(postgres_url, tables=[table_of(shelves)], rows=stocked(a=2)) as server:
        assert server.rows() == stocked(a=2)
    database = Server(postgres_url)
    database.wait_for_the_end_of_sessions()
    with Postgres(postgres_url, tables=[table_of(shelves)], rows=stocked(a=2)):
        pass  # what the server had not noticed by then is dropped now

    assert database.left() == []
