"""The asker's way to a person: the form, and what is stored when it is sent."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from bot.events import Event, Language
from bot.handoff.case import Case, Handler, Kind, Party, opened
from bot.handoff.forms import (
    LONGEST_ADDRESS,
    LONGEST_ONCE,
    NOTE,
    TEXT,
    Filled,
    Written,
    known,
    listed,
    once_of,
    storable,
    storables,
    written,
)
from bot.handoff.office import Office, language_of
from bot.handoff.people import Actor, is_of
from bot.ports import Reading, StoreError
from bot.replies import Form, Reply

# The name before the @ as RFC 5321 has it without quotes: at most 64 characters, no dot at an end or beside another
_NAME = r"(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"{_NAME}@{_LABEL}(?:\.{_LABEL})+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked or had checked just before."""

    text: str
    kind: Kind
    language: Language


class ProblemError(ValueError):
    """What was filled in cannot be sent; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Opens the form and sends it."""

    office: Office

    async def open(self, event: Event, to: Handler, value: str, asked: Asked | None) -> Form:
        """Return the form, filled in with what was asked; `value` is that of the button."""
        named, *more = value.split(" ")
        sections = known(named.split(","), self.office.knowledge().sections)
        forgotten = asked is None and any(word.startswith("#") for word in more)
        manager: Party | None = None
        fixed = False
        try:
            actor = await self.office.actor(event)
            async with self.office.store.reading() as reading:
                manager, fixed = await self.office.manager_for(reading, actor)
        except StoreError:  # the form can do without; sending it says what is wrong
            pass
        filled = Filled(
            to,
            Written(storable(asked.text) if asked else ""),
            asked.kind if asked else "question",
            sections,
            "urgent" in more,
            once_of(event.key),
            manager,
            fixed,
        )
        language = language_of(event)
        problem = self.office.say(language, "hand-off-forgotten") if forgotten else ""
        return self.office.forms.hand_off(filled, language, problem)

    async def send(self, event: Event, values: Mapping[str, str]) -> Reply | Form | None:
        """Store the case and what it tells; or return the form again with what is wrong with it.

        Nothing is returned when it went well: the asker gets its status as a delivery, which cannot be lost. Raises
        `StoreError` when it cannot be told who sends it.
        """
        language = language_of(event)
        values = storables(values)
        forms, filled = self.office.forms, _filled(values, self.office.knowledge().sections)
        actor = await self.office.actor(event)
        try:
            self._check(filled, language)
            manager = await self._manager(actor, filled, values, language)
            if any(forms.tells(one.sent, filled.warned) for one in (filled.text, filled.note)):
                return forms.hand_off(filled, language)
            return await self._store(event, actor, filled, manager)
        except ProblemError as problem:
            return forms.hand_off(filled, language, str(problem))
        except StoreError:
            return forms.hand_off(filled, language, self.office.say(language, "not-stored"))

    async def _store(self, event: Event, actor: Actor, filled: Filled, manager: Party | None) -> Reply | None:
        office = self.office
        now = office.clock.now()
        to: Handler = "manager" if filled.to == "manager" and manager else "communications"
        case = Case(
            number=0,
            asker=actor.party,
            school=office.directory.school_of(actor.email) if actor.email else "",
            asked_at=event.address,
            private=event.private,
            language=language_of(event),
            kind=filled.kind,
            text=filled.text.sent,
            note=filled.note.sent,
            sections=filled.sections,
            unnamed=filled.unnamed,
            urgent=filled.urgent,
            fingerprint=office.knowledge().fingerprint,
            handler=to,
            manager=manager if to == "manager" else None,
            at_desk=to == "communications",
            created=now,
            changed=now,
        )
        begun, first = opened(case, office.terms)
        async with office.store.writing() as writing:
            stored = await writing.open(begun, f"form {filled.once}")
            if stored is None:
                number = await writing.case_of(f"form {filled.once}")
                return office.plain(case.language, "already-sent", number=number)
            await office.remember(writing, event, actor)
            if manager and not filled.fixed_manager:
                await writing.choose_manager(actor.party.id, manager)
            await office.tell(writing, stored, replace(first, number=stored.number))
        return None

    def _check(self, filled: Filled, language: Language) -> None:
        if not filled.text.sent.strip():
            raise ProblemError(self.office.say(language, "hand-off-empty"))
        if not 0 < len(filled.once) <= LONGEST_ONCE:
            raise ProblemError(self.office.say(language, "hand-off-again"))
        for one, box in ((filled.text, TEXT), (filled.note, NOTE)):
            if (length := len(one.sent)) > box.limit:
                raise ProblemError(self.office.say(language, "words-too-long", length=length, limit=box.limit))

    async def _manager(
        self, actor: Actor, filled: Filled, values: Mapping[str, str], language: Language
    ) -> Party | None:
        """Return whom the case goes to; nobody when it is communications."""
        if filled.to != "manager":
            return None
        async with self.office.store.reading() as reading:
            usual, fixed = await self.office.manager_for(reading, actor)
            if fixed:
                return usual
            email = values.get("manager", "").strip().lower()
            if not email or (usual and usual.id == email):
                return usual if email else None
            return await manager_named(self.office, reading, actor, email, language)


async def manager_named(office: Office, reading: Reading, actor: Actor, email: str, language: Language) -> Party:
    """Return the colleague with this address; raises `ProblemError` for a stranger, or for the person themselves."""
    is_address = len(email) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(email)
    if not is_address or not is_of(office.knowledge().organisation, email):
        raise ProblemError(office.say(language, "no-colleague"))
    if email == actor.email:
        raise ProblemError(office.say(language, "not-yourself"))
    return await office.party(reading, email)


def _filled(values: Mapping[str, str], sections: Collection[str]) -> Filled:
    return Filled(
        "manager" if values.get("to") == "manager" else "communications",
        written(values, TEXT),
        "draft" if values.get("kind") == "draft" else "question",
        known(listed(values, "sections"), sections),
        values.get("urgent") == "yes",
        values.get("once", ""),
        Party(email, email) if (email := values.get("manager", "").strip().lower()) else None,
        note=written(values, NOTE),
        unnamed=values.get("unnamed") == "yes",
        warned=listed(values, "warned"),
    )
