"""Vocabulary: whether two names mean the same message, though two people spelled them.

`order-created`, `OrderCreated`, `Order Created Event` and `publishOrderCreated` are one name:
case, separators and the words that say only that something is a message or is sent do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_NOISE = frozenset(
    {
        "a", "an", "ce", "command", "consume", "emit", "event", "handle", "handler", "message",
        "msg", "on", "operation", "publish", "query", "receive", "request", "send", "stream",
        "subscribe", "the", "topic", "v",
    }
)  # fmt: skip
"""Words that say that there is a message, and not which."""

Words = frozenset[str]


def words(name: str) -> Words:
    """Return the words of a name that tell which message is meant, in the singular."""
    all_ = [_singular(word.casefold()) for word in _WORDS.findall(name)]
    telling = frozenset(all_) - _NOISE
    return telling or frozenset(all_)


def spelled(name: str) -> bool:
    """Whether a name has any word at all."""
    return bool(_WORDS.search(name))


def alike(left: Words, right: Words) -> bool:
    """Whether two names mean the same: equal words, or two and more within the other's."""
    if left == right:
        return bool(left)
    fewer, more = sorted((left, right), key=len)
    return len(fewer) > 1 and fewer < more


def any_alike(left: Iterable[Words], right: Iterable[Words]) -> bool:
    """Whether any name of the one means the same as any of the other."""
    others = list(right)
    return any(alike(one, other) for one in left for other in others)


def squeezed(name: str) -> str:
    """Return a name without case and separators, as fields are compared: product_id, productId."""
    return "".join(character for character in name.casefold() if character.isalnum())


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
