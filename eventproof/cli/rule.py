"""`eventproof rule`: what a rule says, why it matters, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from eventproof.cli.output import emit_json
from eventproof.findings import answering, unknown_rule

if TYPE_CHECKING:
    from eventproof.findings import Rule


@click.command("rule")
@click.argument("rule_id", metavar="[ID]", required=False)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How the rules are shown; markdown and json hold all of each.",
)
def rule_command(rule_id: str | None, output_format: str) -> None:
    """Explain one rule by its id or name, or list all, or those that begin alike as CAT3."""
    rules = tuple(known_rules().values())
    asked = answering(rule_id, rules) if rule_id else rules
    if not asked:
        raise unknown_rule(rule_id or "", rules)
    if output_format == "json":
        emit_json("rule", {"rules": [_record(rule) for rule in asked]})
    elif output_format == "markdown":
        click.echo("\n".join(rule.markdown for rule in asked), nl=False)
    else:
        click.echo(_text(asked))


def known_rules() -> Mapping[str, Rule]:
    """Return the rules of all parts by their ids."""
    from eventproof.cli.checking import all_rules

    return {rule.id: rule for rule in all_rules()}


def _text(rules: Sequence[Rule]) -> str:
    if len(rules) > 1:
        return "\n".join(_row(rule) for rule in rules)
    (rule,) = rules
    return f"{rule.id} {rule.name} ({rule.severity.value})\n\n{rule.doc.strip()}"


def _record(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "severity": rule.severity.value,
        "title": rule.title,
        "doc": rule.doc.strip(),
    }


def _row(rule: Rule) -> str:
    return f"{rule.id}  {rule.name:<30}  {rule.severity.value:<7}  {rule.title}"
