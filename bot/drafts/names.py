"""Who is named in a post, and what speaks for and against its being a pupil, parent or colleague of the school."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.drafts.segments import Span
from bot.knowledge.draft_values import Role

_TOKEN = re.compile(r"[^\W\d_](?:[\w’'-]{0,40}[^\W_])?")
_PARTICLES = frozenset(
    (
        "van",
        "de",
        "den",
        "der",
        "het",
        "'t",
        "ten",
        "ter",
        "te",
        "el",
        "al",
        "ben",
        "ait",
        "la",
        "le",
        "du",
        "da",
        "dos",
    )
)
_CLASS = re.compile(
    r"\b(?:groep|klas|kring|unit|year|grade|form|class|primary)\s?\d{1,2}(?:\s?-?[a-h])?\b"
    r"|\b(?:[1-8][a-h]|[a-hvmtk]{1,2}\d[a-z]?)\b"
    r"|\b[1-6]\s?(?:vmbo|mavo|havo|vwo|gym|tl|kader|basis|atheneum)\w*|\b(?:vmbo|mavo|havo|vwo)[- ]?[1-6]\w?\b"
    r"|\b(?:brugklas|kleuters?|examenklas|reception|y\d{1,2}|[a-z]{3,15} class|[a-z]{3,12}klas)\b"
    r"|\b(?:mijn|onze|my|our) (?:klas|groep|class|group)\b"
)
_SIGN_OFF = re.compile(
    r"\b(?:groet\w*|liefs|gr\.?|namens[\w\s]{0,30}|regards|love|cheers|best|dank|thanks|xx?)[\s,!.:–-]*$"
)
_INTRODUCTION = re.compile(
    r"\b(?:ik ben|mijn naam is|ik heet|i am|i['’]m|my name is|this is|hier spreekt)\s+"
    r"(?:(?:juf|meester|mevrouw|meneer|mr|mrs|ms|miss)\.?\s+)?$"
)
_FUNCTION_BEHIND = re.compile(
    r",? \(?(?:docent|leraar|directeur|rector|conrector|adjunct|teamleider|concierge|teacher|head|principal|decaan"
    r"|mentor|coordinator|intern begeleider|locatieleider|bestuurder)"
)
_OPENING_QUOTES = frozenset("'\"‘“„«")
_INITIALS = re.compile(r"\.(?:\s?(?:(?:de|van|der|den|ten|ter)\s){0,2}[A-Z]\b\.?)*")
_PLACE = re.compile(r".(?:straat|laan|weg|plein|hof|gracht|dijk|singel|school|college|lyceum|park|street|road)$")
_TIES = {
    "",
    "uit",
    "van",
    "in",
    "from",
    "of",
    "uit de",
    "van de",
    "uit onze",
    "uit mijn",
    "from the",
    "in the",
    "from my",
}
_MOST = 300  # names that are looked at
_BEFORE, _BEHIND, _LAST_LINE = 32, 28, 40  # characters that are looked at for evidence

# What each piece of evidence adds to the log odds that the name is personal data; "sentence" and "post" are the margins
# of the linear model for that rule. Fitted on leave-one-author-out scores of the posts.
_INTERCEPT = 0.40
_WEIGHTS: Mapping[str, float] = {
    "sentence": 1.14,
    "post": 2.43,
    "class near": 1.84,
    "role pupil": 1.23,
    "class behind": 1.14,
    "sensitive": 0.67,
    "role parent": 0.53,
    "introduction": -0.18,
    "public": -0.37,
    "ordinary": -0.40,
    "title": -0.45,
    "opens": -0.54,
    "quoted": -0.67,
    "role colleague": -1.18,
    "sign-off": -1.22,
    "at the end": -1.47,
    "function behind": -1.63,
    "consent": -1.87,
}


@dataclass(frozen=True, slots=True)
class Mention:
    """A person named at `start`-`end`; `phrase` reaches from the role before to the class behind it."""

    start: int
    end: int
    phrase: Span
    role: Role
    name: str  # the first name, folded
    evidence: frozenset[str]

    @property
    def is_author(self) -> bool:
        """Say whether somebody signs or introduces themselves: no reader is shown another by that."""
        alone = "at the end" in self.evidence and bool(self.evidence & {"opens", "title"})
        return (alone or bool(self.evidence & {"sign-off", "introduction"})) and self.role != "pupil"

    @property
    def is_perhaps_a_word(self) -> bool:
        """Say whether it may be no name at all ("Dan gaan we"), or that of somebody in a public function."""
        sure = {"class behind", "role pupil", "role parent", "title"}
        return "public" in self.evidence or (self.evidence >= {"ordinary", "opens"} and not self.evidence & sure)

    @property
    def likely_role(self) -> Role:
        """Return the role, or what the evidence makes likely where no word says it."""
        if self.role != "person":
            return self.role
        if "title" in self.evidence or "function behind" in self.evidence:
            return "colleague"
        return "pupil" if self.evidence & {"class behind", "class near"} else "person"

    def chance(self, sentence: float, post: float) -> float:
        """Return how likely (0 to 1) the name is one that the post should not hold, given the model's two margins."""
        sum_ = _INTERCEPT + _WEIGHTS["sentence"] * sentence + _WEIGHTS["post"] * post
        sum_ += sum(_WEIGHTS[seen] for seen in self.evidence)
        return 1 / (1 + math.exp(-sum_))


