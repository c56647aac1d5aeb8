"""Skeletons of services, written from the catalog and its contracts.

A skeleton holds a frozen dataclass for each message that the service receives or sends, and a
base class with one method for each: abstract handlers, and senders that are ready to use.
Dataclasses rather than a modelling library: messages have to be hashable where schedules are
explored, and writing a skeleton must not need more than the base installation.
"""

from eventproof.generators.names import class_name, python_name
from eventproof.generators.python import GeneratedFile, generate_all_python, generate_python
from eventproof.generators.render import HEADER

__all__ = [
    "HEADER",
    "GeneratedFile",
    "class_name",
    "generate_all_python",
    "generate_python",
    "python_name",
]
