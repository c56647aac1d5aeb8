"""Exit codes, the same for every command."""

CLEAN = 0
"""Nothing at or above `--fail-on`; verdicts as expected."""
FOUND = 1
"""Findings at or above `--fail-on`; a break; a verdict other than the expected one."""
USAGE = 2
"""Wrong usage or configuration, unreadable input, an internal error, or an interrupt."""
NOTHING = 3
"""Nothing to check: an empty folder is never green."""
