"""Errors that reach a handler as exceptions, and nothing else."""

from __future__ import annotations

SERIALIZATION_FAILURE = "40001"
DEADLOCK_DETECTED = "40P01"
LOCK_NOT_AVAILABLE = "55P03"
NOT_NULL_VIOLATION = "23502"
UNIQUE_VIOLATION = "23505"
CHECK_VIOLATION = "23514"
IN_FAILED_TRANSACTION = "25P02"

CONSTRAINTS = (NOT_NULL_VIOLATION, UNIQUE_VIOLATION, CHECK_VIOLATION)

BUSY = "SQLITE_BUSY"
BUSY_SNAPSHOT = "SQLITE_BUSY_SNAPSHOT"
"""SQLite knows no SQLSTATEs; these are the names of its own result codes."""

TRANSIENT = (
    SERIALIZATION_FAILURE, DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE, BUSY, BUSY_SNAPSHOT
)  # fmt: skip
"""Errors after which the same transaction may succeed when it is tried again."""

_MEANING = {
    SERIALIZATION_FAILURE: "could not serialize access due to concurrent update",
    DEADLOCK_DETECTED: "deadlock detected",
    LOCK_NOT_AVAILABLE: "could not obtain lock on row",
    NOT_NULL_VIOLATION: "null value violates not-null constraint",
    UNIQUE_VIOLATION: "duplicate key value violates unique constraint",
    CHECK_VIOLATION: "new row violates check constraint",
    IN_FAILED_TRANSACTION: "current transaction is aborted",
    BUSY: "database is locked",
    BUSY_SNAPSHOT: "database is locked, and the snapshot is out of date",
}


class DatabaseError(Exception):
    """A statement failed. The sentences are the database's; compare `sqlstate`, not the text."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"{sqlstate}: {_MEANING.get(sqlstate, 'database error')}")
        self.sqlstate = sqlstate


class Refused(Exception):
    """A handler says no, as an HTTP API does with a 4xx: `raise Refused(400)`.

    A requester gets the same exception; a published message that is refused is simply done.
    `detail` stays empty where the API does not say which product is short.
    """

    def __init__(self, status: int, detail: str = "") -> None:
        super().__init__(f"{status} {detail}".strip())
        self.status = status
        self.detail = detail


class Stuck(BaseException):
    """Thrown into a handler that comes to no step; it says which, and where."""


class TimedOut(Exception):
    """No reply came in time: the handler is still at work, or has never got the request."""

    def __init__(self, message: str, timeout_s: float) -> None:
        super().__init__(message, timeout_s)
        self.message = message
        """The id of the message that was sent."""
        self.timeout_s = timeout_s

    def __str__(self) -> str:
        return f"no reply to {self.message} within {self.timeout_s:g} s"
