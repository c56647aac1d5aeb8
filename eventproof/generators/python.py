"""The door's functions: one service's Python file, or those of a whole catalog."""

from __future__ import annotations

from dataclasses import dataclass

from eventproof.catalog import MESSAGE_TYPES, Catalog, Resource, resolve
from eventproof.contracts import Contracts
from eventproof.findings import Problem, nearest
from eventproof.generators.plan import file_names, plan
from eventproof.generators.render import render


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file to write: nothing is written here."""

    name: str
    """File name without a folder, such as `inventory_service.py`."""
    text: str
    notes: tuple[str, ...] = ()
    """What had to be guessed or left out, a sentence each. The file's docstring says it too."""


def generate_python(
    catalog: Catalog, contracts: Contracts, service_id: str, version: str | None = None
) -> GeneratedFile:
    """Write the skeleton of one service; without a version, of its highest.

    Raises `Problem` where the catalog has no such service, or not in that version.
    """
    service = catalog.find(service_id, version, types=("service",))
    if service is None:
        raise _unknown(catalog, service_id, version)
    skeleton, notes = plan(catalog, contracts, service)
    return GeneratedFile(file_names(catalog.services)[service.id], render(skeleton), notes)


def generate_all_python(catalog: Catalog, contracts: Contracts) -> tuple[GeneratedFile, ...]:
    """Write the skeletons of all services that receive or send a message with a contract.

    Only the highest version of each: an older one does not run any more. External systems are
    run by somebody else and get none.
    """
    ids = dict.fromkeys(service.id for service in catalog.services)
    latest = [catalog.find(id_, types=("service",)) for id_ in ids]
    wanted = [s for s in latest if s and not is_external(s) and _speaks(catalog, contracts, s)]
    files = [generate_python(catalog, contracts, service.id) for service in wanted]
    return tuple(sorted(files, key=lambda file: file.name))


def is_external(service: Resource) -> bool:
    """Say whether the catalog says that somebody else runs the service (`externalSystem`)."""
    return service.frontmatter.get("externalSystem") is True


def _speaks(catalog: Catalog, contracts: Contracts, service: Resource) -> bool:
    for pointer in (*service.receives, *service.sends):
        message = resolve(catalog, pointer, types=MESSAGE_TYPES).resource
        existing = [message] if message else catalog.versions(pointer.id, types=MESSAGE_TYPES)[:1]
        if any(contracts.find(found.id, found.version) for found in existing if found):
            return True
    return False


def _unknown(catalog: Catalog, service_id: str, version: str | None) -> Problem:
    versions = [s.version for s in catalog.versions(service_id, types=("service",)) if s.version]
    if versions:
        return Problem(
            f"The catalog has no {service_id} {version}.",
            hint=f"It has {', '.join(versions)}.",
        )
    known = {service.id for service in catalog.services}
    close = nearest(service_id, known)
    listed = ", ".join(sorted(known)) or "none"
    return Problem(
        f"The catalog has no service {service_id!r}.",
        hint=f"Did you mean {close!r}?" if close else f"Its services: {listed}.",
    )
