"""What rests on sections that changed or are gone, so that a person can look at it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.knowledge import Knowledge, Localised
from bot.knowledge.document import DocumentSection
from bot.knowledge.draft_values import DraftKnowledge
from bot.revision.proposing import Proposal, Revision

ADDITIONS = "aanvullingen"  # that the desk made: they answer people until they are withdrawn
_MOST_NAMED = 40  # of one kind; more are counted


@dataclass(frozen=True, slots=True)
class Point:
    """Something to look at: what kind of thing, and which ones."""

    what: str
    which: tuple[str, ...] = ()

    def __str__(self) -> str:
        named = ", ".join(self.which[:_MOST_NAMED])
        more = f" en nog {len(self.which) - _MOST_NAMED}" if len(self.which) > _MOST_NAMED else ""
        return f"{self.what}: {named}{more}" if named else self.what


@dataclass(frozen=True, slots=True)
class Dependants:
    """All points about one section; `heading` says which and what became of it."""

    heading: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """What the desk adds to the knowledge, by its number: an approved proposal is used, another one waits."""

    number: int
    sections: tuple[str, ...]
    approved: bool

    def __str__(self) -> str:
        return f"voorstel {self.number}" + ("" if self.approved else " (nog niet goedgekeurd)")


def dependants(
    revision: Revision,
    knowledge: Knowledge,
    drafts: DraftKnowledge,
    cases: Mapping[int, Sequence[str]] | None,
    additions: Sequence[Added] | None,
) -> list[Dependants]:
    """Return what to look at, section by section.

    `cases` are the sections of each open case, `additions` those that no file holds; None when not known.
    """
    found: list[Dependants] = []
    for proposal in revision.proposals:
        name = f"{proposal.section.name} ({proposal.section.id})"
        if proposal.change == "new":
            found.append(Dependants(f"Nieuw: {name}", (*_new(proposal), *_additions(proposal.section.id, additions))))
        elif proposal.change == "reworded":
            points = (
                Point("`protocol.en.md`: de vertaling van de nieuwe tekst"),
                Point("`sections.yaml`: titel, uitleg en bij wie je terechtkunt"),
                *_resting(proposal.section.id, knowledge, drafts, cases),
                *_additions(proposal.section.id, additions),
            )
            found.append(Dependants(f"Gewijzigd: {name}", points))
    for section in revision.removed:
        points = (*_resting(section.id, knowledge, drafts, cases), *_additions(section.id, additions))
        nothing = (Point("Niets verwijst ernaar."),)
        found.append(Dependants(f"Vervallen: {section.name} ({section.id})", points or nothing))
    found += _without_section(revision, additions or ())
    if additions is None:
        points = (Point("de database was niet bereikbaar; kijk zelf bij de voorstellen van communicatie"),)
        found.append(Dependants("Aanvullingen", points))
    found += _renumbered(revision, knowledge, drafts)
    if revision.title != revision.old_title:
        points = (Point("`organisation.yaml`: de naam van het document"), Point("`protocol.en.md`: de titel"))
        found.append(Dependants(f"Nieuwe titel: {revision.title}", points))
    return found


def changing_under(additions: Sequence[Added], revision: Revision) -> dict[int, tuple[str, ...]]:
    """Return by their numbers the additions that rest on sections whose words change, come or go, with those."""
    changed = {*revision.touched, *(one.section.id for one in revision.proposals if one.change == "new")}
    resting = {one.number: tuple(name for name in one.sections if name in changed) for one in additions}
    return {number: sections for number, sections in resting.items() if sections}


def _additions(section: str, additions: Sequence[Added] | None) -> Iterator[Point]:
    named = [str(one) for one in additions or () if section in one.sections]
    for start in range(0, len(named), _MOST_NAMED):  # each is named: it answers people
        yield Point(ADDITIONS, tuple(named[start : start + _MOST_NAMED]))


def _without_section(revision: Revision, additions: Sequence[Added]) -> Iterator[Dependants]:
    """Return the additions on a section that was gone before."""
    known = {*(one.section.id for one in revision.proposals), *(section.id for section in revision.removed)}
    for gone in sorted({name for one in additions for name in one.sections} - known):
        yield Dependants(f"Eerder vervallen: {gone}", tuple(_additions(gone, additions)))


def _new(proposal: Proposal) -> Iterator[Point]:
    yield Point("`protocol.en.md`: de vertaling")
    yield Point("`sections.yaml`: titel, uitleg en bij wie je terechtkunt")
    yield Point("`situations/`: gaat een situatie hierover? En met welke voorbeeldvragen?")
    if proposal.named:
        yield Point(f"`protocol.nl.md`: de naam '{proposal.section.name}' is bedacht; het document geeft er geen")


def _resting(
    section: str, knowledge: Knowledge, drafts: DraftKnowledge, cases: Mapping[int, Sequence[str]] | None
) -> Iterator[Point]:
    situations = [one.id for one in knowledge.situations.values() if section in one.sections]
    if situations:
        yield Point("`situations/`: situaties", tuple(situations))
    rules = [rule.id for rule in drafts.rules.values() if rule.section == section]
    if rules:
        yield Point("`drafts/rules/`: regels voor de controle van berichten", tuple(rules))
    words = [situation for situation in knowledge.requests.situations if situation in situations]
    if words:
        yield Point("`requests.yaml`: woorden die naar deze situaties leiden", tuple(words))
    organisation = knowledge.organisation
    roles = {
        "advice_section": organisation.advice_section,
        "urgent_section": organisation.urgent_section,
        "leaders_section": organisation.leaders_section,
    }
    if played := [role for role, named in roles.items() if named == section]:
        yield Point("`organisation.yaml`", tuple(played))
    examples = sum(section in example.relevant or section in example.top for example in knowledge.examples)
    if examples:
        yield Point(f"`examples/`: {examples} voorbeeldvragen gaan hierover; kloppen de antwoorden nog?")
    open_cases = [f"zaak {number}" for number, about in (cases or {}).items() if section in about]
    if open_cases:
        yield Point("lopende zaken die hierover gaan; vertel de behandelaar van de nieuwe tekst", tuple(open_cases))
    if cases is None:
        yield Point("lopende zaken: de database was niet bereikbaar; kijk zelf met `protocolwijzer cases list`")


def _renumbered(revision: Revision, knowledge: Knowledge, drafts: DraftKnowledge) -> Iterator[Dependants]:
    gone = [(section, "vervallen") for section in revision.removed]
    moved = [
        (proposal.old, f"heet nu {proposal.section.name}")
        for proposal in revision.proposals
        if proposal.old and proposal.old.name != proposal.section.name
    ]
    for section, now in (*moved, *gone):
        if mentions := list(_mentions(section, knowledge, drafts)):
            points = (Point("noemt de oude naam", tuple(mentions)),)
            yield Dependants(f"Andere naam: {section.name} ({section.id}) {now}", points)


def _mentions(section: DocumentSection, knowledge: Knowledge, drafts: DraftKnowledge) -> Iterator[str]:
    """Return the texts that call a section by its name, with a number that now stands for another one."""
    english = knowledge.sections[section.id].name.en
    named = re.compile(rf"\b({re.escape(section.name)}|{re.escape(english)})\b", re.IGNORECASE)

    def says(*texts: Localised) -> bool:
        return any(named.search(text.nl) or named.search(text.en) for text in texts)

    yield from (f"sections.yaml '{one.id}'" for one in knowledge.sections.values() if says(one.title, one.gist))
    yield from (f"situations/ '{one.id}'" for one in knowledge.situations.values() if says(one.title, one.gist))
    yield from (f"small-talk.yaml '{talk.id}'" for talk in knowledge.small_talk.values() if says(talk.reply))
    yield from (f"drafts/rules/ '{rule.id}'" for rule in drafts.rules.values() if says(rule.message, rule.advice))
    yield from (f"texts/ '{name}'" for name, text in knowledge.texts.sources() if named.search(text))
    asked = sum(bool(named.search(example.text)) for example in knowledge.examples)
    if asked:
        yield f"examples/ {asked} voorbeeldvragen"
