"""Difference: what became of the messages between two states of a catalog.

The states are two catalogs, read from two folders; where they come from is not known here. A
version that is new is compared with the one before it, in whichever state that is: pages are often
moved to `versioned/`, and as often edited in place.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventproof.contracts.breach import Breach, Cause
from eventproof.contracts.bump import Bump, declared_bump, needed_bump
from eventproof.contracts.edges import Key, Party, contracts_by_key
from eventproof.contracts.keywords import ANNOTATIONS, Schema, rebuilt
from eventproof.contracts.succession import Step, predecessors, steps_between, versions_of
from eventproof.contracts.terms import Mode, Terms
from eventproof.findings import ResourceRef

if TYPE_CHECKING:
    from eventproof.catalog import Catalog, Resource
    from eventproof.contracts.contract import Contract, Contracts


_SETS = frozenset({"required", "type", "enum"})


@dataclass(frozen=True, slots=True)
class Gone:
    """A message version that is there no more."""

    message: ResourceRef
    file: str
    """Where it was, relative to the catalog's root."""
    is_last: bool
    """Whether no version of the message is left."""
    still: tuple[Party, ...]
    """Who receives it still."""
    before: tuple[Party, ...]
    """Who received it."""

    @property
    def breach(self) -> Breach:
        """What a waiver must name to excuse this."""
        return _breach(self.message, "message.removed", self.message.version)


@dataclass(frozen=True, slots=True)
class Succession:
    """A version, and one that it follows or replaces."""

    message: ResourceRef
    """The newer version."""
    old: str | None
    """The older version; the same where its schema was edited in place."""
    steps: tuple[Step, ...]
    bump: Bump

    @property
    def is_reuse(self) -> bool:
        """Whether a schema was edited under its version."""
        return self.old == self.message.version

    @property
    def reuse_breach(self) -> Breach:
        """What a waiver must name to excuse the reuse of a version."""
        return _breach(self.message, "version.reused", self.old)

    @property
    def bump_breach(self) -> Breach:
        """What a waiver must name to excuse the number."""
        return _breach(self.message, "semver.mismatch", self.old, self.message.version)


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of the messages."""

    added: tuple[ResourceRef, ...]
    """Message versions that are new."""
    gone: tuple[Gone, ...]
    successions: tuple[Succession, ...]
    """What was compared, in the order of the messages and their versions."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps."""
        return tuple(step for one in self.successions for step in one.steps)


def difference(old: Contracts, new: Contracts, *, mode: Mode, terms: Terms) -> Difference:
    """Compare two states of a catalog. Both must have been built from one."""
    assert old.catalog is not None
    assert new.catalog is not None
    before, after = _messages(old.catalog), _messages(new.catalog)
    return Difference(
        added=tuple(after[key].ref for key in _sorted(after) if key not in before),
        gone=tuple(
            _gone(before[key], old.catalog, new.catalog)
            for key in _sorted(before)
            if key not in after
        ),
        successions=tuple(_successions(old, new, mode, terms)),
    )


def same_to_payloads(one: Schema | None, other: Schema | None) -> bool:
    """Whether two schemas differ in nothing but what no payload can show."""
    return _bare(one) == _bare(other)


def _successions(old: Contracts, new: Contracts, mode: Mode, terms: Terms) -> Iterator[Succession]:
    assert old.catalog is not None
    assert new.catalog is not None
    before, after = contracts_by_key(old), contracts_by_key(new)
    known, here = _messages(old.catalog), _messages(new.catalog)
    # What consumers run on is the older state's schema, where both states have the version.
    versions = _by_message({**after, **before})
    for key in _sorted(here):
        earlier: Sequence[Contract] = ()
        if key in known:
            was = before.get(key)
            earlier = [was] if was is not None and _was_edited(was, after.get(key)) else ()
        elif old.catalog.versions(key[1], (key[0],)):
            # A message that is new as a whole has nobody yet whom its versions could hurt.
            lower = [one for one in versions[key[:2]] if _is_lower(one, key)]
            earlier = predecessors(lower, mode)
        for one in earlier:
            yield _succession(
                one, after.get(key), here[key].ref, mode, terms, (old.catalog, new.catalog)
            )


