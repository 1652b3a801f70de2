"""Numbers and addresses that point to one person. Each with the library made for it; context decides the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType
from stdnum import iban
from stdnum.nl import bsn

Kind = Literal["bsn", "phone", "e-mail", "iban", "birth-date", "address", "handle", "plate"]

# What may not be seen by others at any price: a post with one of these waits for a person
GRAVE: frozenset[Kind] = frozenset({"bsn", "birth-date", "address"})

_NEAR = 60  # characters on either side in which a word gives a number its meaning
_BESIDE = 40
_IN_THE_PARAGRAPH = 160
_BSN = re.compile(r"(?<![\w.-])\d(?:[ .-]?\d){8}(?![\w-])")
_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@((?:[\w-]{1,63}\.){1,5}[a-zA-Z]{2,15})(?!\w)")
_TELLING = re.compile(r"\d|@|\b(?:[Ww]oon|[Ww]on|[Ll]ive)")
_SHORTEST_PHONE = re.compile(r"\d(?:\D{0,3}\d){8}")  # nine digits near each other
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}(?!\w)", re.IGNORECASE)
_MONTH = (
    r"(?:jan(?:uari|uary)?|feb(?:ruari|ruary)?|maart|mrt|march|apr(?:il)?|mei|may|juni?|june|juli?|july|aug(?:ustus|ust)?"
    r"|sept?(?:ember)?|okt(?:ober)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = re.compile(
    rf"(?<!\d)(?:\d{{1,2}}[-/. ]\d{{1,2}}[-/. ](?:19|20)?\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}\.? (?:19|20)\d{{2}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d{{2}})(?!\d)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19[5-9]|20[0-2])\d(?!\d)")
_NAME_BEFORE = re.compile(r"[A-ZÀ-Þ]\w+ (?:[a-z]{2,4} ){0,2}[A-ZÀ-Þ]\w+[,( ]{1,3}$")  # first and last name
_STREET = re.compile(
    r"(?<!\w)[A-ZÀ-Þ][\w'’-]{0,30}?(?:straat|laan|weg|plein|hof|pad|kade|gracht|dijk|singel|dreef|steeg|ring|plantsoen|park"
    r"|erf|veld|horst|akker|burg|wal)(?:straat|weg)? \d{1,4}(?:[ -]?[a-zA-Z]\b|-\d{1,3})?"
    r"|(?<!\w)\d{1,4} [A-Z][\w'’-]{0,30} (?:Street|Road|Lane|Avenue|Drive|Close|Way)\b"
)
_ENDS_OF_STREETS = (
    *("straat", "laan", "weg", "plein", "hof", "pad", "kade", "gracht", "dijk", "singel", "dreef", "steeg", "ring"),
    *("plantsoen", "park", "erf", "veld", "horst", "akker", "burg", "wal"),
    *("Street", "Road", "Lane", "Avenue", "Drive", "Close", "Way"),
)
_STREET_NAME = (
    r"[A-ZÀ-Þ][\w'’-]{0,30}?(?:straat|laan|weg|plein|hof|pad|kade|gracht|dijk|singel|dreef|steeg|plantsoen)\b(?!\s?\d)"
)
_WHERE = re.compile(  # a street without a number behind it, where words say that somebody lives there
    rf"\b(?i:woont|wonen|woonde|woon|verhuisd|lives|live)\b[^.!?\n]{{0,30}}?(?<!\w)"
    rf"({_STREET_NAME}(?:,? (?:nummer|nr\.?) \d{{1,4}})?)"
    rf"|(?<!\w)((?i:nummer|nr\.?|number) \d{{1,4}},? (?:(?i:aan|in|op|van|on|of) )?(?:(?i:de|het|the) )?{_STREET_NAME})"
    rf"|(?<!\w)({_STREET_NAME},? (?:nummer|nr\.?) \d{{1,4}})"
)
_MOBILE = re.compile(r"(?<![\w+.-])(?:\+31[ -]?|0031[ -]?|0)6(?:[ .-]{0,2}\d){8}(?![\w-])")
_TURNS = re.compile(
    rf"\b(?:wordt|werd|turns|turned) \d{{1,2}} (?:op|on) (?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|{_MONTH} \d{{1,2}})\b",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"(?<!\w)[1-9]\d{3} ?[A-Z]{2}(?!\w)")
_PLATE = re.compile(r"(?<![\w-])(?=[\dA-Z-]*\d)(?=[\dA-Z-]*[A-Z])[A-Z\d]{1,3}-[A-Z\d]{2,3}-[A-Z\d]{1,3}(?![\w-])")
_HANDLE = re.compile(r"(?<![\w@.])@[\w.]{3,30}\b")


@dataclass(frozen=True, slots=True)
class Identifier:
    """Something in a text that points to one person."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The words that give numbers their meaning, folded, by their name in the lexicon; and what is our own."""

    words: Mapping[str, tuple[str, ...]]
    own: Collection[str]  # domains, numbers in E.164, streets, postcodes and IBANs of the organisation, folded

    def near(self, name: str, folded: str, start: int, end: int, reach: int = _NEAR) -> bool:
        """Say whether one of the words stands within `reach` characters."""
        around = folded[max(0, start - reach) : end + reach]
        return any(word in around for word in self.words[name])


