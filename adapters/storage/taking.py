"""The statements of the courier's way, built once: building them took a third of a delivery's time."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, exists, or_, select, update

from adapters.storage.tables import accounts, deliveries
from bot.handoff.deliveries import EDITED

WAITING = ("due", "sending", "unknown")
_one, _earlier = deliveries, deliveries.alias()
_stuck = and_(_earlier.c.blocked, _earlier.c.kind.in_(EDITED))
_held_up = exists().where(
    _earlier.c.lane == _one.c.lane, _earlier.c.id < _one.c.id, _earlier.c.state.in_(WAITING), ~_stuck
)
_now = bindparam("now", type_=_one.c.due_at.type)
_is_due = or_(
    and_(_one.c.state.in_(("due", "unknown")), _one.c.due_at <= _now),
    and_(_one.c.state == "sending", _one.c.lease_until <= _now),
)
_free = select(_one).where(_is_due, ~_held_up, _one.c.id.not_in(bindparam("under_way", expanding=True)))

# urgent ones first; parameters now, under_way, without, room
TAKE = (
    _free.where(_one.c.platform.not_in(bindparam("without", expanding=True)))
    .order_by(_one.c.urgent.desc(), _one.c.due_at, _one.c.id)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True, of=_one)
)
# what was tried least first; parameters now, under_way, only
PROBE = (
    _free.where(_one.c.platform == bindparam("only"))
    .order_by(_one.c.attempts, _one.c.due_at, _one.c.id)
    .limit(1)
    .with_for_update(skip_locked=True, of=_one)
)
MARK_TAKEN = (
    update(_one)
    .where(_one.c.id.in_(bindparam("taken", expanding=True)))
    .values(state="sending", lease_until=bindparam("until"), attempts=_one.c.attempts + 1)
)
# the message that an edit edits; parameters lane, kinds
EDITED_BEFORE = (
    select(_one.c.platform, _one.c.conversation, _one.c.thread, _one.c.message)
    .where(_one.c.lane == bindparam("in_lane"), _one.c.state == "sent")
    .where(_one.c.kind.in_(bindparam("kinds", expanding=True)))
    .order_by(_one.c.id.desc())
    .limit(1)
)
SEEN = select(accounts).where(accounts.c.person == bindparam("who")).order_by(accounts.c.seen_at.desc()).limit(1)
# a late answer must not overwrite another courier's
SENT = (
    update(_one)
    .where(_one.c.id == bindparam("of_id"), _one.c.attempts == bindparam("of_attempts"), _one.c.state == "sending")
    .values(
        state="sent",
        platform=bindparam("at_platform"),
        conversation=bindparam("at_conversation"),
        thread=bindparam("at_thread"),
        message=bindparam("as_message"),
        problem="",
        blocked=False,
        lease_until=None,
        sent_at=bindparam("at"),
    )
)
