"""Comments: the suppressions that stand in a page's prose, as HTML or MDX comments.

    <!-- eventproof: ignore[CAT402] reason -->
    {/* eventproof: ignore[CAT402] reason */}

What stands in a code fence or between backticks is an example of one, and counts for nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

SUPPRESSION_MARK = "eventproof:"
"""Prose without this word has no suppression, and need not be looked at."""

COMMENT_CHARS_MAX = 500
"""A comment longer than this is no suppression; a stranger's page may open many and close none."""

_OPENING = re.compile(r"(<!--|\{\s{0,9}/\*)\s{0,9}eventproof:")
_IGNORE = re.compile(r"ignore\s*\[([^\]]*)\](.*)", re.DOTALL)
_CODE_SPAN = re.compile(r"(?<!`)(`{1,9})(?!`)[^\n]{1,300}?(?<!`)\1(?!`)")
_LINE_END = re.compile(r"\r\n?|\n")
_NOT_BLANK = re.compile(r"[^\r\n]")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that is meant as a suppression. Line and column count from 1."""

    rule: str
    reason: str
    line: int
    column: int
    fault: str = ""
    """Why it cannot be read: a predicate without its subject."""


def comments_in(text: str, *, is_mdx: bool, start: int = 0) -> Iterator[Comment]:
    """Return the suppressions in the prose of a page, which begins at the offset `start`.

    Several rules between the brackets, parted by commas, are several suppressions.
    """
    if SUPPRESSION_MARK not in text:
        return
    first = text.rfind("\n", 0, start) + 1
    prose = _without_code(text[first:], is_mdx=is_mdx)
    lines_before = len(_LINE_END.findall(text, 0, first))
    starts = _line_starts(prose)
    for match in _OPENING.finditer(prose):
        line = bisect_right(starts, match.start())
        column = match.start() - starts[line - 1] + 1
        inside = _inside(prose, match)
        yield from _read(inside, lines_before + line, column)


def _inside(prose: str, opening: re.Match[str]) -> str | None:
    """Return what stands in a comment behind the mark; None where it is not closed."""
    closing = "-->" if opening[1] == "<!--" else "*/"
    end = prose.find(closing, opening.end(), opening.end() + COMMENT_CHARS_MAX)
    return None if end < 0 else prose[opening.end() : end].strip()


def _read(inside: str | None, line: int, column: int) -> Iterator[Comment]:
    if inside is None:
        fault = f"is not closed within {COMMENT_CHARS_MAX} characters"
        yield Comment("", "", line, column, fault)
        return
    match = _IGNORE.fullmatch(inside)
    if match is None:
        yield Comment("", "", line, column, "is not written as ignore[RULE] reason")
        return
    reason = " ".join(match[2].split())
    for rule in match[1].split(","):
        yield Comment(rule.strip(), reason, line, column)


def _without_code(prose: str, *, is_mdx: bool) -> str:
    """Return the prose with its code blanked out, so that places stay what they are."""
    starts = [*_line_starts(prose), len(prose)]
    pieces, end = [], 0
    for first, last in _code_blocks(prose, is_mdx=is_mdx):
        begin = starts[first]
        pieces.append(prose[end:begin])
        end = starts[min(last, len(starts) - 1)]
        pieces.append(_NOT_BLANK.sub(" ", prose[begin:end]))
    prose = "".join((*pieces, prose[end:]))
    return _CODE_SPAN.sub(lambda match: " " * len(match[0]), prose)


def _line_starts(prose: str) -> list[int]:
    return [0, *(end.end() for end in _LINE_END.finditer(prose))]


def _code_blocks(prose: str, *, is_mdx: bool) -> list[tuple[int, int]]:
    """Return the first line of each code block and the line behind it, counting from 0."""
    from markdown_it import MarkdownIt  # heavy, and needed only where the word stands

    parser = MarkdownIt().disable("inline")
    if is_mdx:
        # MDX knows neither indented code nor blocks of HTML; a fence within a component is one.
        parser.disable(["code", "html_block"])
    tokens = parser.parse(prose)
    kinds = ("fence", "code_block")
    return [(t.map[0], t.map[1]) for t in tokens if t.type in kinds and t.map]
