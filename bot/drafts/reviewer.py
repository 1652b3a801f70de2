"""Checks one draft: what touches the protocol, where, how grave, and a safer wording. Pure and in memory."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from bot.answering import language as languages
from bot.drafts import marking, personal, weighing
from bot.drafts.exposure import Exposure
from bot.drafts.identifiers import GRAVE
from bot.drafts.model import ENGLISH, DraftModel, SentenceScores
from bot.drafts.reading import PERSONAL, Read, Reader
from bot.drafts.review import Finding, Hint, Review
from bot.drafts.segments import Span
from bot.drafts.visible import fold_each, visible
from bot.drafts.wording import Proposer
from bot.knowledge.draft_values import DraftKnowledge, Verdict

LONGEST_DRAFT = 10_000  # characters
_MOST_TURNS = 4  # of replacing names: what is named by the words around it shows after the first

_SIGNED = 40  # characters that may follow a function in the last line ("directeur De Ark")
_SAYS_SOMETHING = re.compile(r"[^\W\d_]{2,}|\d(?:\D{0,3}\d){5}")  # a word, or a number long enough to be private
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_PICTURED = (
    "foto",
    "film",
    "video",
    "plaatje",
    "screenshot",
    "afbeelding",
    "beeld",
    "photo",
    "picture",
    "clip",
    "image",
)
_OURS = (
    "school",
    "leerling",
    "klas",
    "groep",
    "ouder",
    "les",
    "pupil",
    "student",
    "class",
    "parent",
    "teach",
)
_DOMAIN = re.compile(r"([a-z0-9-]+)\.[a-z.]+")


Known = dict[str, SentenceScores]


class Reviewer:
    """Rules and the model learnt for them; safe to share between threads.

    `own` is what belongs to the school; `address` is where it is reached, which everybody may read.
    """

    def __init__(
        self, knowledge: DraftKnowledge, model: DraftModel, own: Collection[str] = (), address: str = ""
    ) -> None:
        self.knowledge = knowledge
        self.model = model
        self._reader = Reader(knowledge, model, own)
        self._known_words = frozenset(term[2:] for term in model.encoder.vocabulary if term.startswith("w:"))
        mailboxes = frozenset(map(fold_each, knowledge.identifiers["shared-mailboxes"]))
        ours = frozenset(map(fold_each, filter(None, (*own, address))))
        self._propose = Proposer(
            knowledge, self._reader, Exposure(self._reader.names, mailboxes, self._known_words, ours)
        )
        leaders = "|".join(re.escape(fold_each(word)) for word in knowledge.names["leaders"])
        said = rf"\b(?:als|ik ben|namens de|as|i am|i['’]m)\s+(?:\w+\s+){{0,2}}(?:{leaders})\b"
        signed = rf"\b(?:{leaders})\b[^\n]{{0,{_SIGNED}}}\s*$"
        self._leader = re.compile(f"{said}|{signed}")
        # the name of the organisation, as in its address: "unicoz" of unicoz.nl
        self._ours = (*_OURS, *(found[1] for name in own if (found := _DOMAIN.fullmatch(name.lower()))))

    def review(self, draft: str) -> Review:
        """Return what a check finds in a draft, whatever it holds; never says that it may go online."""
        length = len(draft)
        if length > LONGEST_DRAFT:
            return Review("ok", "nl", notice="too-long", length=length)
        text = visible(draft).text
        if not _SAYS_SOMETHING.search(_LINK.sub("", text)):
            linked = _LINK.search(text) is not None
            hints: tuple[Hint, ...] = ("permission", "capacity") if linked else ()
            return Review("ok", "nl", notice="only-link" if linked else "nothing-written", hints=hints, length=length)
        known: Known = {}
        read = self._reader.read(draft, known)
        said = [word for one in known.values() for word in one.words]
        is_other = languages.is_other_language(text, self._known_words, said)
        findings = self._findings(read, known)
        verdict = self._verdict(read, findings)
        language = languages.dutch_or_english({"nl": 0.0, "en": read.scores.of_post(ENGLISH)}, None)
        safe, left_out = ("", 0) if verdict == "ok" else self._propose.safer(read, language, known)
        return Review(
            verdict,
            language,
            tuple(sorted(findings, key=self._gravity)),
            _hints(read, self._ours),
            safe,
            left_out,
            "other-language" if is_other else "",
            length,
        )

    def personal(self, text: str) -> tuple[Span, ...]:
        """Return where a text names or identifies somebody, in characters of the text as given."""
        if not _SAYS_SOMETHING.search(visible(text).text):
            return ()
        read = self._reader.read(text[:LONGEST_DRAFT], {})
        return tuple(sorted(read.seen.span(*place) for place in self._propose.places(read)))

    def anybody(self, text: str) -> tuple[Span, ...]:
        """Return the same with every name and address, however fine in a post: for what everybody is going to read."""
        if not _SAYS_SOMETHING.search(visible(text).text):
            return ()
        read = self._reader.read(text[:LONGEST_DRAFT], {})
        return tuple(sorted(read.seen.span(*place) for place in self._propose.exposed(read)))

    def nameless(self, text: str) -> str:
        """Return a text in which `anybody` finds nobody; empty where words cannot bring that about.

        Only of as much as is checked: what stands behind that is left out.
        """
        text = text[:LONGEST_DRAFT]
        for turn in range(_MOST_TURNS):
            if not _SAYS_SOMETHING.search(visible(text).text):
                return text
            read = self._reader.read(text, {})
            if not self._propose.exposed(read):
                return text
            language = languages.dutch_or_english({"nl": 0.0, "en": read.scores.of_post(ENGLISH)}, None)
            text = self._propose.nameless(read, language, hidden=turn > 0)
        return ""

    def redacted(self, text: str) -> str:
        """Return a text with names and numbers of persons replaced, all else as it was; empty when there are none."""
        if not _SAYS_SOMETHING.search(visible(text).text):
            return ""
        read = self._reader.read(text[:LONGEST_DRAFT], {})
        if not self._propose.places(read):
            return ""
        language = languages.dutch_or_english({"nl": 0.0, "en": read.scores.of_post(ENGLISH)}, None)
        return self._propose.redacted(read, language)

    def leads(self, draft: str) -> bool:
        """Say whether the author says to lead others: "als directeur …", or a function in the last line."""
        return self._leader.search(visible(draft[:LONGEST_DRAFT]).folded) is not None

    def _findings(self, read: Read, known: Known) -> list[Finding]:
        places = personal.places(read, self.model, known)
        found = [self._at(read, PERSONAL, place, score) for place, score in places.items()]
        for rule, chance in read.scores.chances.items():
            if rule == PERSONAL or not read.found(rule):
                continue
            if self.knowledge.rules[rule].marks_all:
                found.append(Finding(rule, 0, 0, "", round(chance, 4)))
            else:
                found += [self._at(read, rule, self._part(read, rule, n, known), chance) for n in read.strong(rule)]
        return found

    def _part(self, read: Read, rule: str, sentence: int, known: Known) -> Span:
        span = read.spans[sentence]
        return marking.strongest(read.seen.text, span, rule, self.model, known[read.seen.text[slice(*span)]])

    def _at(self, read: Read, rule: str, place: Span, score: float) -> Finding:
        start, end = read.seen.span(*place)
        return Finding(rule, start, end, read.draft[start:end], round(score, 4))

    def _verdict(self, read: Read, findings: Sequence[Finding]) -> Verdict:
        grave = any(number.kind in GRAVE for number in read.numbers)
        told = any(read.about[n] for n in personal.told(read))
        if grave or told or any(self.knowledge.rules[finding.rule].stops for finding in findings):
            return "stop"
        # a name that nothing is told about can be mended; only a high chance holds it up
        mild = {finding.rule for finding in findings} == {PERSONAL}
        if findings and read.scores.stop >= (weighing.WAITS_FOR_A_NAME if mild else weighing.WAITS):
            return "stop"
        return "adjust" if findings else "ok"

    def _gravity(self, finding: Finding) -> tuple[bool, float, int]:
        return not self.knowledge.rules[finding.rule].stops, -finding.score, finding.start


def _hints(read: Read, ours: Sequence[str]) -> tuple[Hint, ...]:
    folded = read.seen.folded
    hints: list[Hint] = []
    if any(not mention.is_author for mention in read.named) or any(word in folded for word in _PICTURED):
        hints.append("permission")
    if any(word in folded for word in ours):
        hints.append("capacity")
    return tuple(hints)
