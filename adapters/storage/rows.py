"""From rows to cases and back: what stands in which column."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.events import Address
from bot.handoff.case import Case, CaseEvent, Party, Status, Step
from bot.handoff.deliveries import Delivery


def columns(case: Case) -> dict[str, Any]:
    return {
        "asker": case.asker.id,
        "asker_name": case.asker.name,
        "school": case.school,
        "platform": case.asked_at.platform,
        "conversation": case.asked_at.conversation,
        "thread": case.asked_at.thread,
        "private": case.private,
        "language": case.language,
        "kind": case.kind,
        "text": case.text,
        "note": case.note,
        "sections": ",".join(case.sections),
        "unnamed": case.unnamed,
        "urgent": case.urgent,
        "fingerprint": case.fingerprint,
        "handler": case.handler,
        "manager": case.manager.id if case.manager else None,
        "manager_name": case.manager.name if case.manager else None,
        "at_desk": case.at_desk,
        "created": case.created,
        "changed": case.changed,
        "status": case.status,
        "claimer": case.claimed_by.id if case.claimed_by else None,
        "claimer_name": case.claimed_by.name if case.claimed_by else None,
        "escalated": case.escalated,
        "version": case.version,
        "remind_at": case.remind_at,
        "escalate_at": case.escalate_at,
    }


def case_in(row: Row[Any]) -> Case:
    return Case(
        number=row.number,
        asker=Party(row.asker, row.asker_name),
        school=row.school,
        asked_at=Address(row.platform, row.conversation, row.thread),
        private=row.private,
        language=row.language,
        kind=row.kind,
        text=row.text,
        note=row.note,
        sections=split(row.sections),
        unnamed=row.unnamed,
        urgent=row.urgent,
        fingerprint=row.fingerprint,
        handler=row.handler,
        manager=Party(row.manager, row.manager_name or "") if row.manager else None,
        at_desk=row.at_desk,
        created=row.created,
        changed=row.changed,
        status=Status(row.status),
        claimed_by=Party(row.claimer, row.claimer_name or "") if row.claimer else None,
        escalated=row.escalated,
        version=row.version,
        remind_at=row.remind_at,
        escalate_at=row.escalate_at,
    )


def event_in(row: Row[Any]) -> CaseEvent:
    by = Party(row.by, row.by_name)
    return CaseEvent(row.number, row.version, row.at, by, Step(row.step), row.text, split(row.sections))


def delivery_columns(delivery: Delivery, now: datetime) -> dict[str, Any]:
    address = delivery.to.address or Address("", "")
    return {
        "key": delivery.key,
        "number": delivery.case,
        "version": delivery.version,
        "lane": delivery.lane,
        "kind": delivery.kind,
        "person": delivery.to.person,
        "platform": address.platform,
        "conversation": address.conversation,
        "thread": address.thread,
        "urgent": delivery.urgent,
        "state": "due",
        "due_at": now,
        "attempts": 0,
        "message": "",
        "problem": "",
        "blocked": False,
        "created": now,
    }


def split(joined: str) -> tuple[str, ...]:
    return tuple(name for name in joined.split(",") if name)
