r"""Escaping: the one place where a stranger's text is made safe to show.

A catalog may hold anything: terminal escapes, line breaks, marks that turn the reading direction,
workflow commands for a build server. `printable` shows such characters as `\x1b` or `\u202e`, and
`Rule.finding` passes every word of a finding through it, so that no format can forget to. What a
format must escape beside that, for its own syntax, is escaped here as well.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # controls: line ends, terminal escapes in 7 and 8 bits
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # reading direction
    "\u2028\u2029"  # line ends to some readers
    "\ufeff\ufffe\uffff"  # byte order marks, and what XML forbids
    "\ud800-\udfff"  # halves of characters, which no stream can encode
    "\U000e0000-\U000e007f"  # tags, which show as nothing
    "]"
)
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\[)")
"""How a line begins that a build server takes for a command of the workflow."""
SAID_BOUND = 300
"""Characters that are said of one wrong value, or by one exception."""
_MARKDOWN = re.compile(r"[\\`*_\[\]~|$]")
_MENTION = re.compile(r"@(?=\w)|#(?=\d)")


def printable(text: str) -> str:
    """Return the text on one line, with what a terminal would obey made visible."""
    shown = _UNSAFE.sub(_visible, text) if not text.isprintable() else text
    # Two looks at a text are far cheaper than a search, and most are paths and words.
    return _COMMAND.sub(_harmless, shown) if "::" in shown or "##[" in shown else shown


def shortened(text: str) -> str:
    """Return the text, without its middle where it is long: most of a file, or a whole payload."""
    if len(text) <= SAID_BOUND:
        return text
    return f"{text[: SAID_BOUND // 2]} … {text[-SAID_BOUND // 2 :]}"


def for_xml(text: str) -> str:
    """Return the text for an XML attribute or element."""
    return _entities(printable(text)).replace('"', "&quot;").replace("'", "&apos;")


def for_markdown(text: str) -> str:
    """Return the text for a table cell: no markup, no HTML, and nobody mentioned."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", _entities(printable(text)))
    # Mentions are sought in the finished page, where no escape is left; a comment parts the text.
    return _MENTION.sub(r"\g<0><!-- -->", escaped)


def for_github_message(text: str) -> str:
    """Return the text behind `::` in a workflow command; it may hold line ends."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def for_github_property(text: str) -> str:
    """Return the value of a property in a workflow command."""
    return for_github_message(printable(text)).replace(":", "%3A").replace(",", "%2C")


def for_json(document: str) -> str:
    """Return a JSON document in which controls beyond ASCII are escaped; its meaning is the same.

    JSON escapes the controls of ASCII itself and leaves those of eight bits as they are.
    """
    kept = document.replace("\n", "")
    return document if kept.isprintable() else _UNSAFE.sub(_json_escape, document)


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _visible(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode()


def _harmless(match: re.Match[str]) -> str:
    return f"{match[1]}\\x3a" if match[0].endswith(":") else "\\x23"


def _json_escape(match: re.Match[str]) -> str:
    if match[0] == "\n":
        return "\n"
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
