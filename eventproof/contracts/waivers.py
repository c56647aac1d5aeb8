"""Waivers: breaks that a team accepts for a while, each with a reason and a last day.

    [[waiver]]
    message = "InventoryAdjusted"
    versions = ["0.0.3", "0.0.4"]     # both must be named; any where left out
    kind = "type.widened"             # of the change; any where left out
    path = "/properties/quantity"     # of the change, or above it; any where left out
    reason = "OrdersService moves in March, see TEAM-12"
    expires = 2027-03-31              # the last day on which it holds

A waiver excuses nothing that it does not name: where a break has several changes, each of them
has to be named by some waiver. An expired waiver excuses nothing and is an error; one that has
nothing left to excuse is a warning.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from eventproof.contracts.breach import Breach, Cause
from eventproof.contracts.rules import con207_expired_waiver, con208_unused_waiver
from eventproof.findings import Finding, Location, Problem, nearest

_KEYS = ("message", "versions", "kind", "path", "reason", "expires")
_REQUIRED = ("message", "reason", "expires")
_HEADER = re.compile(r"^[ \t]*\[\[\s*[\"']?waiver[\"']?\s*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry of a waivers file."""

    message: str
    versions: frozenset[str]
    """Empty for any."""
    kind: str | None
    path: str | None
    reason: str
    expires: date
    """The last day on which it holds."""
    location: Location

    def names(self, breach: Breach) -> bool:
        """Whether this waiver speaks of the breach's message and versions."""
        is_message = self.message in (
            breach.message.id,
            f"{breach.message.type}:{breach.message.id}",
        )
        return is_message and (not self.versions or breach.versions <= self.versions)

    def excuses(self, cause: Cause) -> bool:
        """Whether this waiver names a cause; a path names all that lies beneath it."""
        is_kind = self.kind is None or self.kind == cause.kind
        return is_kind and (self.path is None or f"{cause.path}/".startswith(f"{self.path}/"))


@dataclass(frozen=True, slots=True)
class Excused:
    """What waivers did."""

    by: Mapping[Breach, tuple[Waiver, ...]]
    """The breaches that are excused, each with the waivers that do it."""
    findings: tuple[Finding, ...] = ()
    """The waivers that are expired or unused."""


def read_waivers(file: Path) -> tuple[Waiver, ...]:
    """Return the waivers of a file. Raises `Problem` with the line of the entry that is wrong."""
    try:
        text = file.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{file} is not TOML: {error}.") from error
    except OSError as error:
        raise Problem(f"{file} cannot be read: {(error.strerror or '').lower()}.") from error
    lines = [text.count("\n", 0, found.start()) + 1 for found in _HEADER.finditer(text)]
    entries = content.get("waiver", [])
    if content.keys() - {"waiver"} or not isinstance(entries, list):
        raise Problem(
            f"{file}: a waivers file holds [[waiver]] entries and nothing else.",
            hint=f"each has {', '.join(_KEYS)}.",
        )
    shown = file.as_posix()
    return tuple(
        _waiver(entry, Location(shown, lines[index] if index < len(lines) else None))
        for index, entry in enumerate(entries)
    )


def excused(
    waivers: Iterable[Waiver],
    breaches: Iterable[Breach],
    *,
    compared: Collection[tuple[str, frozenset[str]]],
    known: Collection[str],
    today: date,
    elsewhere: Collection[str] = (),
) -> Excused:
    """Say which breaches are excused, and which waivers are expired or left over.

    `compared` are the messages and versions that were looked at, `known` the ids of all messages:
    whether a waiver for anything else is of use is not for this run to say. `elsewhere` are the
    kinds that only another sort of run can meet.
    """
    entries = tuple(waivers)
    valid = [waiver for waiver in entries if waiver.expires >= today]
    by: dict[Breach, tuple[Waiver, ...]] = {}
    used: set[Waiver] = set()
    for breach in dict.fromkeys(breaches):
        speaking = [waiver for waiver in valid if waiver.names(breach)]
        helping = [w for w in speaking if any(w.excuses(cause) for cause in breach.causes)]
        used.update(helping)
        if all(any(w.excuses(cause) for w in helping) for cause in breach.causes):
            by[breach] = tuple(helping)
    findings = [_expired(waiver, today) for waiver in entries if waiver.expires < today]
    met = (w for w in valid if w not in used and w.kind not in elsewhere)
    idle = (w for w in met if _is_judged(w, compared, known))
    findings += [_unused(waiver, known) for waiver in idle]
    return Excused(by, tuple(findings))


