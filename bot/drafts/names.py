"""Who is named in a post, and what speaks for and against its being a pupil, parent or colleague of the school."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.drafts.mention import Mention, NameWords
from bot.drafts.segments import Span
from bot.knowledge.draft_values import Role

_TOKEN = re.compile(r"(?<!\w)[^\W\d_](?:[\w’'-]{0,40}[^\W_])?")
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
_NEGATED = re.compile(r"\b(?:zonder|geen|niet|no|without|not)\s(?:\w+\s)?$")
_CAPITAL = re.compile(r"[A-ZÀ-Þ][a-zà-ÿ]")
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
_INITIAL_BEHIND = re.compile(r"\s(?:v\.?d\.?\s)?[A-Z]\.")
_PLACE = re.compile(
    r".(?:straat|laan|weg|plein|hof|pad|kade|gracht|dijk|singel|school|college|lyceum|park|street|road)$"
    r"|^(?:lane|avenue|street|road|square|school|college|lyceum|academy|park|plein)$"
)
_TIES_OF_NAMES = frozenset(("uit", "van", "from", "of", "uit de", "uit onze", "uit mijn", "from the", "from my"))
_TIES = _TIES_OF_NAMES | {"", "in", "van de", "in the"}  # these stand behind other words too ("Heel groep 5")
_JOINED = re.compile(r"\s*(?:\([^()\n]{1,12}\))?\s*(?:,|,?\s*\b(?:en|and)\b|&|\+|/|·|\n[-•*]?)\s*(?:\b(?:en|and)\s)?")
_DIMINUTIVE = re.compile(r"(?:je|tje|ie|y|i|s)$")
_NICKNAME = 3  # letters that it shares with the name
_MOST = 300  # names that are looked at
_BEFORE, _BEHIND, _LAST_LINE = 32, 28, 40  # characters that are looked at for evidence


def consents(folded: str, words: NameWords) -> bool:
    """Say whether a folded text says that somebody agreed."""
    return any(
        not _NEGATED.search(folded[max(0, said.start() - _BEFORE) : said.start()])
        for said in words.consent.finditer(folded)
    )


def mentions(
    text: str, folded: str, spans: Sequence[Span], private: Sequence[bool], words: NameWords, *, consent: bool
) -> list[Mention]:
    """Return the persons named in `text`, in order; `folded` is it in lower case, character for character.

    `private` says of each sentence whether it holds sensitive words, `consent` of the text whether somebody agreed.
    """
    post = _Post(
        text, folded, words, consent, len(text.rstrip()), len(text.rstrip(" .!)\n")), not _CAPITAL.search(text)
    )
    found: list[Mention] = []
    for span, told in zip(spans, private, strict=True):
        tokens = tuple([match.span() for match in _TOKEN.finditer(text, *span)])
        said = tuple([folded[start:end] for start, end in tokens])
        sentence = _Sentence(post, span, tokens, said, told, frozenset(one.name for one in found))
        named = list(sentence.names())[: _MOST - len(found)]
        class_near = bool(named) and _CLASS.search(folded, *span) is not None
        found += [sentence.mention(first, last, class_near=class_near) for first, last in named]
    return _together(text, found, bool(found) and _CLASS.search(folded) is not None)


def _together(text: str, found: Sequence[Mention], class_anywhere: bool) -> list[Mention]:
    """Return the mentions with what only all of them together show: names in a list, in a post about a class."""
    if not class_anywhere:
        return list(found)
    joined = [_JOINED.fullmatch(text, one.phrase[1], other.start) is not None for one, other in pairwise(found)]
    listed = [before or behind for before, behind in zip([False, *joined], [*joined, False], strict=True)]
    return [
        replace(one, evidence=one.evidence | {"listed"}) if is_listed and "class near" not in one.evidence else one
        for one, is_listed in zip(found, listed, strict=False)
    ]


@dataclass(frozen=True, slots=True)
class _Post:
    text: str
    folded: str
    words: NameWords
    consent: bool
    written: int  # where the last line ends, and where what is no punctuation ends
    ended: int
    uncased: bool  # it is written without capitals


@dataclass(frozen=True, slots=True)
class _Sentence:
    post: _Post
    span: Span
    tokens: tuple[Span, ...]
    said: tuple[str, ...]  # the tokens, folded
    private: bool
    before: frozenset[str]  # names in the sentences before

    def names(self) -> Iterator[tuple[int, int]]:
        """Yield the first and the last token of each name."""
        text, known = self.post.text, self.post.words.first
        before = -2
        for number, ((start, _), word) in enumerate(zip(self.tokens, self.said, strict=True)):
            # nearly all words have no capital and are no name, nor its genitive
            if number <= before or not (text[start].isupper() or word in known or word[-1] == "s"):
                continue
            last = self.name_from(number)
            if last is None and self.goes_on_listing(before, number):
                last = number  # "Mees, Xayden en Noor"
            if last is not None:
                yield number, last
                before = last

    def goes_on_listing(self, before: int, number: int) -> bool:
        """Say whether a word with a capital stands in a list behind the name that ends at token `before`."""
        start, end = self.tokens[number]
        if before < number - 2 or before < 0:
            return False
        joined = number == before + 1 and self.post.text[self.tokens[before][1] : start] in (", ", " & ", "/", " + ")
        anded = number == before + 2 and self._word(number - 1) in ("en", "and")
        if not (joined or anded) or self.post.text[start:end].isupper():
            return False
        if not self.post.text[start].isupper():  # "oom murat neemt defne en ilayda mee"
            return self._name(number) in self.post.words.first - self.post.words.ordinary
        name = self._name(number)
        return name not in self.post.words.never and name not in self.post.words.titles and not _PLACE.search(name)

    def name_from(self, number: int) -> int | None:
        """Return the last token of the name that begins at this token, or None when none begins here."""
        start, end = self.tokens[number]
        capital = self.post.text[start].isupper()
        name = self._name(number)
        known = self._is_known(name)
        if not capital and not known:
            return None
        capitals = end - start > 1 and self.post.text[start:end].isupper()
        shouted = capitals and (not known or end - start == len("AB"))
        if name in self.post.words.never or shouted or _PLACE.search(name):
            return None
        if capital:
            opens = number == 0  # any word has a capital there
            tied = self._class_behind(end, _TIES_OF_NAMES) is not None if opens else self._tied(number)
            initialled = not opens and _INITIAL_BEHIND.match(self.post.text, end) is not None
            begins = known or tied or initialled or self._titled(number) or self._is_nickname(name)
        else:  # "sanne uit 6b"
            begins = known and name not in self.post.words.ordinary and (self.post.uncased or self._tied(number))
        if not begins:
            return None
        last = number
        while (following := self._surname(last)) is not None:
            last = following
        return None if last > number and _PLACE.search(self._word(last)) else last  # "Rosa Parks Lane"

    def mention(self, first: int, last: int, *, class_near: bool) -> Mention:
        start, end = self.tokens[first][0], self.tokens[last][1]
        if end - start == 1 and (further := _INITIALS.match(self.post.text, end)):  # "J. de V."
            end = further.end()
        elif initial := _INITIAL_BEHIND.match(self.post.text, end):  # "Noor V."
            end = initial.end()
        role, begin = self._role(first)
        behind = self._class_behind(end)
        evidence = set(self._evidence(first, last))
        evidence |= {f"role {role}"} if role != "person" else set()
        evidence |= {"class behind"} if behind else set()
        evidence |= {"consent"} if self.post.consent else set()
        evidence |= {"class near"} if class_near else set()
        return Mention(start, end, (begin, behind or end), role, self._name(first), frozenset(evidence))

    def _word(self, number: int) -> str:
        return self.said[number]

    def _is_known(self, name: str) -> bool:
        return name in self.post.words.first or name.partition("-")[0] in self.post.words.first

    def _is_nickname(self, name: str) -> bool:
        """Say whether it is short for a name in the sentences before: "Bea" for Beatrix, "Desje" for Destiny."""
        core = _DIMINUTIVE.sub("", name) if len(name) > _NICKNAME else name
        return len(core) >= _NICKNAME and any(
            one.startswith((name, core)) and one != name for one in self.before if len(one) > len(core)
        )

    def _name(self, number: int) -> str:
        word = self._word(number).removesuffix("'s").removesuffix("’s")
        genitive = word.endswith("s") and word not in self.post.words.first and word[:-1] in self.post.words.first
        return word[:-1] if genitive else word  # "Sannes tekening"

    def _titled(self, number: int) -> bool:
        return number > 0 and self._word(number - 1) in self.post.words.titles

    def _tied(self, number: int) -> bool:
        """Say whether a role stands before the word or a class behind it."""
        before = {self._word(n) for n in range(max(0, number - 2), number)}
        tied = any(before & of for of in self.post.words.roles.values()) or bool(before & self.post.words.titles)
        start, end = self.tokens[number]
        initials = _INITIALS.match(self.post.text, end) if end - start == 1 else None  # "M.R. from 5C"
        return tied or self._class_behind(initials.end() if initials else end) is not None

    def _surname(self, number: int) -> int | None:
        """Return the token of a surname that follows directly, or through "van de"."""
        for following in range(number + 1, min(number + 5, len(self.tokens))):
            between = self.post.text[self.tokens[following - 1][1] : self.tokens[following][0]]
            if between not in (" ", "-", " '", " ’"):
                return None
            word = self._word(following)
            if self.post.text[self.tokens[following][0]].isupper():
                return None if word in self.post.words.never or word in self.post.words.titles else following
            if word not in _PARTICLES:
                return None
        return None

    def _class_behind(self, end: int, ties: Collection[str] = _TIES) -> int | None:
        """Return where a class ends that belongs to the name before ("uit groep 6", "(3B)", "van 4 havo")."""
        match = _CLASS.search(self.post.folded, end, end + _BEHIND)
        if match is None or self.post.folded[end : match.start()].strip(" (,") not in ties:
            return None
        if "(" not in self.post.folded[end : match.start()]:
            return match.end()
        # "(groep 3, die met de staartjes)" does not end with the class
        return match.end() + 1 if self.post.folded[match.end() : match.end() + 1] == ")" else end

    def _role(self, first: int) -> tuple[Role, int]:
        """Return the role that the words before give ("de moeder van"), and where those words begin."""
        for number in range(first - 1, max(-1, first - 4), -1):
            word = self._word(number)
            for role, known in self.post.words.roles.items():
                if word in known:
                    return role, self.tokens[number][0]
            if word not in ("van", "of", "mijn", "onze", "our", "my"):
                break
        return "person", self.tokens[first][0]

    def _evidence(self, first: int, last: int) -> Iterator[str]:
        start, end = self.tokens[first][0], self.tokens[last][1]
        before = self.post.folded[max(0, start - _BEFORE) : start]
        name = self._name(first)
        around = (*range(max(0, first - 3), first), *range(last + 1, min(len(self.tokens), last + 5)))
        nearby = {self._word(number) for number in around}
        written = self.post.written
        line = self.post.text[max(0, start - 12) : start]
        own_line = end >= written - _LAST_LINE and "\n" in line and not line.rstrip().endswith(":")
        seen = {
            "sensitive": self.private,
            "title": self._titled(first),
            "opens": start == self.span[0],
            "ordinary": name in self.post.words.ordinary,
            "famous": self.post.folded[start:end].removesuffix("s") in self.post.words.famous
            or self.post.folded[start:end] in self.post.words.famous,
            "public": bool(nearby & self.post.words.public),
            "introduction": _INTRODUCTION.search(before) is not None,
            "quoted": self.post.text[start - 1 : start] in _OPENING_QUOTES,
            "function behind": _FUNCTION_BEHIND.match(self.post.folded, end) is not None,
            "at the end": end >= self.post.ended,
            "sign-off": own_line or (end >= written - _LAST_LINE and _SIGN_OFF.search(before) is not None),
        }
        return (name for name, holds in seen.items() if holds)
