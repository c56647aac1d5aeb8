"""Pages: one file of a catalog, read as far as it can be.

Whatever is wrong with a file stays with it, in a `ReadPage`; the reader makes a finding of it.
Three things could be wrong: the file cannot or must not be read, its bytes are no text, or its
text has no frontmatter that can be used.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Protocol

from eventproof.catalog.frontmatter import Page, PageError, body_of, has_frontmatter, parse
from eventproof.catalog.rules import cat101_unreadable_file, cat102_broken_frontmatter
from eventproof.catalog.walk import Found, TooLargeError, read
from eventproof.catalog.yaml_text import Mark
from eventproof.findings import Rule

_UNREADABLE = cat101_unreadable_file.RULE
_BROKEN = cat102_broken_frontmatter.RULE


class Digest(Protocol):
    """What the paths and bytes of a catalog are added to, such as a SHA-256."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a file has no page. No exception: one would keep every page alive by its traceback."""

    rule: Rule
    sentence: str
    """A predicate without its subject."""
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A file as far as it could be read: its page, or why there is none."""

    found: Found
    page: Page | None = None
    trouble: Trouble | None = None


def read_page(found: Found, digest: Digest) -> ReadPage:
    """Read one file, and add it to the digest unless it is a document."""
    try:
        raw = _bytes(found)
        if not found.document:
            _add(digest, found, raw)
        text = _decoded(raw)
    except TooLargeError as error:
        refused = replace(found, refusal=str(error))
        return ReadPage(refused, trouble=Trouble(_UNREADABLE, str(error)))
    except PageError as broken:
        if not found.document and not found.refusal:
            _add(digest, found, b"")
        return ReadPage(found, trouble=Trouble(_UNREADABLE, broken.sentence, broken.mark))
    try:
        return ReadPage(found, _parsed(text, is_document=bool(found.document)))
    except PageError as broken:
        return ReadPage(found, trouble=Trouble(_BROKEN, broken.sentence, broken.mark))


def _parsed(text: str, *, is_document: bool) -> Page:
    # A changelog or dictionary may do without frontmatter.
    if is_document and not has_frontmatter(text):
        return Page({}, body_of(text))
    return parse(text)


def _bytes(found: Found) -> bytes:
    """Return the bytes of a file. Raises PageError where it cannot or must not be read."""
    if found.refusal:
        raise PageError(found.refusal)
    try:
        return read(found)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise PageError(f"cannot be read: {reason}") from error


def _decoded(raw: bytes) -> str:
    """Return the text of a page. Raises PageError for bytes that are no text."""
    if b"\x00" in raw:
        line = raw[: raw.index(b"\x00")].count(b"\n") + 1
        raise PageError("holds NUL bytes and is no text", Mark(line, 1))
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PageError(f"is not UTF-8 at byte {error.start}", Mark(line, 1)) from error


def _add(digest: Digest, found: Found, raw: bytes) -> None:
    # Lengths keep two catalogs apart whose paths and bytes run together alike.
    digest.update(b"%b\x00%d\x00%b" % (os.fsencode(found.file), len(raw), raw))
