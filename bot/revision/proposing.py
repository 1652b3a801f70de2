"""From the blocks of a new document to its sections, with the ids of the old ones wherever those live on."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.knowledge.document import DocumentSection, kind_and_number
from bot.revision.lines import Block
from bot.revision.matching import likeness, match, pieces_of

Change = Literal["same", "renamed", "reworded", "new"]

_FIRST = "inleiding"
_NAME_WORDS = 4  # of a section without a heading of its own
_LONGEST_ID = 40
_SAME_WORDS = 90  # percent: a section that comes back


@dataclass(frozen=True, slots=True)
class Proposal:
    """A section of the new document. `old` is the one that it follows; `named` says whether its name was made up."""

    section: DocumentSection
    old: DocumentSection | None
    named: bool = False

    @property
    def change(self) -> Change:
        if self.old is None:
            return "new"
        if not _same(self.old.text, self.section.text):
            return "reworded"
        return "same" if (self.old.name, self.old.lead) == (self.section.name, self.section.lead) else "renamed"


@dataclass(frozen=True, slots=True)
class Revision:
    """The new document beside the old one."""

    title: str
    old_title: str
    proposals: tuple[Proposal, ...]
    removed: tuple[DocumentSection, ...]

    @property
    def touched(self) -> tuple[str, ...]:
        """Return the ids whose words changed or are gone: what rests on them needs a look."""
        reworded = [p.section.id for p in self.proposals if p.change == "reworded"]
        return (*reworded, *(section.id for section in self.removed))

    @property
    def changes_nothing(self) -> bool:
        return not self.removed and self.title == self.old_title and all(p.change == "same" for p in self.proposals)


@dataclass(slots=True)
class _Made:
    """A section that is being put together; `id` is empty while it is new."""

    id: str
    texts: list[str]
    lead: list[str]
    heading: str
    number: int | None = None
    kind: str = ""


@dataclass(slots=True)
class _Group:
    """The blocks below one heading, or several in a row."""

    headings: list[int] = field(default_factory=list)
    body: list[int] = field(default_factory=list)


def propose(
    blocks: Sequence[Block], old_title: str, old: Sequence[DocumentSection], taken: Mapping[str, str] = {}
) -> Revision:
    """Return the new document's sections; `taken` are the ids that older versions gave out, with their words."""
    pieces = pieces_of(old)
    titled = bool(blocks) and blocks[0].kind == "title"
    title = blocks[0].text if titled else old_title
    body = [block for block in blocks if block.kind != "title"] if titled else list(blocks)
    found = {block: pieces[piece].section for block, piece in match(body, pieces).items()}
    made: list[_Made] = []
    for group in _groups(body):
        made += _Assembly(group, body, found, {section.id for section in made}).sections()
    by_id = {section.id: section for section in old}
    proposals = _named(made, by_id, {**taken, **{section.id: section.text for section in old}})
    living = {proposal.section.id for proposal in proposals}
    removed = tuple(section for section in old if section.id not in living)
    return Revision(old_title if _same(title, old_title) else title, old_title, tuple(proposals), removed)


def compare(
    title: str, sections: Sequence[DocumentSection], old_title: str, old: Sequence[DocumentSection]
) -> Revision:
    """Return a document whose sections have their ids already beside the old one."""
    by_id = {section.id: section for section in old}
    proposals = tuple(Proposal(section, by_id.get(section.id)) for section in sections)
    living = {section.id for section in sections}
    return Revision(title, old_title, proposals, tuple(section for section in old if section.id not in living))


def _groups(blocks: Sequence[Block]) -> list[_Group]:
    groups = [_Group()]
    for number, block in enumerate(blocks):
        if block.kind != "heading":
            groups[-1].body.append(number)
            continue
        if groups[-1].body:
            groups.append(_Group())
        groups[-1].headings.append(number)
    return [group for group in groups if group.headings or group.body]


@dataclass(slots=True)
class _Assembly:
    """Puts the sections of one group together; `found` are the blocks' old sections, `used` those taken before."""

    group: _Group
    blocks: Sequence[Block]
    found: Mapping[int, str]
    used: set[str]
    made: list[_Made] = field(default_factory=list)

    def sections(self) -> list[_Made]:
        lead = self._headings()
        heading = self.blocks[self.group.headings[-1]].text if self.group.headings else ""
        kind = _kind_of(self.group, self.found)
        items = [number for number in self.group.body if self.blocks[number].kind == "item"]
        for number in self.group.body:
            block, old = self.blocks[number], self.found.get(number, "")
            if block.kind == "text" and self.made and self._goes_on(number, old, items, kind):
                self.made[-1].texts.append(block.text)
                continue
            in_list = block.kind == "item" or (bool(kind) and not items)
            name = "" if self.made else heading
            own_kind = (kind or _slug(heading)) if in_list else ""
            own_id = "" if old in self.used else old
            self.made.append(_Made(own_id, [block.text], lead, name, block.number, own_kind))
            self.used.add(old)
            lead = []
        if lead:  # headings with nothing below them
            self.made.append(_Made("", ["\n\n".join(lead)], [], lead[-1]))
        return self.made

    def _headings(self) -> list[str]:
        """Make a section of each heading that was one; return the others, which lead the section that comes next."""
        lead: list[str] = []
        for number in self.group.headings:
            text, old = self.blocks[number].text, self.found.get(number, "")
            if old and old not in self.used:
                self.made.append(_Made(old, [text], lead, text))
                self.used.add(old)
                lead = []
            else:
                lead = [*lead, text]
        return lead

    def _goes_on(self, number: int, old: str, items: Sequence[int], kind: str) -> bool:
        """Say whether a paragraph belongs to the section before it."""
        if old:
            return old == self.made[-1].id
        if items:
            return items[0] < number < items[-1]  # between two items: the first one's second paragraph
        below_heading = self.made[-1].texts[0] != self.made[-1].heading and bool(self.group.headings)
        return below_heading and not kind  # of a kind, each paragraph is a section of its own


