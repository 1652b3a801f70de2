"""What every part of handing off needs: who acts, what they may do, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.drafts.reviewer import Reviewer
from bot.events import Event, Language, Pressed
from bot.handoff.case import WHO, Case, CaseEvent, Party, Role, Step
from bot.handoff.deliveries import Desk, cards, follow
from bot.handoff.forms import Forms
from bot.handoff.hours import Terms
from bot.handoff.people import Account, Actor, is_of, organisation_email, party_of
from bot.handoff.presenting import CasePresenter
from bot.knowledge import Knowledge
from bot.ports import CaseStore, Clock, Directory, People, Reading, Tally, Writing
from bot.presenting import Presenter
from bot.replies import Audience, Heading, Paragraph, Reply


@dataclass(frozen=True, slots=True)
class Office:
    """The ports, and the knowledge of this moment."""

    store: CaseStore
    people: People
    directory: Directory
    clock: Clock
    tally: Tally
    knowledge: Callable[[], Knowledge]
    reviewer: Callable[[], Reviewer]
    desk_people: Callable[[], Sequence[str]] = tuple  # who works at communications where it has no channel

    async def actor(self, event: Event) -> Actor:
        """Return who did this; a guest or a bot is on no desk."""
        organisation = self.knowledge().organisation
        profile = await self.people.profile(event.person, event.address)
        party = party_of(profile, event.address.platform, event.person.account, organisation)
        email = organisation_email(profile, organisation)
        on_desk = not profile.guest and await self.people.on_desk(event.person, event.address)
        return Actor(party, email, on_desk)

    def role(self, case: Case, actor: Actor, step: Step | None = None) -> Role | None:
        """Return as what somebody acts on a case; nothing when it is none of their business.

        Who is both asker and handler acts as the asker where a step is the asker's.
        """
        asks = actor.party.id == case.asker.id
        fallback = self.knowledge().organisation.fallback
        manages = case.handler == "manager" and case.manager is not None and case.manager.id == actor.party.id
        handles = manages or actor.on_desk or (case.escalated and bool(fallback) and actor.email == fallback)
        if step is not None:
            wanted = WHO[step]
            return wanted if (asks and wanted == "asker") or (handles and wanted == "handler") else None
        return "handler" if handles else "asker" if asks else None

    async def manager_for(self, reading: Reading, actor: Actor) -> tuple[Party | None, bool]:
        """Return somebody's manager, and whether the organisation says so: then there is nothing to choose.

        The school's own comes first, then the person's choice, then the list.
        """
        school = self.directory.school_of(actor.email) if actor.email else ""
        fixed = next((one.manager for one in self.knowledge().organisation.schools if one.name == school), "")
        if fixed and fixed != actor.email:
            return await self.party(reading, fixed), True
        chosen = await reading.chosen_manager(actor.party.id)
        if chosen:
            return chosen, False
        listed = self.directory.manager_of(actor.email) if actor.email else ""
        if listed and listed != actor.email and is_of(self.knowledge().organisation, listed):
            return await self.party(reading, listed), False
        return None, False

    async def party(self, reading: Reading, email: str) -> Party:
        """Return somebody by their address; by name once they have been seen."""
        account = await reading.account_of(email)
        return Party(email, account.name if account else email)

    async def tell(self, writing: Writing, case: Case, event: CaseEvent, before: Case | None = None) -> None:
        """Store a step and what it tells, in the transaction of the case itself."""
        await writing.record(event)
        await writing.deliver(follow(case, event, before, await self.desk(writing)))
        self.tally.stepped(event.step, case.handler, (*case.sections, "")[0], case.language)

    async def show_again(self, writing: Writing, case: Case, mark: str, without: str) -> None:
        """Have the cards of a case edited, without a step; not in the lane that failed."""
        await writing.deliver(cards(case, await self.desk(writing), mark, without))

    async def desk(self, reading: Reading) -> Desk:
        """Return where communications is told of cases."""
        return Desk(await reading.desks(), self.desk_people(), self.knowledge().organisation.fallback)

    async def remember(self, writing: Writing, event: Event, actor: Actor) -> None:
        """Remember where somebody can be written to alone."""
        address = event.address
        if event.private:
            account = event.person.account
            await writing.seen(
                Account(address.platform, account, actor.party.id, actor.party.name, address, event.person.language)
            )

    @property
    def present(self) -> CasePresenter:
        return CasePresenter(Presenter(self.knowledge()))

    @property
    def forms(self) -> Forms:
        return Forms(Presenter(self.knowledge()), self.reviewer())

    @property
    def terms(self) -> Terms:
        return Terms(self.knowledge().organisation.hours)

    def say(self, language: Language, sentence: str, **values: str | int) -> str:
        return self.knowledge().texts.say(language, sentence, **values)

    def plain(self, language: Language, heading: str, advice: str = "", **values: str | int) -> Reply:
        """Return a reply of one or two sentences, for the person alone."""
        parts = [Heading(self.say(language, heading, **values))]
        return Reply((*parts, *([Paragraph(self.say(language, advice))] if advice else [])), language, Audience.PERSON)


def language_of(event: Event) -> Language:
    """Return the language to answer a button or form in."""
    pressed = event.deed.language if isinstance(event.deed, Pressed) else None
    return pressed or event.person.language or "nl"
