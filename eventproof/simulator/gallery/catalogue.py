"""All races of the gallery, by id."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from eventproof.simulator.gallery import entries
from eventproof.simulator.gallery.race import Race


@cache  # the modules are part of the package and never change while it runs
def races() -> Mapping[str, Race]:
    """Id -> race, in the order of the ids."""
    names = sorted(module.name for module in pkgutil.iter_modules(entries.__path__))
    found = [importlib.import_module(f"{entries.__name__}.{name}").RACE for name in names]
    return {race.id: race for race in found}