def _kind_of(group: _Group, found: Mapping[int, str]) -> str:
    """Return of which numbered kind the sections of a group are ("richtlijn"); empty for none."""
    kinds = Counter(kind_and_number(found[n])[0] for n in group.body if n in found and kind_and_number(found[n])[1])
    return kinds.most_common(1)[0][0] if kinds else ""


def _named(made: Sequence[_Made], old: Mapping[str, DocumentSection], taken: dict[str, str]) -> list[Proposal]:
    """Return the sections with their ids and names: numbers in a name follow the new document, ids stay."""
    proposals: list[Proposal] = []
    counted: Counter[str] = Counter()
    patterns = _patterns(old)
    for section in made:
        before = old.get(section.id)
        kind = kind_and_number(section.id)[0] if before and kind_and_number(section.id)[1] else section.kind
        number = section.number
        if called := _called(section.heading, patterns):
            kind, number = called
        if kind:
            counted[kind] = number or counted[kind] + 1
        name, invented = _name(section, before, kind, counted[kind], patterns)
        text = "\n\n".join(section.texts)
        living = {*old, *(one.section.id for one in proposals)}
        own_id = section.id or _returned(text, living, taken) or _new_id(section, kind, name, taken)
        taken[own_id] = text
        if before and _same(before.text, text):
            text = before.text  # a straight quotation mark for a curly one is no other word
        # a heading that is no more than the section's name leads it only where it did before
        is_name = bool(called) or (before is not None and before.name not in before.lead)
        lead = tuple(line for line in section.lead if not (is_name and _same(line, name)))
        if before and _same(" ".join(before.lead), " ".join(lead)):
            lead = before.lead
        proposals.append(Proposal(DocumentSection(own_id, name, text, lead), before, invented))
    return proposals


def _called(heading: str, patterns: Mapping[str, str]) -> tuple[str, int] | None:
    """Return kind and number of a section whose heading is such a name: ("richtlijn", 3) of "Richtlijn 3"."""
    found = re.fullmatch(r"(.*\D)(\d{1,3})", heading)
    kind = next((kind for kind, prefix in patterns.items() if found and found[1].lower() == prefix.lower()), "")
    return (kind, int(found[2])) if found and kind else None


def _patterns(old: Mapping[str, DocumentSection]) -> dict[str, str]:
    """Return how each kind of section is called, without its number: "Richtlijn " for richtlijn."""
    patterns: dict[str, str] = {}
    for section in old.values():
        kind, number = kind_and_number(section.id)
        if number and (prefix := re.fullmatch(r"(.*\D)\d+", section.name)):
            patterns.setdefault(kind, prefix[1])
    return patterns


def _name(
    section: _Made, before: DocumentSection | None, kind: str, number: int, patterns: Mapping[str, str]
) -> tuple[str, bool]:
    if kind in patterns:
        return f"{patterns[kind]}{number}", False
    if before:
        same_heading = not section.heading or section.heading == before.text or before.name in before.lead
        return (section.heading if same_heading and section.heading and section.lead else before.name), False
    if kind:
        return f"{kind.replace('-', ' ').capitalize()} {number}", True
    if section.heading:
        return section.heading.rstrip("…:"), False
    words = section.texts[0].split()[:_NAME_WORDS]
    return " ".join(words).rstrip(".,;:"), True


def _returned(text: str, living: Collection[str], taken: Mapping[str, str]) -> str:
    """Return the id that an older version gave to these words, when no section has it now; empty when there is none."""
    gone = ((one, words) for one, words in taken.items() if one not in living)
    return next((one for one, words in gone if likeness(words, text) >= _SAME_WORDS), "")


def _new_id(section: _Made, kind: str, name: str, taken: Collection[str]) -> str:
    if kind:
        numbers = [number for one, number in map(kind_and_number, taken) if one == kind and number]
        return f"{kind}-{max(numbers, default=0) + 1}"
    wanted = _FIRST if not (section.heading or taken) else _slug(name)
    wanted = wanted or "onderdeel"
    return next(name for name in (wanted, *(f"{wanted}-deel-{n}" for n in range(2, 1000))) if name not in taken)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug if len(slug) <= _LONGEST_ID else slug[:_LONGEST_ID].rsplit("-", 1)[0]


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    """Return the words with plain quotation marks and dashes: those that a word processor puts in by itself."""
    text = re.sub(r"[‘’‚`´]", "'", re.sub(r"[“”„]", '"', text.replace("–", "-").replace("…", "...")))
    return " ".join(text.split())
