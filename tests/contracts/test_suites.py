from collections import Counter

import containment_suites as suites
import pytest

from eventproof.contracts import compare

SAMPLE = 150
UNKNOWN_AT_MOST = 0.02


@pytest.mark.parametrize("name", suites.NAMES)
def test_no_verdict_contradicts_a_published_suite(name, record_property):
    if not suites.FOLDER.is_dir():
        pytest.skip("the containment suites are not beside this repository")
    pairs = list(suites.pairs(name))
    sample = pairs[:: max(1, len(pairs) // SAMPLE)]
    said = {True: "compatible", False: "breaking"}
    wrong, verdicts = [], Counter()
    for pair in sample:
        comparison = compare(writer=pair.writer, reader=pair.reader, policy="strict")
        verdicts[comparison.verdict] += 1
        refuted = comparison.verdict == "breaking" and suites.refutes(pair, comparison.witness)
        if comparison.verdict == "breaking" and not refuted:
            wrong.append((pair.id, "the witness is none", comparison.witness))
        elif comparison.verdict not in (said[pair.contained], "unknown") and not refuted:
            wrong.append((pair.id, comparison.verdict))
    record_property("unknown", f"{verdicts['unknown']} of {len(sample)}")
    assert len(sample) >= SAMPLE
    assert wrong == []
    assert verdicts["unknown"] / len(sample) <= UNKNOWN_AT_MOST
