"""The sentences of the bot itself, from `texts/nl.ftl` and `texts/en.ftl` (Mozilla Fluent)."""

from __future__ import annotations

from collections.abc import Mapping

from fluent.runtime import FluentBundle
from fluent.syntax import FluentParser, ast

from bot.events import Language


class Texts:
    """All sentences in all languages; frozen after loading."""

    def __init__(self, resources: Mapping[Language, ast.Resource]) -> None:
        self._bundles: dict[Language, FluentBundle] = {}
        for language, resource in resources.items():
            self._bundles[language] = FluentBundle([language], use_isolating=False)
            self._bundles[language].add_resource(resource)

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


def read_sentences(source: str) -> tuple[ast.Resource, set[str], list[str]]:
    """Return a Fluent file's content, the ids in it, and the lines that cannot be read."""
    resource = FluentParser().parse(source)
    ids = {entry.id.name for entry in resource.body if isinstance(entry, ast.Message)}
    junk = [(entry.content or "").strip().splitlines()[0] for entry in resource.body if isinstance(entry, ast.Junk)]
    return resource, ids, junk
