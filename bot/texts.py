"""The sentences of the bot itself, from `texts/nl.ftl` and `texts/en.ftl` (Mozilla Fluent)."""

from __future__ import annotations

from collections.abc import Mapping

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser, ast

from bot.events import Language


class Texts:
    """All sentences in all languages; frozen after loading."""

    def __init__(self, sources: Mapping[Language, str]) -> None:
        self._bundles: dict[Language, FluentBundle] = {}
        for language, source in sources.items():
            bundle = FluentBundle([language], use_isolating=False)
            bundle.add_resource(FluentResource(source))
            self._bundles[language] = bundle

    def say(self, language: Language, sentence: str, **values: str | int) -> str:
        """Return the sentence with this id; raises `LookupError` when it does not exist or a value is missing."""
        bundle = self._bundles[language]
        if not bundle.has_message(sentence):
            raise LookupError(f"texts/{language}.ftl has no sentence '{sentence}'.")
        pattern = bundle.get_message(sentence).value
        if pattern is None:
            raise LookupError(f"texts/{language}.ftl: sentence '{sentence}' is empty.")
        text, errors = bundle.format_pattern(pattern, values)
        if errors:
            raise LookupError(f"texts/{language}.ftl: sentence '{sentence}': {errors[0]}")
        return str(text)


def sentence_ids(source: str) -> tuple[set[str], list[str]]:
    """Return the ids in a Fluent file and the lines that cannot be read."""
    entries = FluentParser().parse(source).body
    ids = {entry.id.name for entry in entries if isinstance(entry, ast.Message)}
    junk = [(entry.content or "").strip().splitlines()[0] for entry in entries if isinstance(entry, ast.Junk)]
    return ids, junk
