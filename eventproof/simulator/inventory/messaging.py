"""Messages that come twice, late, too early, or not at all: what makes each harmless.

The inbox lets one key have its effect once. The outbox keeps what is to be told with the change
that it tells of, until it is told. The revision guard finds what was overtaken and parks what came
too early. What cannot be handled becomes a dead letter instead of being lost.

Three things that could be wrong: a key that is entered in another transaction than its effect, a
message marked as sent before it was, and a parked message that nobody takes up.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from eventproof.simulator.context import Context, Transaction, at_most, equal
from eventproof.simulator.errors import DatabaseError, Refused
from eventproof.simulator.inventory.tables import (
    dead_letters,
    inbox,
    outbox,
    parked,
    revisions,
    stock,
)

Payload = Mapping[str, Any]

APPLY, LATE, EARLY = "apply", "late", "early"
"""What `in_order` says of a message."""


async def first_time(tx: Transaction, key: str, *, answer: Any = None) -> bool:
    """Whether `key` comes for the first time; its effect belongs into this transaction.

    Two at once: the second waits for the first, and is told when that has committed. `answer` is
    kept for when it comes again, where it is known already; else see `remember_answer`.
    """
    text = None if answer is None else json.dumps(answer)
    return await tx.insert(inbox, message_key=key, answer=text, on_conflict="nothing")


async def answer_to(tx: Transaction, key: str) -> Any:
    """What was answered to `key` before; None where nothing was."""
    row: Any = await tx.get(inbox, key)
    return json.loads(row.answer) if row is not None and row.answer is not None else None


async def remember_answer(tx: Transaction, key: str, answer: Any) -> None:
    """Keep what is answered to `key`, for when it comes again."""
    await tx.update(inbox, key, answer=json.dumps(answer))


async def put_out(
    tx: Transaction, message_id: str, payload: Payload, *, entity: str, revision: int
) -> None:
    """Write down a message of this transaction's change; `relay` publishes it."""
    await tx.insert(
        outbox,
        message_id=message_id,
        entity=entity,
        revision=revision,
        payload=json.dumps(payload, sort_keys=True),
        status="PENDING",
    )


async def put_level_out(tx: Transaction, product: str) -> None:
    """Write down what is now available of a product, as the last message of this transaction.

    `Refused` 404 where it is not kept.
    """
    level: Any = await tx.get(stock, product)
    if level is None:
        raise Refused(404)
    payload = {"product": product, "available": level.available or 0}
    name = f"stock:{product}"
    message_id = f"{name}:{level.version}"
    await put_out(tx, message_id, payload, entity=name, revision=level.version)


async def relay(
    ctx: Context, publish: Callable[[str, Payload], Awaitable[None]], *, limit: int = 100
) -> int:
    """Publish what is pending, the messages of an entity in their order; how many were.

    A message is marked as sent after it was published, so a crash between the two publishes it
    again: at least once, and the consumer's inbox makes once of it.
    """
    async with ctx.transaction() as tx:
        pending = await tx.select(
            outbox, equal(status="PENDING"), order_by=("entity", "revision"), limit=limit
        )
    for message in pending:
        await publish(message.message_id, json.loads(message.payload))
        async with ctx.transaction() as tx:
            await tx.update(outbox, message.message_id, status="SENT")
    return len(pending)


async def is_newest(tx: Transaction, entity: str, revision: int) -> bool:
    """Whether a message that replaces what was before is newer than all that came; notes it."""
    if await tx.insert(revisions, entity=entity, revision=revision, on_conflict="nothing"):
        return True
    guard = at_most(revision=revision - 1)
    return await tx.update(revisions, entity, revision=revision, guard=guard)


async def in_order(tx: Transaction, entity: str, revision: int, payload: Payload) -> str:
    """Whether a message that builds on the one before is to be applied now.

    Revisions begin at 1 and leave none out.
    `apply`: it is the next, and noted; call `take_up` after it. `late`: it was applied before.
    `early`: one is missing before it; it is parked.
    """
    await tx.insert(revisions, entity=entity, revision=0, on_conflict="nothing")
    row: Any = await tx.get_for_update(revisions, entity)
    if revision <= row.revision:
        return LATE
    if revision == row.revision + 1:
        await tx.update(revisions, entity, revision=revision)
        return APPLY
    text = json.dumps(payload, sort_keys=True)
    await tx.insert(parked, entity=entity, revision=revision, payload=text, on_conflict="nothing")
    return EARLY


async def take_up(tx: Transaction, entity: str) -> Payload | None:
    """The parked message that comes next after what was applied, noted as applied; or None."""
    row: Any = await tx.get(revisions, entity)
    following = row.revision + 1
    waiting: Any = await tx.get(parked, (entity, following))
    if waiting is None:
        return None
    await tx.delete(parked, (entity, following))
    await tx.update(revisions, entity, revision=following)
    payload: Payload = json.loads(waiting.payload)
    return payload


async def or_dead_letter(
    ctx: Context,
    message_id: str,
    payload: Payload,
    work: Callable[[], Awaitable[None]],
    *,
    times: int = 3,
) -> bool:
    """Handle a message, or keep it as a dead letter with the reason; whether it was handled.

    What fails transiently is tried `times` times; what is refused, or fails otherwise, is not.
    """
    try:
        await ctx.retrying(work, times=times)
    except (Refused, DatabaseError) as error:
        async with ctx.transaction() as tx:
            await tx.insert(
                dead_letters,
                message_id=message_id,
                payload=json.dumps(payload, sort_keys=True),
                reason=str(error),
                on_conflict="nothing",
            )
        return False
    return True


__all__ = [
    "APPLY",
    "EARLY",
    "LATE",
    "answer_to",
    "first_time",
    "in_order",
    "is_newest",
    "or_dead_letter",
    "put_level_out",
    "put_out",
    "relay",
    "remember_answer",
    "take_up",
]
