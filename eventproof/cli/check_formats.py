"""The outputs of `check`: one text for each format, each ending with a line end or empty."""

from __future__ import annotations

from collections import Counter
from typing import Any

from eventproof import __version__
from eventproof.cli.checking import Checked, all_rules
from eventproof.cli.mending import mends_of
from eventproof.cli.output import as_json
from eventproof.findings import (
    Severity,
    Summary,
    as_concise,
    as_github,
    as_junit,
    as_markdown,
    as_records,
    as_sarif,
    as_text,
)


def rendered(checked: Checked, output_format: str, *, fail_on: Severity | None) -> str:
    """Return what a format shows; `fail_on` is the mildest severity that fails, if one does."""
    found = checked.findings
    match output_format:
        case "json":
            return as_json("check", _document(checked))
        case "sarif":
            return as_sarif(found, rules=all_rules(), version=__version__)
        case "junit":
            return as_junit(found, suite=checked.catalog.shown or ".", fail_on=fail_on)
        case "markdown":
            return as_markdown(found, conclusion=_line(checked)) + "\n"
        case "text":
            parts = (as_text(found), _line(checked))
            return "\n\n".join(part for part in parts if part) + "\n"
    lines = as_concise(found) if output_format == "concise" else as_github(found)
    return lines + "\n" if lines else ""


def _document(checked: Checked) -> dict[str, Any]:
    summary = Summary.of(checked.findings)
    types = Counter(resource.type for resource in checked.catalog.resources)
    return {
        "catalog": checked.catalog.shown or ".",
        "summary": {
            "files": checked.catalog.files,
            "resources": dict(sorted(types.items())),
            "findings": {
                "error": summary.error,
                "warning": summary.warning,
                "info": summary.info,
            },
            "suppressed": checked.suppressed,
            "known": len(checked.known),
        },
        "findings": as_records(checked.findings),
    }


def _line(checked: Checked) -> str:
    """Return the last line: what was looked at, and what was found."""
    catalog = checked.catalog
    counts = (
        (catalog.files, "file"),
        (len(catalog.services), "service"),
        (len(catalog.messages), "message"),
    )
    looked_at = ", ".join(f"{count} {noun}{'s' if count != 1 else ''}" for count, noun in counts)
    mendable = sum(mend.places for mend in mends_of(checked.findings))
    beside = (
        (checked.suppressed, "suppressed"),
        (len(checked.known), "in the baseline"),
        (mendable, "can be mended with --fix"),
    )
    notes = "".join(f"; {count} {what}" for count, what in beside if count)
    return f"{looked_at}: {Summary.of(checked.findings)}{notes}"
