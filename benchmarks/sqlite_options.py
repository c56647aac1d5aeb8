"""How a benchmark uses a SQLite file: the options --journal, --mode and --busy-timeout."""

import argparse

from eventproof.simulator.sqlite_store import Journal, SQLite
from eventproof.simulator.statements import Mode


def add_sqlite_options(parser: argparse.ArgumentParser) -> None:
    """Without any of them a file is used as a live run uses it whose scenario names no SQLite."""
    parser.add_argument("--journal", choices=list(Journal), help="of a SQLite file")
    parser.add_argument("--mode", choices=list(Mode), help="in which transactions begin there")
    parser.add_argument("--busy-timeout", type=float, help="seconds that who meets a lock waits")


def sqlite_of(asked: argparse.Namespace) -> SQLite | None:
    """The SQLite that was asked for; None if none was."""
    if asked.journal is None and asked.mode is None and asked.busy_timeout is None:
        return None
    plain = SQLite()
    return SQLite(
        Journal(asked.journal or plain.journal),
        Mode(asked.mode or plain.mode),
        plain.busy_timeout_s if asked.busy_timeout is None else asked.busy_timeout,
    )


def as_options(sqlite: SQLite | None) -> list[str]:
    """The options that ask for it, for a process of one's own."""
    if sqlite is None:
        return []
    timeout = str(sqlite.busy_timeout_s)
    return ["--journal", sqlite.journal, "--mode", sqlite.mode, "--busy-timeout", timeout]
