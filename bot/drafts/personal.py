"""Where a draft shows who somebody is, or tells about them what nobody may read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from bot.drafts import marking
from bot.drafts.model import DraftModel, SentenceScores
from bot.drafts.reading import PERSONAL, Read
from bot.drafts.segments import Span

_NAMED_BESIDE = 0.12  # chance from which a name counts in a draft with personal data
_A_WORD_BESIDE = 0.58  # the same for what may be a word, or the name of a minister
_SURE = 0.60  # chance of personal data from which all that is private counts, whoever it is about
_IDENTIFIED = 0.97  # score of a number that its library knows
_TAG = re.compile(r"#[\w-]{3,60}")
_CLASS_IN_A_TAG = re.compile(
    r"#(?:(?:groep|klas|class|year|kring|unit)_?\d|[1-6]_?(?:vmbo|mavo|havo|vwo|gym)|[1-8][a-h]\b)"
)
_IN_A_TAG = 4  # letters that a name must have to be seen in one


def tags(read: Read) -> list[Span]:
    """Return the hashtags of a draft with personal data that hold a name or a class ("#sannewint", "#groep8b")."""
    if not read.found(PERSONAL):
        return []
    names = {mention.name for mention in read.named if len(mention.name) >= _IN_A_TAG and not mention.is_author}
    found = (tag for tag in _TAG.finditer(read.seen.folded) if _CLASS_IN_A_TAG.match(tag[0]) or _has(tag[0], names))
    return [tag.span() for tag in found]


def told(read: Read) -> list[int]:
    """Return the sentences that tell something private about somebody who can be known; in order."""
    if not read.found(PERSONAL):
        return []
    sure = read.scores.chances[PERSONAL] >= _SURE
    return [n for n in (range(len(read.spans)) if sure else read.facts()) if read.private[n]]


def places(read: Read, model: DraftModel, known: Mapping[str, SentenceScores]) -> dict[Span, float]:
    """Return the numbers, the names and the words that tell about somebody, each with how sure it is."""
    chance = read.scores.chances[PERSONAL]
    found: dict[Span, float] = {(number.start, number.end): _IDENTIFIED for number in read.numbers}
    if not read.found(PERSONAL):
        return found
    for mention, likely in zip(read.named, read.likely, strict=True):
        if likely >= (_A_WORD_BESIDE if mention.is_perhaps_a_word else _NAMED_BESIDE):
            found.setdefault((mention.start, mention.phrase[1]), max(likely, chance))
    found.update(dict.fromkeys(tags(read), chance))
    whole = {marking.trimmed(read.seen.text, read.spans[n]): chance for n in told(read)}
    for n in read.facts():
        said = read.spans[n]
        part = marking.strongest(read.seen.text, said, PERSONAL, model, known[read.seen.text[slice(*said)]])
        if not any(place[0] < part[1] and part[0] < place[1] for place in (*found, *whole)):
            found[part] = chance
    # a name inside a sentence that is marked whole needs no mark of its own
    apart = {place: score for place, score in found.items() if not any(_inside(place, one) for one in whole)}
    return dict(sorted({**apart, **whole}.items()))


def _has(tag: str, names: Collection[str]) -> bool:
    return any(name in tag for name in names)


def _inside(place: Span, whole: Span) -> bool:
    return whole[0] <= place[0] and place[1] <= whole[1]
