"""The command line: one module a command, each a thin face of a part.

Three things could go wrong here, and are kept out: a slow `--help` (a command imports its part
inside its function), a traceback for the user's mistake (`Problem` becomes two lines on stderr),
and data mixed with chatter (findings and data on stdout, progress and errors on stderr).
"""

from eventproof.cli.app import main

__all__ = ["main"]
