"""Strings that a regular expression matches: the simplest, and ones that differ in one place.

They are guesses at what a payload might hold, and the validators check them; what a pattern means
exactly is told by `pattern_languages`.
"""

from __future__ import annotations

from eventproof.contracts import charsets
from eventproof.contracts.charsets import CharSet
from eventproof.contracts.expressions import (
    Chars,
    Edge,
    Either,
    Node,
    Repeat,
    Sequence,
    UnreadableError,
    read,
)

SAMPLES_LIMIT = 24
"""How many strings are made for one pattern."""

PATTERN_LENGTH_LIMIT = 1_000
"""The longest pattern that is sampled."""

SAMPLE_LENGTH_LIMIT = 4_000
"""The longest string that is made."""

_READABLE = "a0A_- .@/:"


def matching(pattern: str, *, lengths: tuple[int, ...] = ()) -> tuple[str, ...]:
    """Strings that match `pattern`, the simplest first; () where it cannot be read.

    Open repetitions are also tried as often as each of `lengths`.
    """
    if len(pattern) > PATTERN_LENGTH_LIMIT:
        return ()
    found: dict[str, None] = {}
    try:
        node = read(pattern)
        for times in (0, 1, 2, *lengths):
            found.update(dict.fromkeys(_variants(node, times)))
    except (UnreadableError, RecursionError):
        return ()
    return tuple(found)[: SAMPLES_LIMIT * 2]


def _variants(node: Node, times: int) -> list[str]:
    if isinstance(node, Chars):
        return _readable(node.choices)
    if isinstance(node, Either):
        return [text for branch in node.branches for text in _variants(branch, times)][
            :SAMPLES_LIMIT
        ]
    if isinstance(node, Repeat):
        return _repeated(node, times)
    if isinstance(node, Edge):
        return [""]  # an anchor adds no character; the sample is the whole string
    if not isinstance(node, Sequence):
        raise UnreadableError
    options = [_variants(part, times) for part in node.parts]
    if not all(options) or sum(len(choices[0]) for choices in options) > SAMPLE_LENGTH_LIMIT:
        return []
    simplest = [choices[0] for choices in options]
    results = ["".join(simplest)]
    for index, choices in enumerate(options):
        head, tail = "".join(simplest[:index]), "".join(simplest[index + 1 :])
        results += [f"{head}{choice}{tail}" for choice in choices[1:]]
    return results[:SAMPLES_LIMIT]


def _repeated(node: Repeat, times: int) -> list[str]:
    count = max(node.least, times)
    count = count if node.most is None else min(count, node.most)
    if count == 0:
        return [""]
    choices = _variants(node.part, times)
    if not choices or len(choices[0]) * count > SAMPLE_LENGTH_LIMIT:
        return []
    return [choice + choices[0] * (count - 1) for choice in choices]


def _readable(choices: CharSet) -> list[str]:
    """Return a few readable characters of a set, at least one of each of its intervals."""
    readable = [char for char in _READABLE if charsets.has(choices, ord(char))]
    told = [i for i in choices[:8] if not any(i[0] <= ord(char) <= i[1] for char in readable)]
    ends = [chr(high) for _, high in choices[:8] if high < 0x250]
    return list(dict.fromkeys((*readable, *(chr(low) for low, _ in told), *ends)))[:8]
