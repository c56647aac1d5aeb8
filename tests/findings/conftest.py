import pytest

from eventproof.findings import Location, ResourceRef, Rule, Severity

STALE = Rule("CAT301", "stale-consumer-pin", Severity.ERROR, "A consumer waits in vain.\n\nMend.")
COPIED = Rule("CAT402", "page-describes-another-message", Severity.WARNING, "A page was copied.")
BARE = Rule("CAT401", "message-without-schema", Severity.INFO, "A message has no schema.")
BROKEN = Rule("CON101", "broken-schema", Severity.ERROR, "A schema cannot be used.")
PIN = "services/Orders/index.mdx"


@pytest.fixture
def rules():
    """Four rules of two families."""
    return (STALE, COPIED, BARE, BROKEN)


@pytest.fixture
def finding(rules):
    """Makes a finding of one of the rules, at line 3 of the page of Orders unless told."""
    by_id = {rule.id: rule for rule in rules}

    def make(rule="CAT301", *, message="Orders waits.", file=PIN, line=3, id_="Orders", **more):
        return by_id[rule].finding(
            message,
            location=Location(file, line, 5 if line else None),
            resource=ResourceRef("service", id_, "1.0.0") if id_ else None,
            **more,
        )

    return make
