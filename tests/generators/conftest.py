"""A catalog in a few lines, and generated code as a module that can be used."""

import sys
import types

import pytest

import eventproof


@pytest.fixture
def write_files(tmp_path):
    """Writes a dictionary of relative paths and texts, and returns the catalog's folder."""

    def write(files):
        for path, text in files.items():
            target = tmp_path / "catalog" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return tmp_path / "catalog"

    return write


@pytest.fixture
def run(monkeypatch):
    """Runs generated text as a module and returns it."""
    # The handlers' context is the simulator's affair; a skeleton only names its type.
    monkeypatch.setitem(vars(eventproof), "Context", object)

    def run(text):
        module = types.ModuleType("generated_in_a_test")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(text, "generated.py", "exec"), vars(module))
        return module

    return run
