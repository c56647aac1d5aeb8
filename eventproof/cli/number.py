"""A number on the command line that is one: `nan` is in every range, for it compares with none.

What could be wrong: `inf`, which is in a range without an end and means no bound; it may stay.
"""

from __future__ import annotations

import math
from typing import Any

import click


class Number(click.FloatRange):
    """As `click.FloatRange`, and not `nan`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; a usage error where it is none."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is no number.", param, ctx)
        return number
