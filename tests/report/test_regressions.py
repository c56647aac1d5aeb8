"""Tapes as test files."""

import ast

import pytest

from eventproof.report import regression_test
from eventproof.simulator import Tape, TapeStep

HOSTILE = ('"""', "'; import os", "\\", "a\nb", "{0} {name}", "\x00", "\ud800", "", "在庫")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_of_the_tape_stays_a_text(text):
    step = TapeStep(text, 0, text, text, "step", text)
    tape = Tape("a.yaml", text, "0", "", "", 1, 1, {text: 1}, text, text, (step,))

    tree = ast.parse(regression_test(tape, scenario=text))

    values = {n.targets[0].id: n.value for n in tree.body if isinstance(n, ast.Assign)}
    assert ast.literal_eval(values["PROPERTY"]) == text
    assert ast.literal_eval(values["SENTENCE"]) == text
    assert ast.literal_eval(values["STOCK"]) == {text: 1}
    assert [ast.literal_eval(a) for a in values["STEPS"].elts[0].args] == [
        text, 0, text, text, "step", text,
    ]  # fmt: skip
    assert len([n for n in tree.body if isinstance(n, ast.FunctionDef)]) == 2