def _succession(
    old: Contract,
    new: Contract | None,
    message: ResourceRef,
    mode: Mode,
    terms: Terms,
    catalogs: tuple[Catalog, Catalog],
) -> Succession:
    previous = old.message.version
    if new is None:
        step = Step(message, previous, "payload", "backward", "unknown", "no-contract")
        return Succession(message, previous, (step,), Bump(None, None))
    steps = tuple(steps_between(old, new, mode=mode, terms=terms, readers=catalogs))
    same = same_to_payloads(old.schema, new.schema) and same_to_payloads(
        old.response, new.response
    )
    needed = needed_bump([step.verdict for step in steps], is_same_to_payloads=same)
    return Succession(
        message, previous, steps, Bump(declared_bump(previous, message.version), needed)
    )


def _was_edited(old: Contract, new: Contract | None) -> bool:
    if new is None:
        return True
    same = same_to_payloads(old.schema, new.schema) and same_to_payloads(
        old.response, new.response
    )
    return not same


def _is_lower(contract: Contract, key: Key) -> bool:
    from eventproof.catalog import sort_key

    return sort_key(contract.message.version) < sort_key(key[2])


def _gone(message: Resource, old: Catalog, new: Catalog) -> Gone:
    return Gone(
        message=message.ref,
        file=old.inside(message.file),
        is_last=not new.versions(message.id, (message.type,)),
        still=tuple(_receivers(new, message)),
        before=tuple(_receivers(old, message)),
    )


def _receivers(catalog: Catalog, message: Resource) -> Iterator[Party]:
    """Yield who receives this version: by a pin that it meets, and that nothing else does."""
    from eventproof.catalog import resolve, satisfies

    is_gone = not any(v.version == message.version for v in catalog.versions(message.id))
    for participant in catalog.participants:
        for pointer in participant.receives:
            if pointer.id != message.id:
                continue
            meant = resolve(catalog, pointer).resource
            was_meant = is_gone and meant is None and satisfies(message.version, pointer.version)
            if was_meant or (meant is not None and meant.ref == message.ref):
                yield Party(participant, pointer, message.version)


def _messages(catalog: Catalog) -> Mapping[Key, Resource]:
    """Return the messages by type, id and version; the first of two that are the same."""
    found: dict[Key, Resource] = {}
    for message in catalog.messages:
        found.setdefault((message.type, message.id, message.version), message)
    return found


def _by_message(contracts: Mapping[Key, Contract]) -> Mapping[tuple[str, str], list[Contract]]:
    groups: dict[tuple[str, str], list[Contract]] = defaultdict(list)
    for key in _sorted(contracts):
        groups[key[:2]].append(contracts[key])
    return groups


def _sorted(keys: Mapping[Key, object]) -> Sequence[Key]:
    from eventproof.catalog import sort_key

    return sorted(keys, key=lambda key: (key[1], key[0], sort_key(key[2])))


def _bare(schema: Schema | None) -> str:
    """Return a schema as text without its names and annotations."""

    def strip(node: Schema) -> Schema:
        if not isinstance(node, dict):
            return node
        kept = {k: _sorted_set(k, v) for k, v in node.items() if k not in ANNOTATIONS}
        return rebuilt(kept, strip)

    bare = strip(schema) if schema is not None else None
    document = {k: v for k, v in bare.items() if k != "$id"} if isinstance(bare, dict) else bare
    return json.dumps(document, sort_keys=True)


def _sorted_set(key: str, value: object) -> object:
    """Return the value of a keyword; in one order where it has none."""
    if key in _SETS and isinstance(value, list):
        return sorted(value, key=lambda one: json.dumps(one, sort_keys=True))
    return value


def _breach(message: ResourceRef, kind: str, *versions: str | None) -> Breach:
    named = ResourceRef(message.type, message.id)
    return Breach(named, versions_of(*versions), (Cause(kind, ""),))
