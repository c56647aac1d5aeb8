"""Why a verdict may be unknown, in words."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "timeout": "the budget of time was spent",
    "too-complex": "there are more combinations of alternatives than are tried",
    "too-large": "there are too many sub-schemas, or they are nested too deep",
    "validators-disagree": "jsonschema-rs and python-jsonschema differ on every payload found, "
    "or one of them cannot tell",
    "provers-disagree": "a proof was found that jsonschema-rs contradicts",
    "ref-unresolved": "a reference leads nowhere, or out of the document",
    "schema-invalid": "what is given is no schema",
    "dialect-unsupported": "a schema is of draft 3 or older",
    "regex-nonregular": "a pattern has a back-reference",
    "regex-unreadable": "a pattern is not one of ECMA-262, or looks around in a way that is not "
    "understood",
    "regex-budget": "comparing patterns took too long",
    "too-many-patterns": "property names fall under more patterns than are told apart",
    "format-undecided": "asserted formats that are no patterns could not be compared",
    "keyword-unsupported": "a keyword is used in a way that is not understood",
    "avro-not-installed": "Avro's rules refuse it, and confirming that takes "
    "`pip install 'eventproof[avro]'`",
    "avro-readers-disagree": "Avro's rules refuse it, and fastavro or Apache's library reads it",
    "avro-no-datum": "Avro's rules refuse it, and no datum was found that shows it",
    "protobuf-no-datum": "Protobuf's rules refuse it, and no message shows it",
    "witness-not-found": "neither a proof nor a payload was found",
}
"""By code, without what follows its colon."""
