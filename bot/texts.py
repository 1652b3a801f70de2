"""The sentences of the bot itself, from `texts/nl.ftl` and `texts/en.ftl` (Mozilla Fluent)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fluent.runtime import FluentBundle
from fluent.syntax import FluentParser, FluentSerializer, ast, visitor

from bot.events import Language


class Texts:
    """All sentences in all languages; frozen after loading."""

    def __init__(self, resources: Mapping[Language, ast.Resource]) -> None:
        self._resources = dict(resources)
        self._bundles: dict[Language, FluentBundle] = {}
        for language, resource in resources.items():
            self._bundles[language] = FluentBundle([language], use_isolating=False)
            self._bundles[language].add_resource(resource)

    def __reduce__(self) -> tuple[type[Texts], tuple[Mapping[Language, ast.Resource]]]:
        return Texts, (self._resources,)  # a cache keeps what was parsed; the library's bundles cannot be kept

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

    def sources(self) -> Iterator[tuple[str, str]]:
        """Return each sentence of each language as it stands in its file, with its id."""
        for resource in self._resources.values():
            for entry in resource.body:
                if isinstance(entry, ast.Message):
                    yield entry.id.name, FluentSerializer().serialize_entry(entry)


@dataclass(frozen=True, slots=True)
class Sentences:
    """What stands in one Fluent file: the values that each sentence holds, and the lines that cannot be read."""

    resource: ast.Resource
    values: Mapping[str, frozenset[str]]
    unreadable: tuple[str, ...]


def read_sentences(source: str) -> Sentences:
    """Return what a Fluent file holds."""
    resource = FluentParser().parse(source)
    values = {entry.id.name: _values(entry) for entry in resource.body if isinstance(entry, ast.Message)}
    junk = [(entry.content or "").strip().splitlines()[0] for entry in resource.body if isinstance(entry, ast.Junk)]
    return Sentences(resource, values, tuple(junk))


def _values(message: ast.Message) -> frozenset[str]:
    found: set[str] = set()

    class Visitor(visitor.Visitor):
        def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 (the library's name)
            found.add(node.id.name)

    Visitor().visit(message)
    return frozenset(found)
