"""Where a draft shows who somebody is, or tells about them what nobody may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.drafts import marking
from bot.drafts.mention import Mention
from bot.drafts.model import DraftModel, SentenceScores
from bot.drafts.reading import PERSONAL, Read
from bot.drafts.segments import Span

_NAMED = 0.58  # chance from which a name counts although the model finds no personal data
_NAMED_AND_TOLD = 0.25  # from which it counts where its sentence speaks of health, care, behaviour, marks or family
_NAMED_BESIDE = 0.12  # from which a name counts where the model finds personal data
_NAMED_BESIDE_A_NAME = 0.35  # and from which it counts beside another name or a number
_SURE = 0.60  # chance of personal data from which all that is private counts, whoever it is about
_IDENTIFIED = 0.97  # score of a number that its library knows


def told(read: Read) -> list[int]:
    """Return the sentences that tell something private about somebody who can be known; in order."""
    if read.found(PERSONAL):
        sure = read.scores.chances[PERSONAL] >= _SURE
        return (
            [n for n in read.facts() if read.private[n]]
            if not sure
            else [n for n in range(len(read.spans)) if read.private[n]]
        )
    if not any(_counts_alone(mention, likely) for mention, likely in _others(read)):
        return []
    return [n for n in range(len(read.spans)) if read.private[n] and read.about[n]]


def places(read: Read, model: DraftModel, known: Mapping[str, SentenceScores]) -> dict[Span, float]:
    """Return the numbers, the names and the words that tell about somebody, each with how sure it is."""
    chance, by_model = read.scores.chances[PERSONAL], read.found(PERSONAL)
    found: dict[Span, float] = {(number.start, number.end): _IDENTIFIED for number in read.numbers}
    beside = bool(found) or any(_counts_alone(mention, likely) for mention, likely in _others(read))
    for mention, likely in zip(read.named, read.likely, strict=True):
        least = _NAMED_BESIDE if by_model else _NAMED_BESIDE_A_NAME if beside else _NAMED
        if likely >= (_NAMED if mention.is_perhaps_a_word else least) or _is_told_about(mention, likely):
            found.setdefault((mention.start, mention.phrase[1]), max(likely, chance))
    whole = {marking.trimmed(read.seen.text, read.spans[n]): chance for n in told(read)}
    for n in read.facts() if by_model else ():
        said = read.spans[n]
        part = marking.strongest(read.seen.text, said, PERSONAL, model, known[read.seen.text[slice(*said)]])
        if not any(place[0] < part[1] and part[0] < place[1] for place in (*found, *whole)):
            found[part] = chance
    # a name inside a sentence that is marked whole needs no mark of its own
    apart = {place: score for place, score in found.items() if not any(_inside(place, one) for one in whole)}
    return dict(sorted({**apart, **whole}.items()))


def _others(read: Read) -> Iterator[tuple[Mention, float]]:
    return (
        (mention, likely)
        for mention, likely in zip(read.named, read.likely, strict=True)
        if not mention.is_author and not mention.is_perhaps_a_word
    )


def _counts_alone(mention: Mention, likely: float) -> bool:
    return likely >= _NAMED or _is_told_about(mention, likely)


def _is_told_about(mention: Mention, likely: float) -> bool:
    told_about = "sensitive" in mention.evidence and likely >= _NAMED_AND_TOLD
    return told_about and not mention.is_author and not mention.is_perhaps_a_word


def _inside(place: Span, whole: Span) -> bool:
    return whole[0] <= place[0] and place[1] <= whole[1]
