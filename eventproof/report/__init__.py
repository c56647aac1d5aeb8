"""Output for people: timelines, tables and diagrams, as text that stays the same byte for byte."""

from eventproof.report.diagrams import mermaid
from eventproof.report.timelines import timeline
from eventproof.report.verdict import NAME_WIDTH, exploration_lines, headline

__all__ = ["NAME_WIDTH", "exploration_lines", "headline", "mermaid", "timeline"]
