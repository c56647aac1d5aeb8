"""Names of a catalog become identifiers and literals of Python here, and nowhere else.

A catalog is a stranger's input: a message may be called `class`, `2nd-try`, nothing at all, or
quotes followed by a program. What these functions return is one identifier or one literal.
"""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Collection, Iterable

NAME_CHARACTERS = 60
"""Longer names are cut, so that a module named after one fits every file system."""


def python_name(text: str) -> str:
    """Return the snake_case identifier for `text`: `cart_id` for `cartId` and for `cart-id`.

    A keyword gets a trailing underscore, a leading digit the prefix `n_`; text without a single
    letter or digit is `unnamed`. Different texts may share a name: `distinct_names` keeps the
    members of one object apart.
    """
    words = "_".join(word.lower() for word in _words(text))
    return _identifier(words, prefix="n_", empty="unnamed")


def class_name(text: str) -> str:
    """Return the PascalCase identifier for `text`: `ReserveInventory` for `reserve-inventory`."""
    words = "".join(word[0].upper() + word[1:] for word in _words(text))
    return _identifier(words, prefix="N", empty="Unnamed")


def distinct_names(texts: Iterable[str], *, reserved: Collection[str] = ()) -> dict[str, str]:
    """Return a `python_name` for each text, no two alike and none in `reserved`.

    A text that is its own identifier keeps it, so that a new `cartId` never renames `cart_id`.
    """
    ordered = sorted(dict.fromkeys(texts), key=lambda text: python_name(text) != text)
    taken = set(reserved)
    names = {}
    for text in ordered:
        names[text] = free_name(python_name(text), taken, separator="_")
        taken.add(names[text])
    return names


def free_name(wanted: str, taken: Collection[str], *, separator: str = "") -> str:
    """Return `wanted`, with the first number from 2 that is free where it is taken."""
    name, number = wanted, 2
    while name in taken:
        name = f"{wanted}{separator}{number}"
        number += 1
    return name


def literal(value: str | int | None) -> str:
    """Write `value` as Python source. Strings stand in double quotes, as formatters want."""
    if not isinstance(value, str):
        return repr(value)
    return f'"{escaped(value)}"'


def escaped(text: str) -> str:
    """Write the inside of a double-quoted literal of `text`: what `repr` makes of it."""
    # repr chooses its quotes by the text; a double quote is bare only between single ones.
    return repr(text)[1:-1].replace('"', '\\"')


def singular(text: str) -> str:
    """Name one entry of a list called `text`, by the plain rules of English."""
    if text.endswith("ies"):
        return text[:-3] + "y"
    if text.endswith(("sses", "xes", "ches", "shes")):
        return text[:-2]
    if text.endswith("s") and not text.endswith(("ss", "us", "is")):
        return text[:-1]
    return text


def _identifier(words: str, *, prefix: str, empty: str) -> str:
    # Python compares identifiers by their NFKC form, which joining words can leave.
    name = unicodedata.normalize("NFKC", words)[:NAME_CHARACTERS].rstrip("_") or empty
    if not name.isidentifier():
        name = unicodedata.normalize("NFKC", prefix + name)
    # A rare combining sequence is a continuation alone and no identifier after normalising.
    if not name.isidentifier():
        name = empty
    return f"{name}_" if keyword.iskeyword(name) else name


def _words(text: str) -> list[str]:
    """Find runs of letters and digits, split where lower case meets upper case."""
    spaced: list[str] = []
    normal = unicodedata.normalize("NFKC", text)
    for position, character in enumerate(normal):
        if character == "_" or not f"a{character}".isidentifier():
            spaced.append(" ")
            continue
        if _begins_a_word(normal, position):
            spaced.append(" ")
        spaced.append(character)
    return "".join(spaced).split()


def _begins_a_word(text: str, position: int) -> bool:
    """Say whether a capital begins a word: the I of `cartId`, the S of `HTTPServer`."""
    if position == 0 or not text[position].isupper():
        return False
    if not text[position - 1].isupper():
        return True
    return text[position + 1 : position + 2].islower()
