"""Random Avro and Protobuf pairs: written with one schema and read with the other.

    python benchmarks/metamorphic.py [PAIRS] [SEED]

PAIRS of each format, 1000 unless told; the schemas are those of the tests (tests/contracts). Where
the verdict is `compatible`, ten messages at random are encoded by the writer and decoded by the
reader: `refuted` counts pairs whose reader refused, lost or changed one. Where it is `breaking`,
the witness is decoded once more: `unconfirmed` counts pairs whose reader took it well. Takes
`pip install 'eventproof[avro,protobuf,test]'`.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "contracts"))

import fastavro
import test_avro
import test_protobuf
import test_protojson
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from eventproof.contracts.avro import compare_avro, parse
from eventproof.contracts.protobuf import compare_protobuf, compare_protojson
from eventproof.contracts.protobuf.datum import misread
from eventproof.contracts.protobuf.json_datum import misread_json

PAIRS, SEED, MESSAGES = 1000, 1, 10
HEADS = (
    "format",
    "pairs",
    "compatible",
    "breaking",
    "unknown",
    "messages",
    "refuted",
    "unconfirmed",
)


def avro(data: st.DataObject, counts: Counter[str]) -> None:
    """Judge one pair of Avro schemas, and hold it against fastavro."""
    pair = data.draw(test_avro.pairs())
    native = compare_avro(writer=parse(pair[0]), reader=parse(pair[1]))
    counts[native.verdict] += 1
    sent, read = (fastavro.parse_schema(test_avro.plain_json(parse(one))) for one in pair)
    if native.verdict == "compatible":
        counts["refuted"] += any(
            _avro_refuses(encoded, sent, read) for encoded in _avro_messages(sent, counts)
        )
    elif native.verdict == "breaking":
        counts["unconfirmed"] += not _avro_refuses(native.shown.encoded, sent, read)


def _avro_messages(schema: Any, counts: Counter[str]) -> Iterator[bytes]:
    for datum in fastavro.utils.generate_many(schema, MESSAGES):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, datum)
        counts["messages"] += 1
        yield out.getvalue()


def _avro_refuses(encoded: bytes, sent: Any, read: Any) -> bool:
    """Bytes may be read as text by the specification, whether they are text or not."""
    try:
        with contextlib.suppress(UnicodeDecodeError):
            fastavro.schemaless_reader(io.BytesIO(encoded), sent, read)
    except Exception:  # a refusal has no common type in fastavro
        return True
    return False


def protobuf(data: st.DataObject, counts: Counter[str]) -> None:
    """Judge one pair of Protobuf messages, and hold it against Protobuf's runtime."""
    writer, reader = data.draw(test_protobuf.schemas()), data.draw(test_protobuf.schemas())
    native = compare_protobuf(writer=writer, reader=reader)
    counts[native.verdict] += 1
    sent, read = writer.descriptor(), reader.descriptor()
    if native.verdict == "compatible":
        messages = [data.draw(test_protobuf.unfinished_apart(sent)) for _ in range(MESSAGES)]
        counts["messages"] += len(messages)
        counts["refuted"] += any(misread(one, sent, read) is not None for one in messages)
    elif native.verdict == "breaking":
        counts["unconfirmed"] += misread(native.shown.encoded, sent, read) is None


def protojson(data: st.DataObject, counts: Counter[str]) -> None:
    """Judge one pair of Protobuf messages as JSON, and hold it against Protobuf's parser."""
    writer, reader = data.draw(test_protojson.schemas()), data.draw(test_protojson.schemas())
    strict = data.draw(st.booleans())
    native = compare_protojson(writer=writer, reader=reader, refuses_unknown=strict)
    counts[native.verdict] += 1
    sent, read = writer.descriptor(), reader.descriptor()
    if native.verdict == "compatible":
        texts = [data.draw(test_protojson.texts(sent)) for _ in range(MESSAGES)]
        counts["messages"] += len(texts)
        misreadings = (misread_json(one, sent, read, refuses_unknown=strict) for one in texts)
        counts["refuted"] += any(one is not None for one in misreadings)
    elif native.verdict == "breaking":
        text = json.dumps(native.shown.datum)
        counts["unconfirmed"] += misread_json(text, sent, read, refuses_unknown=strict) is None


def counted(judge: Callable[[st.DataObject, Counter[str]], None], pairs: int, number: int) -> Any:
    """Judge as many pairs of one format, the same for the same seed."""
    counts: Counter[str] = Counter()

    @seed(number)
    @settings(
        max_examples=pairs,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=False,
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        so_far: Counter[str] = Counter()
        judge(data, so_far)
        counts.update(so_far)  # an example that was given up half way does not count

    run()
    return counts


def main() -> int:
    """Print the table as Markdown; fail when a verdict is not what the readers do."""
    numbers = [int(text) for text in sys.argv[1:3]]
    pairs, number = (*numbers, PAIRS, SEED)[:2] if len(numbers) != 1 else (numbers[0], SEED)
    print("| " + " | ".join(HEADS) + " |")
    print("| --- |" + " ---: |" * (len(HEADS) - 1))
    wrong = 0
    for name, judge in (("Avro", avro), ("Protobuf", protobuf), ("ProtoJSON", protojson)):
        found = counted(judge, pairs, number)
        verdicts = [found[key] for key in ("compatible", "breaking", "unknown")]
        cells = [name, sum(verdicts), *verdicts, *(found[head] for head in HEADS[5:])]
        print("| " + " | ".join(map(str, cells)) + " |")
        wrong += found["refuted"] + found["unconfirmed"]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
