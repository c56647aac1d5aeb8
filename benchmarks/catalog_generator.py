"""Synthetic catalogs: N services with five messages each, in two or three versions.

    python benchmarks/catalog_generator.py FOLDER --services 1000 [--seed 7]

Every service owns three events, a command and a query; others send and receive them by pins of
every kind; every message version has a JSON Schema. The same number and seed give the same bytes.
What is wrong is planted, and `FOLDER.truth.json` says where: one entry for each finding of
severity error or warning that a check must make, and no other may be made.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SERVICES_PER_DOMAIN = 20
SERVICES_PER_DEFECT = 50
"""One defect of each kind is planted for so many services, and at least one."""

_KINDS = ("event", "event", "event", "command", "query")
_COLLECTIONS = {"event": "events", "command": "commands", "query": "queries"}
_VERBS = {"event": "Changed", "command": "Change", "query": "Get"}
_WORDS = (
    "Order", "Cart", "Payment", "Stock", "Shipment", "Invoice", "Customer", "Refund", "Price",
    "Offer", "Parcel", "Account", "Ticket", "Booking", "Claim", "Route",
)  # fmt: skip
_HISTORIES = (
    ("1.0.0", "2.0.0"),
    ("1.0.0", "1.1.0"),
    *[("1.0.0", "1.1.0", "2.0.0")] * 3,
)
_DEFECTS = (
    "broken", "unknown-message", "unknown-owner", "container-version", "numeric-pin",
    "stale-pin", "no-schema", "broken-schema", "dangling-ref", "unreadable",
)  # fmt: skip


@dataclass(slots=True)
class Message:
    """A message while its catalog is made."""

    id: str
    kind: str
    versions: tuple[str, ...]
    owner: Service = field(repr=False)

    @property
    def latest(self) -> str:
        """The version whose page lies at the top."""
        return self.versions[-1]


@dataclass(slots=True)
class Service:
    """A service while its catalog is made."""

    id: str
    domain: int
    folder: Path
    messages: list[Message] = field(default_factory=list)
    sends: list[tuple[str, str | None]] = field(default_factory=list)
    """Ids and pins; a pin stands as YAML writes it."""
    receives: list[tuple[str, str | None]] = field(default_factory=list)
    owner: str = ""
    store_pin: str | None = None


@dataclass(slots=True)
class Plan:
    """A whole catalog before it is written."""

    services: list[Service]
    schemas: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """Schemas that are not the ordinary ones, by message id and version; None for none."""
    extra: dict[Path, str] = field(default_factory=dict)
    truth: list[dict[str, str]] = field(default_factory=list)

    def plant(self, rule: str, resource: str) -> None:
        """Note that a rule must find something on a resource, or in a file that is none."""
        self.truth.append({"rule": rule, "resource": resource})


def generate(folder: Path, *, services: int, seed: int = 7, defects: bool = True) -> int:
    """Write a catalog and, beside it, its truth; returns how many index files it has.

    Raises FileExistsError where the folder exists already.
    """
    chance = random.Random(seed)
    plan = _planned(services, chance)
    for index, kind in enumerate(_planting(services) if defects else ()):
        _PLANTERS[kind](plan, plan.services[_victim(index, services)])
    folder.mkdir(parents=True)
    files = 0
    for name, text in _pages(plan):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        files += name.stem == "index"
    truth = sorted(plan.truth, key=lambda one: (one["rule"], one["resource"]))
    truth_of(folder).write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return files


def truth_of(folder: Path) -> Path:
    """Where the truth of a catalog lies: beside it, so that it is no file of it."""
    return folder.with_name(folder.name + ".truth.json")


def _planting(services: int) -> list[str]:
    return list(_DEFECTS) * max(1, services // SERVICES_PER_DEFECT)


def _victim(index: int, services: int) -> int:
    """Spread the defects evenly, so that no service has two while there are enough."""
    count = len(_planting(services))
    return index * services // count


def _planned(count: int, chance: random.Random) -> Plan:
    services = [_service(number) for number in range(count)]
    for service in services:
        service.messages = [_message(service, index, chance) for index in range(len(_KINDS))]
    for service in services:
        for message in service.messages:
            _connect(message, services, chance)
    return Plan(services)


def _service(number: int) -> Service:
    domain = number // SERVICES_PER_DOMAIN
    id_ = f"{_WORDS[number % len(_WORDS)]}Service{number}"
    folder = Path(f"domains/Domain{domain}/services/{id_}")
    return Service(id_, domain, folder, owner=f"team-{domain}")


def _message(service: Service, index: int, chance: random.Random) -> Message:
    kind, number = _KINDS[index], service.id.partition("Service")[2]
    word = chance.choice(_WORDS)
    # The number keeps ids apart, the words make them read like a catalog's.
    id_ = (
        f"{_VERBS[kind]}{word}{number}x{index}"
        if kind != "event"
        else (f"{word}Changed{number}x{index}")
    )
    return Message(id_, kind, chance.choice(_HISTORIES), service)


def _connect(message: Message, services: list[Service], chance: random.Random) -> None:
    """Give a message its producers and consumers: the owner, and one to three others."""
    some = chance.sample(services, min(4, len(services)))
    others = [one for one in some if one is not message.owner][: chance.randint(1, 3)]
    both = len(message.versions) == 3 and chance.random() < 0.2
    own = list(message.versions[-2:]) if both else [None]
    if message.kind == "event":
        message.owner.sends += [(message.id, pin and _quoted(pin)) for pin in own]
        for other in others:
            other.receives.append((message.id, _pin(message, chance)))
    else:
        message.owner.receives.append((message.id, _pin(message, chance)))
        for other in others:
            other.sends.append((message.id, None))


def _pin(message: Message, chance: random.Random) -> str | None:
    """Return a pin that the latest version answers, in one of the ways that people write one."""
    latest = message.latest
    major = latest.partition(".")[0]
    ways = (None, "latest", latest, f"^{latest}", f"~{latest}", f"{major}.x", f">={latest}")
    pin = chance.choice(ways)
    return pin and _quoted(pin)


def _broken(plan: Plan, service: Service) -> None:
    file = service.folder / "events/Broken/index.mdx"
    plan.extra[file] = "---\nid: Broken\nname: [unclosed\n---\n"
    plan.plant("CAT102", file.as_posix())


def _unknown_message(plan: Plan, service: Service) -> None:
    service.receives.append((f"Nobody{service.id}", None))
    plan.plant("CAT202", _key(service))


def _unknown_owner(plan: Plan, service: Service) -> None:
    service.owner = "nobody-at-all"
    plan.plant("CAT203", _key(service))


def _container_version(plan: Plan, service: Service) -> None:
    service.store_pin = _quoted("9.0.0")
    plan.plant("CAT201", _key(service))


def _numeric_pin(plan: Plan, service: Service) -> None:
    service.store_pin = "1.0"
    plan.plant("CAT104", _key(service))


def _stale_pin(plan: Plan, service: Service) -> None:
    """Pin a consumer of its own to the first version, which its producer has left behind."""
    message = _only_latest(service)
    service.receives.append((message.id, _quoted(message.versions[0])))
    plan.plant("CAT301", _key(service))


def _no_schema(plan: Plan, service: Service) -> None:
    message = service.messages[1]
    plan.schemas[message.id, message.latest] = None
    plan.plant("CAT401", f"{message.kind}:{message.id}@{message.latest}")


def _broken_schema(plan: Plan, service: Service) -> None:
    message = service.messages[2]
    plan.schemas[message.id, message.latest] = '{"type": "object", "required": "id"}\n'
    plan.plant("CON101", f"{message.kind}:{message.id}@{message.latest}")


def _dangling_ref(plan: Plan, service: Service) -> None:
    message = service.messages[3]
    schema = '{"type": "object", "properties": {"id": {"$ref": "#/$defs/id"}}}\n'
    plan.schemas[message.id, message.latest] = schema
    plan.plant("CON104", f"{message.kind}:{message.id}@{message.latest}")


def _unreadable(plan: Plan, service: Service) -> None:
    """Send text where there was a number, beside one who sends and one who reads numbers."""
    message = Message(f"Turned{service.id}", "event", ("1.0.0", "2.0.0"), service)
    service.messages.append(message)
    at = plan.services.index(service)
    other, reader = (plan.services[(at + step) % len(plan.services)] for step in (1, 2))
    service.sends.append((message.id, _quoted("2.0.0")))
    other.sends.append((message.id, _quoted("1.0.0")))
    reader.receives.append((message.id, _quoted("1.0.0")))
    text = _schema(message, "2.0.0").replace('"integer"', '"string"')
    plan.schemas[message.id, "2.0.0"] = text
    plan.plant("CON201", _key(reader))


_PLANTERS = dict(
    zip(
        _DEFECTS,
        (
            _broken, _unknown_message, _unknown_owner, _container_version, _numeric_pin,
            _stale_pin, _no_schema, _broken_schema, _dangling_ref, _unreadable,
        ),
        strict=True,
    )
)  # fmt: skip


def _only_latest(service: Service) -> Message:
    sent_by_version = {id_ for id_, pin in service.sends if pin}
    return next(
        one for one in service.messages if one.kind == "event" and one.id not in sent_by_version
    )


def _key(service: Service) -> str:
    return f"service:{service.id}@1.0.0"


def _pages(plan: Plan) -> Iterator[tuple[Path, str]]:
    """Every file of the catalog, with its text."""
    domains = sorted({service.domain for service in plan.services})
    for domain in domains:
        yield Path(f"teams/team-{domain}.mdx"), _team(domain)
        yield Path(f"domains/Domain{domain}/index.mdx"), _domain(plan, domain)
        store = Path(f"domains/Domain{domain}/containers/Store{domain}/index.mdx")
        yield store, _store(domain)
    for service in plan.services:
        yield service.folder / "index.mdx", _service_page(service)
        for message in service.messages:
            yield from _message_pages(plan, message)
    yield from plan.extra.items()


def _message_pages(plan: Plan, message: Message) -> Iterator[tuple[Path, str]]:
    home = message.owner.folder / _COLLECTIONS[message.kind] / message.id
    for version in message.versions:
        folder = home if version == message.latest else home / "versioned" / version
        schema = plan.schemas.get((message.id, version), _schema(message, version))
        yield folder / "index.mdx", _message_page(message, version, has_schema=schema is not None)
        if schema is not None:
            yield folder / "schema.json", schema


def _head(id_: str, version: str | None, owner: str, more: str = "") -> str:
    lines = [f"id: {id_}", f"name: {id_}"]
    lines += [f"version: {version}"] if version else []
    lines += [f"summary: What {id_} is for, in one sentence that is as long as they are."]
    lines += ["owners:", f"  - {owner}"] if owner else []
    return "\n".join(["---", *lines]) + "\n" + more + "---\n"


def _pointers(key: str, entries: list[tuple[str, str | None]]) -> str:
    lines = [f"{key}:"] if entries else []
    for id_, pin in entries:
        lines.append(f"  - id: {id_}")
        lines += [f"    version: {pin}"] if pin else []
    return "".join(f"{line}\n" for line in lines)


def _service_page(service: Service) -> str:
    store = [(f"Store{service.domain}", service.store_pin)]
    more = (
        _pointers("sends", service.sends)
        + _pointers("receives", service.receives)
        + _pointers("writesTo", store)
    )
    return _head(service.id, "1.0.0", service.owner, more) + _prose(service.id)


def _message_page(message: Message, version: str, *, has_schema: bool) -> str:
    more = "schemaPath: schema.json\n" if has_schema else ""
    return _head(message.id, version, f"team-{message.owner.domain}", more) + _prose(message.id)


def _team(domain: int) -> str:
    return f"---\nid: team-{domain}\nname: Team {domain}\nsummary: They own it.\n---\n\nPeople.\n"


def _domain(plan: Plan, domain: int) -> str:
    members = [(one.id, None) for one in plan.services if one.domain == domain]
    name = f"Domain{domain}"
    return _head(name, "1.0.0", f"team-{domain}", _pointers("services", members)) + _prose(name)


def _store(domain: int) -> str:
    name = f"Store{domain}"
    head = _head(name, "1.0.0", f"team-{domain}", "container_type: database\n")
    return head + _prose(name)


def _prose(id_: str) -> str:
    paragraph = (
        f"{id_} belongs to the ordinary course of business. It is described at the length that"
        " pages of this kind have, with a heading or two and a list, so that reading it costs"
        " what reading costs.\n"
    )
    points = "".join(f"- point {number} of {id_}\n" for number in range(1, 6))
    return (
        f"\n## Overview\n\n{paragraph}\n{points}\n## Architecture\n\n<NodeGraph />\n\n{paragraph}"
    )


def _schema(message: Message, version: str) -> str:
    """Return the schema of a version: each adds an optional property to the one before."""
    properties = {
        "id": {"type": "string", "format": "uuid"},
        "amount": {"type": "integer", "minimum": 0},
        "currency": {"enum": ["EUR", "USD"]},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"sku": {"type": "string"}, "quantity": {"type": "number"}},
                "required": ["sku"],
            },
        },
    }
    for later in message.versions[1 : message.versions.index(version) + 1]:
        properties[f"since{later.replace('.', '')}"] = {"type": "string"}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": message.id,
        "type": "object",
        "properties": properties,
        "required": ["id", "amount"],
    }
    return json.dumps(schema, indent=2) + "\n"


def _quoted(text: str) -> str:
    return f'"{text}"'


def main() -> int:
    """Write the catalog that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    files = generate(options.folder, services=options.services, seed=options.seed)
    print(f"{files} index files in {options.folder}, the truth in {truth_of(options.folder)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
