"""The asker's way to a person: the form, and what is stored when it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.drafts.reviewer import LONGEST_DRAFT
from bot.events import Event, Language
from bot.handoff.case import Case, Handler, Kind, Party, opened
from bot.handoff.forms import LONGEST_NOTE, Filled, chosen
from bot.handoff.office import Office, language_of
from bot.handoff.people import Actor, is_of
from bot.ports import Reading, StoreError
from bot.replies import Form, Reply


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
        named, _, urgency = value.partition(" ")
        sections = tuple(name for name in named.split(",") if name in self.office.knowledge().sections)
        actor = await self.office.actor(event)
        manager: Party | None = None
        fixed = False
        try:
            async with self.office.store.reading() as reading:
                manager, fixed = await self.office.manager_for(reading, actor)
        except StoreError:  # the form can do without; sending it says what is wrong
            pass
        filled = Filled(
            to,
            asked.text if asked else "",
            asked.kind if asked else "question",
            sections,
            urgency == "urgent",
            event.key,
            manager,
            fixed,
        )
        return self.office.forms.hand_off(filled, language_of(event))

    async def send(self, event: Event, values: Mapping[str, str]) -> Reply | Form | None:
        """Store the case and what it tells; or return the form again with what is wrong with it.

        Nothing is returned when it went well: the asker gets its status as a delivery, which cannot be lost.
        """
        language = language_of(event)
        filled = _filled(values)
        actor = await self.office.actor(event)
        try:
            self._check(filled, values, language)
            manager = await self._manager(actor, filled, values, language)
        except ProblemError as problem:
            return self.office.forms.hand_off(filled, language, str(problem))
        if not values.get("warned") and (self._tells(filled.text) or self._tells(filled.note)):
            redacted = self.office.forms.redacted(filled.note) or filled.note
            return self.office.forms.hand_off(replace(filled, note=redacted), language)
        try:
            return await self._store(event, actor, filled, manager)
        except StoreError:
            return self.office.forms.hand_off(filled, language, self.office.say(language, "not-stored"))

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
            text=filled.text,
            note=filled.note,
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

    def _check(self, filled: Filled, values: Mapping[str, str], language: Language) -> None:
        if not filled.text.strip():
            raise ProblemError(self.office.say(language, "hand-off-empty"))
        if not values.get("once"):
            raise ProblemError(self.office.say(language, "hand-off-again"))
        for text, limit in ((filled.text, LONGEST_DRAFT), (filled.note, LONGEST_NOTE)):
            if len(text) > limit:
                raise ProblemError(self.office.say(language, "words-too-long", length=len(text), limit=limit))

    async def _manager(
        self, actor: Actor, filled: Filled, values: Mapping[str, str], language: Language
    ) -> Party | None:
        """Return whom the case goes to; nobody when it is communications."""
        if filled.to != "manager":
            return None
        try:
            async with self.office.store.reading() as reading:
                known, fixed = await self.office.manager_for(reading, actor)
                if fixed:
                    return known
                email = values.get("manager", "").strip().lower()
                if not email or (known and known.id == email):
                    return known if email else None
                return await manager_named(self.office, reading, actor, email, language)
        except StoreError:
            raise ProblemError(self.office.say(language, "not-stored")) from None

    def _tells(self, text: str) -> bool:
        return bool(self.office.forms.redacted(text))


async def manager_named(office: Office, reading: Reading, actor: Actor, email: str, language: Language) -> Party:
    """Return the colleague with this address; raises `ProblemError` for a stranger, or for the person themselves."""
    if not is_of(office.knowledge().organisation, email):
        raise ProblemError(office.say(language, "no-colleague"))
    if email == actor.email:
        raise ProblemError(office.say(language, "not-yourself"))
    return await office.party(reading, email)


def _filled(values: Mapping[str, str]) -> Filled:
    original = values.get("version") == "original" and values.get("original")
    return Filled(
        "manager" if values.get("to") == "manager" else "communications",
        values["original"] if original else values.get("text", ""),
        "draft" if values.get("kind") == "draft" else "question",
        chosen(values, "sections"),
        values.get("urgent") == "yes",
        values.get("once", ""),
        Party(email, email) if (email := values.get("manager", "").strip().lower()) else None,
        note=values.get("note", ""),
        unnamed=values.get("unnamed") == "yes",
    )
