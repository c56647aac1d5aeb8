"""Runs the command line as `python -m eventproof`."""

from eventproof.cli import main

if __name__ == "__main__":
    main()