@dataclass(frozen=True, slots=True)
class NameWords:
    """The lexicons that names need, folded."""

    first: frozenset[str]
    ordinary: frozenset[str]  # first names that are words too: Roos, Mark, Floor
    never: frozenset[str]  # capitalised words that are no persons: Facebook, Zoetermeer
    roles: Mapping[Role, frozenset[str]]
    titles: frozenset[str]  # juf, meester, mevrouw
    public: frozenset[str]  # minister, schrijver
    sensitive: re.Pattern[str]  # what nobody may read about a recognisable person
    consent: re.Pattern[str]


def mentions(text: str, folded: str, spans: Sequence[Span], words: NameWords) -> list[Mention]:
    """Return the persons named in `text`, in order; `folded` is it in lower case, character for character."""
    consent = words.consent.search(folded) is not None
    written = len(text.rstrip())
    ended = len(text.rstrip(" .!)\n"))
    found: list[Mention] = []
    for span in spans:
        sentence = _Sentence(
            text, folded, span, _tokens(text, span), words, *_seen_in(folded, span, words), written, ended
        )
        number, before = 0, -2
        while number < len(sentence.tokens) and len(found) < _MOST:
            last = sentence.name_from(number)
            if last is None and sentence.goes_on_listing(before, number):
                last = number  # "Mees, Xayden en Noor"
            if last is not None:
                found.append(sentence.mention(number, last, consent))
                before = last
            number = (number if last is None else last) + 1
    return found


def _tokens(text: str, span: Span) -> tuple[Span, ...]:
    return tuple(match.span() for match in _TOKEN.finditer(text, *span))


