"""A channel's parameter has a value that the channel does not allow, or none at all.

A channel such as `orders.{env}.events` describes its parameters, and whoever sends to it or
receives from it gives their values. A value outside the `enum` names a channel that does not
exist, which is an error. A parameter that the channel does not describe, a placeholder that is
left open beside others that are filled, and a placeholder that nobody describes are milder.
Giving no parameter at all is no fault: it means the channel in each of its forms.

Mend it with one of the values that the channel lists, or by listing the new one there:

    - id: orders.{env}.events
      parameters:
        env: prod      not production, where the channel's enum is dev, sit and prod
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventproof.catalog.fields import pointers
from eventproof.catalog.resolution import resolve
from eventproof.catalog.resources import Pointer, Resource
from eventproof.catalog.rules.wording import counted, likely, listed
from eventproof.catalog.topology import written
from eventproof.findings import Finding, Rule, Severity

if TYPE_CHECKING:
    from eventproof.catalog.catalog import Catalog

RULE = Rule("CAT308", "channel-parameter", Severity.ERROR, __doc__)

_PLACEHOLDER = re.compile(r"\{([A-Za-z0-9_.-]+)\}")


@dataclass(frozen=True, slots=True)
class _Use:
    """A resource's pointer to a channel, with the parameters that it gives."""

    resource: Resource
    pointer: Pointer
    channel: Resource
    values: Mapping[str, Any]


def check(catalog: Catalog) -> Iterator[Finding]:
    """Findings for each channel's own page, then for each use of it with parameters."""
    for channel in catalog.of_type("channel"):
        yield from _of_channel(catalog, channel)
    for resource in catalog.resources:
        for pointer in _channel_pointers(resource):
            values = written(resource, (*pointer.path, "parameters"))
            target = resolve(catalog, pointer, ("channel",)).resource
            if isinstance(values, dict) and values and target is not None:
                yield from _of_use(catalog, _Use(resource, pointer, target, values))


def _channel_pointers(resource: Resource) -> Iterator[Pointer]:
    for message in (*resource.sends, *resource.receives):
        yield from message.channels
    yield from resource.channels
    if resource.type == "channel":
        yield from pointers(resource.frontmatter, "routes")


def _parameters(channel: Resource) -> Mapping[str, Mapping[str, Any]]:
    """Return what a channel says of each of its parameters."""
    found = channel.frontmatter.get("parameters")
    if not isinstance(found, dict):
        return {}
    return {str(k): v if isinstance(v, dict) else {} for k, v in found.items()}


def _enum(parameter: Mapping[str, Any]) -> list[str] | None:
    values = parameter.get("enum")
    return [_text(value) for value in values] if isinstance(values, list) and values else None


def _placeholders(channel: Resource) -> list[str]:
    address = channel.frontmatter.get("address")
    text = f"{channel.id} {address if isinstance(address, str) else ''}"
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def _of_channel(catalog: Catalog, channel: Resource) -> Iterator[Finding]:
    parameters = _parameters(channel)
    for name, parameter in parameters.items():
        enum, default = _enum(parameter), parameter.get("default")
        if enum and default is not None and _text(default) not in enum:
            yield RULE.finding(
                f"{channel} gives {name} the default {_text(default)}, which is not among"
                f" {listed(counted(enum, limit=6))}.",
                location=catalog.locate(channel, ("parameters", name, "default")),
                resource=channel.ref,
                about=f"default:{name}",
            )
    for name in _placeholders(channel):
        if name not in parameters:
            meant = likely(name, parameters)
            yield RULE.finding(
                f"{channel} has the placeholder {{{name}}} and says nothing of it under"
                " parameters.",
                location=catalog.locate(channel, ("id",)),
                resource=channel.ref,
                about=f"placeholder:{name}",
                details=[f"Did you mean {meant}?"] if meant else (),
                severity=Severity.INFO,
            )


def _of_use(catalog: Catalog, use: _Use) -> Iterator[Finding]:
    parameters = _parameters(use.channel)
    names = [*parameters, *(n for n in _placeholders(use.channel) if n not in parameters)]
    for name, value in ((str(key), value) for key, value in use.values.items()):
        enum = _enum(parameters.get(name, {}))
        if name not in names:
            yield _unknown(catalog, use, name, names)
        elif enum and _text(value) not in enum:
            yield _refused(catalog, use, name, enum)
    yield from _left_open(catalog, use, parameters)


def _refused(catalog: Catalog, use: _Use, name: str, enum: list[str]) -> Finding:
    superseded = catalog.is_superseded(use.resource)
    value = _text(use.values[name])
    return RULE.finding(
        f"{use.resource} gives {name} of the channel {use.channel} the value {value}, which is"
        f" not among {listed(counted(enum, limit=6))}.",
        location=catalog.locate(use.resource, (*use.pointer.path, "parameters", name)),
        resource=use.resource.ref,
        about=_about(use, name),
        details=[f"{use.resource} is superseded by a later version."] if superseded else (),
        severity=Severity.WARNING if superseded else None,
    )


def _unknown(catalog: Catalog, use: _Use, name: str, names: list[str]) -> Finding:
    meant = likely(name, names)
    has = f"has only {listed(counted(names, limit=6))}" if names else "has none"
    return RULE.finding(
        f"{use.resource} gives the channel {use.channel} the parameter {name}; it {has}.",
        location=catalog.locate(use.resource, (*use.pointer.path, "parameters", name)),
        resource=use.resource.ref,
        about=_about(use, name),
        details=[f"Did you mean {meant}?"] if meant else (),
        severity=Severity.WARNING,
    )


def _left_open(
    catalog: Catalog, use: _Use, parameters: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    for name in _placeholders(use.channel):
        if name not in use.values and parameters.get(name, {}).get("default") is None:
            yield RULE.finding(
                f"{use.resource} gives no value for {{{name}}} of the channel {use.channel},"
                " while it fills others.",
                location=catalog.locate(use.resource, (*use.pointer.path, "parameters")),
                resource=use.resource.ref,
                about=_about(use, name),
                severity=Severity.WARNING,
            )


def _about(use: _Use, name: str) -> str:
    steps = ".".join(str(step) for step in use.pointer.path if isinstance(step, str))
    return f"{steps}:{use.pointer.id}:{name}"


def _text(value: Any) -> str:
    """Return a YAML value as it is written: true, not Python's True."""
    return str(value).lower() if isinstance(value, bool) else str(value)
