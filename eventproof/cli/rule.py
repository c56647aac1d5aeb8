"""`eventproof rule`: what a rule says, why it matters, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from eventproof.findings import Problem, nearest

if TYPE_CHECKING:
    from eventproof.findings import Rule


@click.command("rule")
@click.argument("rule_id", metavar="[ID]", required=False)
def rule_command(rule_id: str | None) -> None:
    """Explain one rule by its id or name, or list all rules."""
    rules = known_rules()
    if rule_id is None:
        click.echo("\n".join(_row(rule) for rule in rules.values()))
        return
    rule = _found(rules, rule_id)
    click.echo(f"{rule.id} {rule.name} ({rule.severity.value})\n\n{rule.doc.strip()}")


def known_rules() -> Mapping[str, Rule]:
    """Return the rules of all parts by their ids."""
    from eventproof.catalog import RULES

    return {rule.id: rule for rule in sorted(RULES, key=lambda rule: rule.id)}


def _found(rules: Mapping[str, Rule], asked: str) -> Rule:
    """Return the rule of that id or name. Raises Problem when there is none."""
    by_name = {rule.name: rule for rule in rules.values()}
    rule = rules.get(asked.upper()) or by_name.get(asked.lower())
    if rule is None:
        meant = nearest(asked.upper(), rules) or nearest(asked.lower(), by_name)
        suggestion = f"Did you mean {meant}? " if meant else ""
        hint = f"{suggestion}eventproof rule lists all of them."
        raise Problem(f"There is no rule {asked}.", hint=hint)
    return rule


def _row(rule: Rule) -> str:
    return f"{rule.id}  {rule.name:<30}  {rule.severity.value:<7}  {rule.title}"
