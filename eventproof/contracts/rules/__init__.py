"""The CON rules: one file each, whose docstring is its help, its page and its SARIF text."""