Find = Callable[[str, str, Surroundings], Iterator[Identifier]]


def identifiers(text: str, folded: str, surroundings: Surroundings) -> list[Identifier]:
    """Return what points to one person, in order; `folded` is the text in lower case, character for character."""
    if _TELLING.search(text) is None:
        return []
    found = sorted((i for find in _FINDERS for i in find(text, folded, surroundings)), key=lambda i: (i.start, -i.end))
    kept: list[Identifier] = []
    for identifier in found:  # a citizen service number can look like a telephone number
        if not kept or identifier.start >= kept[-1].end:
            kept.append(identifier)
    return kept


def _bsns(text: str, folded: str, around: Surroundings) -> Iterator[Identifier]:
    # one in eleven random numbers passes the check, so a word must say what it is
    for match in _BSN.finditer(text):
        if bsn.is_valid(match[0]) and around.near("bsn", folded, *match.span()):
            yield Identifier("bsn", *match.span())


def _phones(text: str, folded: str, around: Surroundings) -> Iterator[Identifier]:
    if _SHORTEST_PHONE.search(text) is None:  # the matcher takes its time
        return
    # a number that was never given out may be mistyped, and reads as somebody's all the same
    for given in _MOBILE.finditer(text):
        number = "+31" + "".join(filter(str.isdigit, given[0]))[-len("612345678") :]
        if number not in around.own and around.near("private", folded, *given.span()):
            yield Identifier("phone", *given.span())
    for match in PhoneNumberMatcher(text, "NL", leniency=Leniency.VALID, max_tries=100):
        kind = phonenumbers.number_type(match.number)
        if phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164) in around.own:
            continue
        mobile = kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.PERSONAL_NUMBER)
        private = around.near("private", folded, match.start, match.end)
        of_school = around.near("office", folded, match.start, match.end, _BESIDE)
        if (mobile and (private or not of_school)) or (
            kind == PhoneNumberType.FIXED_LINE and private and not of_school
        ):
            yield Identifier("phone", match.start, match.end)


def _emails(text: str, _: str, around: Surroundings) -> Iterator[Identifier]:
    for match in _EMAIL.finditer(text):
        local, domain = match[1].lower(), match[2].lower()
        private = any(domain == known or domain.endswith(f".{known}") for known in around.words["mail-providers"])
        ours = any(domain == known or domain.endswith(f".{known}") for known in around.own)
        if private and not ours and not any(word in local for word in around.words["shared-mailboxes"]):
            yield Identifier("e-mail", *match.span())


def _ibans(text: str, folded: str, around: Surroundings) -> Iterator[Identifier]:
    for match in _IBAN.finditer(text):
        number = iban.compact(match[0].upper())
        if not iban.is_valid(number) or number.lower() in around.own:
            continue
        raises_funds = around.near("fund-raiser", folded, *match.span(), _IN_THE_PARAGRAPH)
        if not raises_funds or around.near("private", folded, *match.span()):
            yield Identifier("iban", *match.span())


def _birth_dates(text: str, folded: str, around: Surroundings) -> Iterator[Identifier]:
    for match in _DATE.finditer(text) if _YEAR.search(text) else ():
        behind_name = _NAME_BEFORE.search(text, max(0, match.start() - _BESIDE), match.start())
        recent = _YEAR.search(match[0])
        if recent and (behind_name or around.near("born", folded, match.start(), match.start(), _BESIDE)):
            yield Identifier("birth-date", *match.span())
    for match in _TURNS.finditer(text):
        yield Identifier("birth-date", *match.span())


def _addresses(text: str, folded: str, around: Surroundings) -> Iterator[Identifier]:
    if not any(end in text for end in _ENDS_OF_STREETS):  # the patterns take their time
        return
    for where in _WHERE.finditer(text):
        start, end = where.span(where.lastindex or 0)
        if not any(folded[start:end].startswith(street) for street in around.own) and (
            where[1] or around.near("lives", folded, start, end, 80)
        ):
            yield Identifier("address", start, end)
    for match in _STREET.finditer(text):
        if folded[slice(*match.span())] in around.own:
            continue
        if around.near("lives", folded, *match.span(), 80) and not around.near(
            "office", folded, *match.span(), _BESIDE
        ):
            postcode = _POSTCODE.match(text, min(len(text), match.end() + 2))
            yield Identifier("address", match.start(), postcode.end() if postcode else match.end())


def _handles(text: str, folded: str, around: Surroundings) -> Iterator[Identifier]:
    for match in _HANDLE.finditer(text):
        if around.near("pupil", folded, *match.span()):
            yield Identifier("handle", *match.span())


def _plates(text: str, folded: str, around: Surroundings) -> Iterator[Identifier]:
    for match in _PLATE.finditer(text):
        if around.near("plate", folded, *match.span(), _BESIDE):
            yield Identifier("plate", *match.span())


_FINDERS: tuple[Find, ...] = (_bsns, _phones, _emails, _ibans, _birth_dates, _addresses, _handles, _plates)
