"""One comparison of two schemas for people: as text, and as a comment on a pull request.

Names and payloads come from somebody's files: they go through `printable` for a terminal and
through `for_markdown` for a comment. Each change has Confluent's name beside ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from eventproof.contracts import REASONS, Comparison
from eventproof.findings import for_markdown, printable

_LINE_CHARS = 80
_SENTENCES = {
    "compatible": "{read} accepts everything that {sent} sends",
    "breaking": "{read} rejects a payload that {sent} sends",
    "unknown": "whether {read} accepts everything that {sent} sends",
}


def comparison_line(comparison: Comparison, *, sent: str, read: str) -> str:
    """Return the verdict in a sentence. `sent` and `read` name the writer and the reader."""
    return _SENTENCES[comparison.verdict].format(sent=sent, read=read)


def comparison_text(
    comparison: Comparison, *, sent: str, read: str, rejections: Sequence[str]
) -> str:
    """Return the verdict, its payload or reason, and the changes in columns."""
    sentence = comparison_line(comparison, sent=sent, read=read)
    terms = f"({comparison.direction}, {comparison.policy})"
    lines = [f"{comparison.verdict.upper()}  {sentence}   {terms}"]
    if comparison.verdict == "breaking":
        lines += ["", f"  {sent} allows", *(f"    {line}" for line in _payload(comparison))]
        lines += [f"  {read} rejects it", *(f"    {why}" for why in rejections)]
    elif comparison.verdict == "unknown":
        lines += ["", f"  {_reason(comparison)}"]
    if comparison.changes:
        lines += ["", "  changes", *_columns(comparison)]
    return "\n".join(printable(line) for line in lines) + "\n"


def comparison_markdown(
    comparison: Comparison, *, sent: str, read: str, rejections: Sequence[str]
) -> str:
    """Return the same for a comment: the payload in a block, the changes as a table."""
    sentence = comparison_line(comparison, sent=sent, read=read)
    blocks = [f"**{comparison.verdict}**: {for_markdown(sentence)}."]
    if comparison.verdict == "breaking":
        # Indented, so that no payload can close the block that it stands in.
        blocks.append("\n".join(f"    {printable(line)}" for line in _payload(comparison)))
        blocks += [f"- {for_markdown(why)}" for why in rejections]
    elif comparison.verdict == "unknown":
        blocks.append(for_markdown(_reason(comparison)))
    if comparison.changes:
        blocks.append("\n".join(_table(comparison)))
    return "\n\n".join(blocks) + "\n"


def _reason(comparison: Comparison) -> str:
    reason = comparison.reason or ""
    return f"{reason}: {REASONS.get(reason.partition(':')[0], 'it could not be decided')}"


def _payload(comparison: Comparison) -> list[str]:
    text = json.dumps(comparison.witness, ensure_ascii=False)
    if len(text) > _LINE_CHARS:
        text = json.dumps(comparison.witness, ensure_ascii=False, indent=2)
    encoded = (
        [f"in bytes: {comparison.encoded or 'none'}"] if comparison.encoded is not None else []
    )
    return [*text.splitlines(), *encoded]


def _columns(comparison: Comparison) -> Iterator[str]:
    rows = [(one.kind, one.path or "/", one.confluent or "-") for one in comparison.changes]
    kinds, paths, names = (max(map(len, column)) for column in zip(*rows, strict=True))
    for (kind, path, name), change in zip(rows, comparison.changes, strict=True):
        yield f"    {kind:<{kinds}}  {path:<{paths}}  {name:<{names}}  {change.message}"


def _table(comparison: Comparison) -> Iterator[str]:
    yield "| Change | Confluent's name | Path | What |"
    yield "| --- | --- | --- | --- |"
    for one in comparison.changes:
        cells = (one.kind, one.confluent or "", one.path or "/", one.message)
        yield f"| {' | '.join(for_markdown(cell) for cell in cells)} |"