def _is_judged(
    waiver: Waiver, compared: Collection[tuple[str, frozenset[str]]], known: Collection[str]
) -> bool:
    name = waiver.message.rpartition(":")[2] if waiver.message not in known else waiver.message
    if name not in known:
        return True
    return any(
        id_ == name and versions <= (waiver.versions or versions) for id_, versions in compared
    )


def _waiver(entry: Any, place: Location) -> Waiver:
    if not isinstance(entry, dict):
        raise Problem(f"{place}: a waiver is a table: write [[waiver]].")
    for key in entry:
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            hint = f"did you mean `{near}`?" if near else f"known: {', '.join(_KEYS)}"
            raise Problem(f"{place}: unknown key in a waiver: `{key}`.", hint=hint)
    missing = [key for key in _REQUIRED if entry.get(key) in (None, "")]
    if missing:
        raise Problem(f"{place}: a waiver needs its `{missing[0]}`.", hint=_WHY[missing[0]])
    texts = {key: _text(entry, key, place) for key in ("message", "kind", "path", "reason")}
    return Waiver(
        message=texts["message"] or "",
        versions=frozenset(_versions(entry, place)),
        kind=texts["kind"],
        path=texts["path"].rstrip("/") if texts["path"] else None,
        reason=texts["reason"] or "",
        expires=_date(entry["expires"], place),
        location=place,
    )


_WHY = {
    "message": "the id of a message, such as InventoryAdjusted.",
    "reason": "say why the break is accepted, and who mends it.",
    "expires": "the last day on which it holds, such as expires = 2027-03-31.",
}


def _text(entry: Mapping[str, Any], key: str, place: Location) -> str | None:
    value = entry.get(key)
    if value is not None and not isinstance(value, str):
        raise Problem(f"{place}: `{key}` of a waiver is text.")
    return value


def _versions(entry: Mapping[str, Any], place: Location) -> Iterator[str]:
    value = entry.get("versions", [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Problem(
            f"{place}: `versions` of a waiver is a list of texts.",
            hint='write versions = ["1.0.0", "1.1.0"].',
        )
    yield from value


def _date(value: Any, place: Location) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Problem(f"{place}: `expires` is no day.", hint=_WHY["expires"]) from None


def _expired(waiver: Waiver, today: date) -> Finding:
    days = (today - waiver.expires).days
    ago = "yesterday" if days == 1 else f"{days} days ago"
    return con207_expired_waiver.RULE.finding(
        f"{waiver.message}: the waiver expired on {waiver.expires}, {ago}, and excuses nothing.",
        location=waiver.location,
        about=_about(waiver),
        details=(f"Its reason was: {waiver.reason}",),
    )


def _unused(waiver: Waiver, known: Collection[str]) -> Finding:
    near = nearest(waiver.message, known) if waiver.message not in known else None
    hint = (f"Did you mean {near}?",) if near else ()
    return con208_unused_waiver.RULE.finding(
        f"{waiver.message}: the waiver has nothing to excuse.",
        location=waiver.location,
        about=_about(waiver),
        details=(*hint, f"Its reason was: {waiver.reason}"),
    )


def _about(waiver: Waiver) -> str:
    versions = ",".join(sorted(waiver.versions))
    return f"{waiver.message}@{versions} {waiver.kind or ''} {waiver.path or ''}"
