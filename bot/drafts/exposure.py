"""What would show a person to everybody who reads: every name, title and address, however fine a post may find it.

Wider than a check of a draft on purpose: what is refused or replaced by mistake costs a word, a name costs somebody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.drafts.mention import Mention, NameWords
from bot.drafts.reading import Read
from bot.drafts.segments import Span
from bot.drafts.visible import Visible, fold_each

_CAPITALISED = r"[A-ZÀ-Þ][^\W\d_]*(?:[-'’][^\W\d_]+)*"
_PARTICLES = r"(?:(?:van|de|den|der|het|ten|ter|te|el|al|la|le|du|da|dos|di)\s){1,3}"
_EMAIL = re.compile(r"(?<![\w.+-])([\w.+'-]{1,64})@((?:[\w-]{1,63}\.){0,5}[\w-]{2,63})(?!\w)")
_HANDLE = re.compile(r"(?<![\w@.+-])@[\w.]{2,60}\b")
# the short forms may have a full stop; behind another word that ends a sentence
_TITLED = re.compile(
    r"\b(?P<title>(?:mr|mrs|ms|dhr|mw|mevr|fam)\.?|miss|mister|juf|juffrouw|meester|mevrouw|meneer|mijnheer|familie)\s"
    rf"(?P<particles>{_PARTICLES})?(?P<name>[^\W\d_]+(?:[-'’][^\W\d_]+)*)",
    re.IGNORECASE,
)
_APPOSED = re.compile(  # "Bakker, de vader van …"
    rf"(?<!\w)(?P<name>{_CAPITALISED}),\s(?:de|het|een|onze|mijn|zijn|haar|the|a|an|our|my|his|her)\s(?P<role>\w+)"
)
_DOES = re.compile(  # what people alone do
    rf"(?<!\w)(?P<name>{_CAPITALISED})\s(?:wil|wilde|zegt|zei|vindt|vond|vraagt|vroeg|denkt|huilt|lacht|mailt|belt|appt"
    r"|wants|wanted|says|said|thinks|thought|asks|asked|cries|cried)\b"
)
_SUBJECTS = (
    r"(?:foto|foto['’]s|filmpje|film|video|plaatje|naam|moeder|vader|ouders|tekening|werk|verjaardag|account|photo|photos"
    r"|picture|pictures|clip|name|mother|father|parents|drawing|birthday)"
)
_OF = re.compile(rf"\b(?i:{_SUBJECTS}\s(?:van|of))\s(?P<name>{_CAPITALISED})")
_OWNS = re.compile(rf"(?<!\w)(?P<name>[A-ZÀ-Þ][^\W\d_]+s|[A-ZÀ-Þ][^\W\d_]+(?=['’]s))(?:['’]s)?\s{_SUBJECTS}\b")
_ASKED = re.compile(
    r"\b(?i:vraag|overleg|mail|bel|app|praat|spreek|ask|call|email|tell|contact)\s(?:[a-z]+\s){0,3}"
    rf"(?P<name>{_CAPITALISED})"
)
_TWO = re.compile(rf"(?<!\w)(?P<name>{_CAPITALISED}\s{_CAPITALISED})(?!\w)")
_SHORTEST_PART = 3  # letters of a word that is put together ("schoolfotograaf")
# First names that open a sentence as another word: there they name somebody only with more evidence
_OPENING_WORDS = (
    "april august autumn ben bent beer blue brand can dan deen dien dik door elke else guy ha has hoop june kent "
    "king lente lies long lot made may mega mei min nine om page per ping said skip son star summer tien tip toon "
    "wil will winter"
)
# Surnames that are words too, so that the words of questions do not tell them apart
_SURNAMES = (
    "bakker berg beek berkel bos bosch brink broek brouwer dekker dijk dijkstra gerritsen hendriks heuvel hoekstra "
    "horst jacobs jansen janssen kok koning kuiper kuipers meijer meyer mulder peters pietersen postma prins ruiter "
    "schouten smit smits smith velden ven vermeer verhoeven visser vos willems zanden"
)
_BEHIND_PARTICLES = (
    "boer bruin dam graaf groot haan jong jonge laan lange leeuw pol veen vries wal wit witte"  # "de Wit"
)
_IS_SURNAME, _OPENS = frozenset(_SURNAMES.split()), frozenset(_OPENING_WORDS.split())
_IS_BEHIND_PARTICLES = frozenset(_BEHIND_PARTICLES.split())


@dataclass(frozen=True, slots=True)
class Exposure:
    """The words that tell. `known` are the words of questions and posts, `own` is what belongs to the organisation.

    All are folded.
    """

    names: NameWords
    mailboxes: Collection[str]  # what an address of many is called: info, administratie
    known: Collection[str]
    own: frozenset[str]

    def names_somebody(self, mention: Mention) -> bool:
        """Say whether a mention names a person, who signs and who opens a sentence included."""
        if not mention.is_perhaps_a_word:
            return True
        sure = mention.evidence.isdisjoint({"public", "famous"})
        return sure and mention.name not in _OPENS

    def addresses(self, seen: Visible) -> Iterator[Span]:
        """Yield the places of e-mail addresses and of names on a platform that are not the organisation's own."""
        for match in _EMAIL.finditer(seen.text):
            if not self._is_own_address(match[1].lower(), match[2].lower()):
                yield match.span()
        for match in _HANDLE.finditer(seen.text):
            if match[0].lower() not in self.own:
                yield match.span()

    def persons(self, read: Read) -> Iterator[Span]:
        """Yield the places of what only stands as a name: behind a title, or where a person must stand."""
        text = read.seen.text
        for match in _TITLED.finditer(text):
            if self._is_titled(match):
                yield match.span()
        for match in _APPOSED.finditer(text):
            if self._has_role(fold_each(match["role"])) and self._is_apposed(match, read):
                yield match.span("name")
        for pattern in (_DOES, _OF, _OWNS, _ASKED, _TWO):
            for match in pattern.finditer(text):
                if all(self._is_unheard_of(word) for word in match["name"].split()):
                    yield match.span("name")

    def _is_own_address(self, local: str, domain: str) -> bool:
        if f"{local}@{domain}" in self.own:
            return True
        ours = any(domain == known or domain.endswith(f".{known}") for known in self.own if "." in known)
        return ours and all(word in self.mailboxes for word in re.split(r"[^a-z]+", local) if word)

    def _is_titled(self, match: re.Match[str]) -> bool:
        """Say whether what stands behind a title is a name: "meneer pietersen", not "de juf wil"."""
        name, title = match["name"], match["title"]
        folded = fold_each(name)
        if title.isupper() and len(title) == len("MR") and not name[0].isupper():
            return False  # the participation council
        if folded in self.names.never or folded in self.own or self._has_role(folded):
            return False
        if name[0].isupper():
            if match["particles"]:  # "mevrouw van RTV" is nobody's name
                return not name.isupper()
            return folded not in _OPENS
        if match["particles"] and folded in _IS_BEHIND_PARTICLES:
            return True
        if folded in _IS_SURNAME or (folded in self.names.first and folded not in _OPENS):
            return True
        return self._is_unheard_of(name)

    def _is_apposed(self, match: re.Match[str], read: Read) -> bool:
        folded = fold_each(match["name"])
        if folded in self.names.never or folded in self.own or self._has_role(folded):
            return False
        opens = any(start == match.start() for start, _ in read.spans)
        return folded in _IS_SURNAME or not opens or self._is_unheard_of(match["name"])

    def _has_role(self, folded: str) -> bool:
        return folded in self.names.titles or any(folded in words for words in self.names.roles.values())

    def _is_unheard_of(self, word: str) -> bool:
        """Say whether a word and what it is put together of occur nowhere: likely a name, where one can stand."""
        folded = fold_each(word)
        parts = folded.split("-")  # "QR-code"
        if word.isupper() or any(part in self.names.never or self._is_known(part) for part in (folded, *parts)):
            return False
        if folded in self.own:
            return False
        middles = range(_SHORTEST_PART, len(folded) - _SHORTEST_PART + 1)
        return not any(self._is_known(folded[:at]) and self._is_known(folded[at:]) for at in middles)

    def _is_known(self, folded: str) -> bool:
        return folded in self.known or (folded.endswith("s") and folded[:-1] in self.known)
