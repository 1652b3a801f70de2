"""A draft as a reader sees it: nothing invisible, no look-alike letters, and the way back to the text as given."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import unescape

# Letters of other scripts that look like Latin ones; they count where a word mixes them with Latin letters or digits
_LOOK_ALIKES = str.maketrans(
    "аеорсухіѕјԁһӏАВЕКМНОРСТУХІЅЈαεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxisjdhlABEKMHOPCTYXISJaeikvoptuxABEZHIKMNOPTYX",
)
_SPECIAL = re.compile(
    r"</?(?:p|br|div|li|ul|ol|h[1-6]|b|i|u|em|strong|span|a|img|font|blockquote)\b[^<>]{0,400}>"  # pasted from a page
    r"|&(?:nbsp|amp|lt|gt|quot|#39);"
    r"|[^\x20-\x7e\n\tÀ-ÿ‘’“”–—…]",  # all that is not plainly what it looks like
    re.IGNORECASE,
)
_BLOCK = re.compile(r"</?(?:p|br|div|li|ul|ol|h[1-6]|blockquote)\b", re.IGNORECASE)
_INVISIBLE = frozenset(["\u034f", *map(chr, range(0xFE00, 0xFE10))])  # joiners and variants of category Mn
_WORD, _OTHER_SCRIPT = re.compile(r"\w+"), re.compile(r"[\u0370-\u052f]")  # Greek and Cyrillic
_LONGEST_SHOWN = 4  # characters that one may come apart into; a few stand for whole sentences
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_LATIN = re.compile(r"[A-Za-z0-9À-ÿ]")


@dataclass(frozen=True, slots=True)
class Visible:
    """`text` is what is checked; `origin` holds for each of its characters the place in the draft, and the end.

    `folded` is `text` in lower case and without accents, character for character.
    """

    text: str
    folded: str
    origin: tuple[int, ...]
    accents: frozenset[int] = frozenset()  # places of accents that were written as characters of their own

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the draft as given of `text[start:end]`."""
        if end <= start:
            return self.origin[start], self.origin[start]
        behind = self.origin[end - 1] + 1
        while behind in self.accents:
            behind += 1
        return self.origin[start], behind


def visible(draft: str) -> Visible:
    """Return the draft without what cannot be seen, in plain letters and digits; linear in its length."""
    pieces: list[str] = []
    origin: list[int] = []
    accents: set[int] = set()
    at = 0
    for special in _SPECIAL.finditer(draft):
        place = special.start()
        if letter := _accented(draft[at:place] or "".join(pieces[-1:]), special[0]):
            if at == place:
                pieces[-1] = pieces[-1][:-1] + letter
            else:
                pieces.append(draft[at : place - 1] + letter)
                origin += range(at, place)
            accents.add(place)
            at = special.end()
            continue
        shown = _shown(special[0])
        pieces += [draft[at:place], shown]
        origin += [*range(at, place), *[place] * len(shown)]
        at = special.end()
    origin += range(at, len(draft) + 1)
    text = "".join([*pieces, draft[at:]])
    if _OTHER_SCRIPT.search(text):
        text = _WORD.sub(_without_look_alikes, text)
    return Visible(text, fold_each(text), tuple(origin), frozenset(accents))


def fold_each(text: str) -> str:
    """Return the text in lower case and without accents, as many characters as before."""
    if text.isascii():
        return text.lower()
    return _NOT_ASCII.sub(lambda letter: unicodedata.normalize("NFD", letter[0])[0].lower()[0], text.translate(_LOWER))


def _accented(before: str, accent: str) -> str:
    """Return the letter before with the accent that follows it as a character of its own, where there is such a one."""
    if not before or not unicodedata.combining(accent[0]):
        return ""
    letter = unicodedata.normalize("NFC", before[-1] + accent)
    return letter if len(letter) == 1 else ""


def _shown(special: str) -> str:
    if special[0] == "<":
        return "\n" if _BLOCK.match(special) else ""
    if special[0] == "&":
        return unescape(special).replace("\xa0", " ")
    return _shown_character(special)


def _shown_character(character: str) -> str:
    if character == "\r":
        return "\n"
    kind = unicodedata.category(character)
    if (
        kind in ("Cf", "Cc", "Cs", "Co", "Cn", "Me") or character in _INVISIBLE
    ):  # invisible joiners, direction marks, half characters
        return ""
    if kind == "Nd":  # digits of any script
        return str(unicodedata.decimal(character))
    if kind in ("Zs", "Zl", "Zp"):
        return " " if kind == "Zs" else "\n"
    # full-width, mathematical and circled letters; quotes and dashes stay what they are
    return unicodedata.normalize("NFKC", character)[:_LONGEST_SHOWN] if kind[0] in "LNS" else character


def _without_look_alikes(word: re.Match[str]) -> str:
    said = word[0]
    return said.translate(_LOOK_ALIKES) if _LATIN.search(said) else said
