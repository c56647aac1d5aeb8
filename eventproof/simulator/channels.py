"""Channels: what a catalog and a scenario say of how messages are carried.

A catalog says which channel a message goes by, on the page of whoever sends or receives it or on
the message's own, and what the channel guarantees. The key of a channel's messages is an extension
of its page, `x-partition-key`, or is said by the scenario; how many messages a consumer handles at
once is said by the scenario alone.

Three things could be wrong: a channel that the catalog does not have, a key that no message of the
channel has, and a service that is not there. Each is told with its line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from eventproof.catalog import PARTITION_KEY, Catalog, Resource, channel_traits, resolve
from eventproof.contracts import Contracts
from eventproof.findings import Problem, nearest
from eventproof.simulator.durations import Length
from eventproof.simulator.network import Guarantee, Network
from eventproof.simulator.scenario import Scenario
from eventproof.simulator.turns import Turns

CHANNEL = "channel with messages"


def channels_of(catalog: Catalog) -> Mapping[str, tuple[Resource, ...]]:
    """Message id -> the channels that it goes by, each once."""
    found: dict[str, dict[str, Resource]] = defaultdict(dict)
    for participant in catalog.participants:
        for pointer in (*participant.sends, *participant.receives):
            message = resolve(catalog, pointer).resource
            for channel in pointer.channels or (message.channels if message else ()):
                resource = resolve(catalog, channel, ("channel",)).resource
                if resource is not None:
                    found[pointer.id].setdefault(resource.id, resource)
    return {id_: tuple(channels.values()) for id_, channels in found.items()}


def guarantees_of(catalog: Catalog) -> Mapping[str, Guarantee]:
    """Message id -> what its channel guarantees, where that is declared."""
    declared: dict[str, Guarantee] = {}
    for id_, channels in channels_of(catalog).items():
        for said in (channel_traits(one).delivery_guarantee for one in channels):
            if said in set(Guarantee):
                declared.setdefault(id_, Guarantee(said))
    return declared


def network_of(scenario: Scenario, catalog: Catalog) -> Network | None:
    """The scenario's faults, with what the catalog's channels guarantee."""
    if scenario.faults is None:
        return None
    return replace(scenario.faults, declared=guarantees_of(catalog))


def carried_of(scenario: Scenario, catalog: Catalog) -> Mapping[str, Length]:
    """Message id -> how long it is on its way, as the first of its channels that is said of.

    `Problem` for a channel that the catalog does not have.
    """
    lengths = scenario.latency.channels
    if not lengths:
        return {}
    carried = channels_of(catalog)
    known = _with_messages(carried)
    for name in lengths:
        _demand_known(scenario, ("latency", "channels", name), CHANNEL, known)
    first = {
        id_: next((lengths[c.id] for c in channels if c.id in lengths), None)
        for id_, channels in carried.items()
    }
    return {id_: length for id_, length in first.items() if length is not None}


def _with_messages(carried: Mapping[str, tuple[Resource, ...]]) -> list[str]:
    return sorted({channel.id for channels in carried.values() for channel in channels})


def turns_of(scenario: Scenario, catalog: Catalog, contracts: Contracts) -> Turns | None:
    """Which messages wait their turn. `Problem` for what the catalog does not have.

    The key of a channel is what the scenario says, else what its page does.
    """
    carried = channels_of(catalog)
    services = sorted({participant.id for participant in catalog.participants})
    for service in scenario.at_once:
        _demand_known(scenario, ("at_once", service), "service", services)
    for channel in scenario.ordered:
        _demand_known(scenario, ("ordered", channel), CHANNEL, _with_messages(carried))
    keys = _keys_of(scenario, carried)
    ordered: dict[str, tuple[tuple[str, str], ...]] = {}
    for id_, channels in carried.items():
        own = tuple((c.id, keys[c.id]) for c in channels if c.id in keys)
        if own:
            ordered[id_] = own
    for channel, name in keys.items():
        messages = [id_ for id_, own in ordered.items() if (channel, name) in own]
        fields = sorted(_fields(contracts, messages))
        if fields and name not in fields:
            raise _no_such_key(
                _said_at(channel, scenario, catalog, carried), channel, name, fields
            )
    return Turns(ordered, scenario.at_once) if ordered or scenario.at_once else None


def _keys_of(scenario: Scenario, carried: Mapping[str, tuple[Resource, ...]]) -> dict[str, str]:
    """Channel -> the field that is its key; those without any are left out."""
    pages = {channel.id: channel for channels in carried.values() for channel in channels}
    said = {id_: channel_traits(page).partition_key for id_, page in sorted(pages.items())}
    return {id_: key for id_, key in {**said, **scenario.ordered}.items() if key is not None}


def _said_at(
    channel: str, scenario: Scenario, catalog: Catalog, carried: Mapping[str, tuple[Resource, ...]]
) -> str:
    """Where the key of a channel is said: the scenario's line, or the page's."""
    if channel in scenario.ordered:
        return scenario.place("ordered", channel)
    page = next(one for channels in carried.values() for one in channels if one.id == channel)
    place = catalog.locate(page, (PARTITION_KEY,), at_key=True)
    return f"{place.file}:{place.line}"


def _fields(contracts: Contracts, messages: Iterable[str]) -> set[str]:
    """What the messages' contracts name; of a message without one nothing is known."""
    return {
        name
        for contract in contracts.contracts
        if contract.message.id in messages
        for name in contract.schema.get("properties", {})
    }


def _no_such_key(place: str, channel: str, name: str, fields: list[str]) -> Problem:
    near = nearest(name, fields)
    return Problem(
        f"{place}: no message of {channel} has a field {name}.",
        hint=f"did you mean `{near}`?" if near else f"they have {', '.join(fields)}",
    )


def _demand_known(scenario: Scenario, place: tuple[str, ...], what: str, known: list[str]) -> None:
    if place[-1] not in known:
        near = nearest(place[-1], known)
        raise Problem(
            f"{scenario.place(*place)}: the catalog has no {what} {place[-1]}.",
            hint=f"did you mean `{near}`?" if near else f"it has {', '.join(known) or 'none'}",
        )