def _seen_in(folded: str, span: Span, words: NameWords) -> tuple[bool, bool]:
    return _CLASS.search(folded, *span) is not None, words.sensitive.search(folded, *span) is not None


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    folded: str
    span: Span
    tokens: tuple[Span, ...]
    words: NameWords
    class_near: bool
    private: bool
    written: int  # where the last line ends, and where what is no punctuation ends
    ended: int

    def goes_on_listing(self, before: int, number: int) -> bool:
        """Say whether a word with a capital stands in a list behind the name that ends at token `before`."""
        start, end = self.tokens[number]
        joined = number == before + 1 and self.text[self.tokens[before][1] : start] == ", "
        anded = number == before + 2 and self._word(number - 1) in ("en", "and")
        if not (joined or anded) or not self.text[start].isupper() or self.text[start:end].isupper():
            return False
        name = self._name(number)
        return name not in self.words.never and name not in self.words.titles and not _PLACE.search(name)

    def name_from(self, number: int) -> int | None:
        """Return the last token of the name that begins at this token, or None when none begins here."""
        start, end = self.tokens[number]
        name, capital = self._name(number), self.text[start].isupper()
        known = name in self.words.first or name.partition("-")[0] in self.words.first
        if not capital and not known:  # nearly all words
            return None
        capitals = end - start > 1 and self.text[start:end].isupper()
        shouted = capitals and (not known or end - start == len("AB"))
        if name in self.words.never or shouted or _PLACE.search(name):
            return None
        if capital:
            opens = number == 0  # any word has a capital there
            tied = self._class_behind(end) is not None if opens else self._tied(number)
            begins = known or self._titled(number) or tied
        else:  # "sanne uit 6b"
            begins = known and name not in self.words.ordinary and self._tied(number)
        if not begins:
            return None
        last = number
        while (following := self._surname(last)) is not None:
            last = following
        return last

    def mention(self, first: int, last: int, consent: bool) -> Mention:
        start, end = self.tokens[first][0], self.tokens[last][1]
        if end - start == 1 and (further := _INITIALS.match(self.text, end)):  # "J. de V."
            end = further.end()
        elif re.match(r"\s[A-Z]\.", self.text[end : end + 3]):  # "Noor V."
            end += 3
        role, begin = self._role(first)
        behind = self._class_behind(end)
        evidence = set(self._evidence(first, last))
        evidence |= {f"role {role}"} if role != "person" else set()
        evidence |= {"class behind"} if behind else set()
        evidence |= {"consent"} if consent else set()
        return Mention(start, end, (begin, behind or end), role, self._name(first), frozenset(evidence))

    def _word(self, number: int) -> str:
        return self.folded[slice(*self.tokens[number])]

    def _name(self, number: int) -> str:
        word = self._word(number).removesuffix("'s").removesuffix("’s")
        genitive = word.endswith("s") and word not in self.words.first and word[:-1] in self.words.first
        return word[:-1] if genitive else word  # "Sannes tekening"

    def _titled(self, number: int) -> bool:
        return number > 0 and self._word(number - 1) in self.words.titles

    def _tied(self, number: int) -> bool:
        """Say whether a role stands before the word or a class behind it."""
        before = {self._word(n) for n in range(max(0, number - 2), number)}
        tied = any(before & of for of in self.words.roles.values()) or bool(before & self.words.titles)
        return tied or self._class_behind(self.tokens[number][1]) is not None

    def _surname(self, number: int) -> int | None:
        """Return the token of a surname that follows directly, or through "van de"."""
        for following in range(number + 1, min(number + 5, len(self.tokens))):
            between = self.text[self.tokens[following - 1][1] : self.tokens[following][0]]
            if between not in (" ", "-", " '", " ’"):
                return None
            word = self._word(following)
            if self.text[self.tokens[following][0]].isupper():
                return None if word in self.words.never or word in self.words.titles else following
            if word not in _PARTICLES:
                return None
        return None

    def _class_behind(self, end: int) -> int | None:
        """Return where a class ends that belongs to the name before ("uit groep 6", "(3B)", "van 4 havo")."""
        match = _CLASS.search(self.folded, end, end + _BEHIND)
        if match is None or self.folded[end : match.start()].strip(" (,") not in _TIES:
            return None
        if "(" not in self.folded[end : match.start()]:
            return match.end()
        # "(groep 3, die met de staartjes)" does not end with the class
        return match.end() + 1 if self.folded[match.end() : match.end() + 1] == ")" else end

    def _role(self, first: int) -> tuple[Role, int]:
        """Return the role that the words before give ("de moeder van"), and where those words begin."""
        for number in range(first - 1, max(-1, first - 4), -1):
            word = self._word(number)
            for role, known in self.words.roles.items():
                if word in known:
                    return role, self.tokens[number][0]
            if word not in ("van", "of", "mijn", "onze", "our", "my"):
                break
        return "person", self.tokens[first][0]

    def _evidence(self, first: int, last: int) -> Iterator[str]:
        start, end = self.tokens[first][0], self.tokens[last][1]
        before = self.folded[max(0, start - _BEFORE) : start]
        around = (*range(max(0, first - 3), first), *range(last + 1, min(len(self.tokens), last + 5)))
        nearby = {self._word(number) for number in around}
        written = self.written
        line = self.text[max(0, start - 12) : start]
        own_line = end >= written - _LAST_LINE and "\n" in line and not line.rstrip().endswith(":")
        seen = {
            "class near": self.class_near,
            "sensitive": self.private,
            "title": self._titled(first),
            "opens": start == self.span[0],
            "ordinary": self._name(first) in self.words.ordinary,
            "public": bool(nearby & self.words.public),
            "introduction": _INTRODUCTION.search(before) is not None,
            "quoted": self.text[start - 1 : start] in _OPENING_QUOTES,
            "function behind": _FUNCTION_BEHIND.match(self.folded, end) is not None,
            "at the end": end >= self.ended,
            "sign-off": own_line or (end >= written - _LAST_LINE and _SIGN_OFF.search(before) is not None),
        }
        return (name for name, holds in seen.items() if holds)
