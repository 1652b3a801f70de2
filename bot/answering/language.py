"""Dutch, English, or neither."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from bot.answering.text import fold, words
from bot.events import Language

_FEWEST_WORDS = 2  # a single word is guessed between Dutch and English, never called another language
_FEW_WORDS = 4  # fewer than these must be unknown for the greater part
_FEWEST_LETTERS = 6  # of another script, before it counts as another language
_KNOWN_SHARE = 0.6  # from here on the words are plainly ours
_FEW_KNOWN_SHARE = 0.4
_SURE = 0.9
_TELLING = 0.95  # difference of the two scores from which the words themselves tell the language
# The languages that parents and colleagues at Dutch schools are likely to write
_ASKED = ["nl", "en", "de", "fr", "es", "it", "pt", "pl", "ro", "tr", "uk", "ru", "ar", "fa", "zh", "bg", "hu", "so"]


def is_other_language(text: str, known: Collection[str], said: Sequence[str] | None = None) -> bool:
    """Say whether `text` is surely neither Dutch nor English.

    `known` are the words of the examples; `said` the folded words of `text`, where the caller has them already.
    """
    if not text.isascii():
        letters = [c for c in text if c.isalpha()]
        latin = [c for c in letters if c.isascii() or c in "àáâäçèéêëìíîïñòóôöùúûüĳ"]
        if len(letters) >= _FEWEST_LETTERS and len(latin) < len(letters) / 2:
            return True
    said = words(fold(text)) if said is None else said
    if len(said) < _FEWEST_WORDS:
        return False
    limit = _FEW_KNOWN_SHARE if len(said) < _FEW_WORDS else _KNOWN_SHARE
    if sum(word in known for word in said) / len(said) >= limit:
        return False
    found, sureness = _identifier().classify(text)
    return found not in ("nl", "en", "af") and sureness >= _SURE


def dutch_or_english(scores: dict[str, float], usual: Language | None) -> Language:
    """Return the likelier of the two; the asker's usual one when the words tell little ("LinkedIn?")."""
    lead = scores["en"] - scores["nl"]
    if usual and abs(lead) < _TELLING:
        return usual
    return "en" if lead > 0 else "nl"


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 (rarely needed, slow to load)

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_ASKED)
    return identifier
