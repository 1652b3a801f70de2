"""A safer wording: names become "een leerling", numbers the school's, and what cannot be mended is left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.drafts import personal, weighing
from bot.drafts.exposure import Exposure
from bot.drafts.identifiers import Kind
from bot.drafts.mention import Mention
from bot.drafts.model import SentenceScores
from bot.drafts.reading import PERSONAL, Read, Reader
from bot.drafts.segments import Span
from bot.drafts.visible import fold_each
from bot.events import Language
from bot.knowledge.draft_values import DraftKnowledge, Persons, Role

_STRICTER = 0.5  # of the usual chance: where something is wrong, less is enough to leave out what tells about people
_MEANT = 0.05  # chance from which a name is replaced
_NAMES_SOMEBODY = 0.3  # and from which a question that is sent to somebody counts as naming a person
_HIDDEN = "(…)"
_MOST_ROUNDS = 4  # of checking the proposal again; what is then still found stays in, and the check of it says so
_REPLACED: Mapping[Kind, Mapping[Language, str]] = {
    "phone": {"nl": "het nummer van de school", "en": "the school's number"},
    "e-mail": {"nl": "het e-mailadres van de school", "en": "the school's e-mail address"},
}
_OPENS = re.compile(r"(?:^|[.!?]\s)['\"‘“@#\s]*$")
_IN_A_LIST = re.compile(r"\s*(?:,|,?\s*\b(?:en|and)\b|&|\+)\s*")
_OWNER = re.compile(r"['’]s(?:\s+(\w+))?")
_GENITIVE = re.compile(r"s(?:\s+(\w+))?")
_ARTICLE = re.compile(r"\b(?:de|het|the) $", re.IGNORECASE)
# before these no article can stand: "onze een leerling"
_NO_ARTICLE_BEHIND = re.compile(
    r"\b(?:onze|ons|mijn|jullie|uw|jouw|die|deze|our|my|your|that|this|beste|lieve|dag|hoi|hallo|dear|hi|hello) $",
    re.IGNORECASE,
)
_BLANKS, _BEFORE_STOP, _EMPTY_LINES = re.compile(r"[ \t]{2,}"), re.compile(r"[ \t]+([,.!?;:])"), re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class _Edit:
    """A place to replace: by `words`, or by what a person of this role is called."""

    place: Span
    words: str | None = None
    role: Role = "person"
    name: str = ""


class Proposer:
    """Rewrites drafts with the rules' and the lexicons' help; safe to share between threads."""

    def __init__(self, knowledge: DraftKnowledge, reader: Reader, exposure: Exposure) -> None:
        self._knowledge = knowledge
        self._reader = reader
        self._exposure = exposure

    def safer(self, read: Read, language: Language, known: dict[str, SentenceScores]) -> tuple[str, int]:
        """Return a proposal in which the check finds nothing more that it could mend, and how many sentences it lacks.

        Empty when nothing remains, or when there is nothing that other words could mend.
        """
        left_out, source = 0, read.seen.text
        for _ in range(_MOST_ROUNDS):
            out = self._to_leave_out(read)
            edits = [*_numbers(read, language), *_persons(read)]
            text = _Rewriting(read, out, edits, self._knowledge.persons, language).text()
            left_out += len(out)
            if not text or text == read.seen.text:
                break
            read = self._reader.read_again(text, known)
        return ("" if text == source else text), left_out

    def places(self, read: Read) -> list[Span]:
        """Return the places that name or identify somebody, in characters of the text as seen."""
        return [edit.place for edit in _identifying(read)]

    def exposed(self, read: Read) -> list[Span]:
        """Return the places that would show somebody to everybody: also a name that a post may well hold."""
        return [edit.place for edit in self._exposing(read)]

    def nameless(self, read: Read, language: Language, *, hidden: bool) -> str:
        """Return the text with those places replaced; `hidden`: by no words at all."""
        edits = self._exposing(read, language)
        if hidden:
            edits = [_Edit(edit.place, _HIDDEN) for edit in edits]
        return _Rewriting(read, (), edits, self._knowledge.persons, language).text()

    def _exposing(self, read: Read, language: Language = "nl") -> list[_Edit]:
        named = [
            _Edit(_with_title(read, mention), role=mention.likely_role, name=mention.name)
            for mention in read.named
            if self._exposure.names_somebody(mention)
        ]
        further = [_Edit(place, name=read.seen.folded[slice(*place)]) for place in self._exposure.persons(read)]
        addresses = [_Edit(place, _HIDDEN) for place in self._exposure.addresses(read.seen)]
        return _apart([*_identifiers(read, language), *named, *further, *addresses])

    def redacted(self, read: Read, language: Language) -> str:
        """Return the text with those places replaced, and every sentence kept."""
        return _Rewriting(read, (), _identifying(read, language), self._knowledge.persons, language).text()

    def _to_leave_out(self, read: Read) -> set[int]:
        """Return the sentences that no other words can mend."""
        out = {read.sentence_of(number.start) for number in read.numbers if number.kind not in _REPLACED}
        for rule in read.scores.chances:
            needed = weighing.found(rule) * (_STRICTER if rule == PERSONAL else 1)
            if read.scores.chances[rule] < needed or not self._knowledge.rules[rule].removes:
                continue
            if rule != PERSONAL:
                out.update(read.strong(rule))
            else:  # a name alone is replaced; what is told about somebody goes
                named = {read.sentence_of(mention.start) for mention in read.named if not mention.is_author}
                out.update(n for n in read.facts() if read.private[n] or n not in named)
        if read.found(PERSONAL):
            out.update(n for n in range(len(read.spans)) if read.private[n])
        elif out:
            out.update(n for n in range(len(read.spans)) if read.private[n] and read.about[n])
        return out


def _identifying(read: Read, language: Language = "nl") -> list[_Edit]:
    """Return the edits that make a question fit to be sent to others: surer of a name than a proposal has to be."""
    persons = [
        _Edit(_with_title(read, mention), role=mention.likely_role, name=mention.name)
        for mention, likely in zip(read.named, read.likely, strict=True)
        if not mention.is_author and not mention.is_perhaps_a_word and likely >= _NAMES_SOMEBODY
    ]
    return [*_identifiers(read, language), *persons]


def _identifiers(read: Read, language: Language) -> list[_Edit]:
    return [
        _Edit((number.start, number.end), _REPLACED[number.kind][language] if number.kind in _REPLACED else _HIDDEN)
        for number in read.numbers
    ]


def _apart(edits: Sequence[_Edit]) -> list[_Edit]:
    """Return the edits in order, those that overlap as one: of a name in an address nothing must stay behind."""
    apart: list[_Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.place[0], -edit.place[1])):
        before = apart[-1] if apart else None
        if before and edit.place[0] < before.place[1]:
            end = max(before.place[1], edit.place[1])
            apart[-1] = replace(before, place=(before.place[0], end), words=before.words or edit.words)
        else:
            apart.append(edit)
    return apart


def _numbers(read: Read, language: Language) -> list[_Edit]:
    tags = [_Edit(tag, "") for tag in personal.tags(read)]  # nothing stands instead
    return tags + [
        _Edit((number.start, number.end), _REPLACED[number.kind][language])
        for number in read.numbers
        if number.kind in _REPLACED
    ]


def _persons(read: Read) -> list[_Edit]:
    return [
        _Edit(_with_title(read, mention), role=mention.likely_role, name=mention.name)
        for mention, likely in zip(read.named, read.likely, strict=True)
        if not mention.is_author and not mention.is_perhaps_a_word and likely >= _MEANT  # a word, a minister: they stay
    ]


def _with_title(read: Read, mention: Mention) -> Span:
    start, end = mention.phrase
    if "title" not in mention.evidence:
        return start, end
    title = re.search(r"\w+\.? $", read.seen.text[max(0, start - 12) : start])
    return start - len(title[0]) if title else start, end


class _Rewriting:
    """One pass over one draft."""

    def __init__(
        self,
        read: Read,
        out: Collection[int],
        edits: Sequence[_Edit],
        persons: Mapping[Role, Persons],
        language: Language,
    ) -> None:
        self._read = read
        self._source = read.seen.text
        self._out = out
        self._edits = sorted(edits, key=lambda edit: edit.place)
        self._persons = persons
        self._language: Language = language
        self._called: set[str] = set()  # who was already called something

    def text(self) -> str:
        pieces: list[str] = []
        at = 0
        for number, (start, end) in enumerate(self._read.spans):
            if number not in self._out:
                pieces += [self._source[at:start], self._sentence(start, end)]
            at = end
        kept = "".join([*pieces, self._source[at:]])
        tidied = _BEFORE_STOP.sub(r"\1", _BLANKS.sub(" ", kept))
        return _EMPTY_LINES.sub("\n\n", tidied).strip()

    def _sentence(self, start: int, end: int) -> str:
        edits = [edit for edit in self._edits if start <= edit.place[0] < end]
        made = ""
        at = start
        while edits:
            together = self._list_of(edits)
            first, last = edits[0], edits[together - 1]
            edits = edits[together:]
            if first.place[0] < at:  # inside the one before
                continue
            made += self._source[at : first.place[0]]
            words, at = self._words(first, last.place[1], together, made)
            if article := _ARTICLE.search(made):
                made = made[: article.start()] if words != self._bare(first) else made
            opens = _OPENS.search(made) is not None
            made += words[:1].upper() + words[1:] if opens else words
        return made + self._source[at:end]

    def _list_of(self, edits: Sequence[_Edit]) -> int:
        """Return how many of the first edits are persons in one list ("Mees, Ayoub en Fenna")."""
        together = 1
        while together < len(edits):
            one, other = edits[together - 1], edits[together]
            between = self._source[one.place[1] : other.place[0]]
            if one.words is not None or other.words is not None or not _IN_A_LIST.fullmatch(between):
                break
            together += 1
        return together

    def _bare(self, edit: _Edit) -> str:
        return self._persons[edit.role].bare[self._language]

    def _words(self, edit: _Edit, end: int, together: int, before: str) -> tuple[str, int]:
        """Return what stands there instead, and up to where it replaces."""
        if edit.words is not None:
            return edit.words, end
        person = self._persons[edit.role]
        if together > 1:
            return person.several[self._language], end
        if _NO_ARTICLE_BEHIND.search(before):
            new = self._bare(edit)
        else:
            new = person.again[self._language] if edit.name in self._called else person.one[self._language]
        self._called.add(edit.name)
        owner = _OWNER.match(self._source, end) or _OWNER.match(self._source, end - 2)
        if owner is None and fold_each(self._source[:end]).endswith(f"{edit.name}s"):  # "Sannes tekening"
            owner = _GENITIVE.match(self._source, end - 1)
        return (new, end) if owner is None else self._owned(new, owner)

    def _owned(self, new: str, owner: re.Match[str]) -> tuple[str, int]:
        """Return "een tekening van een leerling" for "Sanne's tekening"; "een" goes before every Dutch noun."""
        if self._language == "en" or not owner[1]:
            return f"{new}'s", owner.end() if owner[1] is None else owner.start(1) - 1
        return f"een {owner[1]} van {new}", owner.end()
