"""The sentences of the bot itself, from `texts/nl.ftl` and `texts/en.ftl` (Mozilla Fluent)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fluent.runtime import FluentBundle
from fluent.syntax import FluentParser, ast, visitor

from bot.events import Language

_WITH_VALUES: Mapping[str, frozenset[str]] = {
    "original-heading": frozenset({"name"}),
    "handoff-closest": frozenset({"name"}),
    "communications-heading": frozenset({"name"}),
    "communications-address": frozenset({"address"}),
    "footer": frozenset({"document", "version"}),
    "version": frozenset({"fingerprint"}),
    "version-dated": frozenset({"date", "fingerprint"}),
    "not-a-section": frozenset({"name"}),
    "not-a-section-range": frozenset({"count"}),
    "too-long": frozenset({"length", "limit"}),
    "page-link": frozenset({"name"}),
    "draft-too-long": frozenset({"length", "limit"}),
    "review-left-out": frozenset({"count"}),
}
_PLAIN = [
    "greeting",
    "greeting-explained",
    "starter-photo",
    "starter-friend",
    "starter-derail",
    "starter-wrong",
    "unsure",
    "unsure-scope",
    "did-you-mean",
    "none-of-these",
    "none-of-these-heading",
    "none-of-these-advice",
    "unofficial",
    "original",
    "doubt-advice",
    "handoff-heading",
    "handoff-advice",
    "ask-manager",
    "ask-communications",
    "manager-heading",
    "manager-explained",
    "communications-explained",
    "no-address",
    "helped",
    "yes",
    "no",
    "rated-yes",
    "rated-no",
    "out-of-scope-heading",
    "out-of-scope",
    "overview-heading",
    "overview-advice",
    "nothing-said",
    "nothing-said-advice",
    "too-long-advice",
    "other-language",
    "other-language-advice",
    "something-wrong",
    "something-wrong-advice",
    "page-title",
    "page-lead",
    "page-input",
    "page-placeholder",
    "page-send",
    "page-you",
    "page-bot",
    "page-protocol",
    "page-chat",
    "page-new",
    "page-other-language",
    "page-waiting",
    "page-offline",
    "page-too-fast",
    "page-skip",
    "page-skip-text",
    "page-conversation",
    "page-contents",
    "page-no-script",
    "page-privacy",
    "page-not-found",
    "page-plainly",
    "check-button",
    "check-label",
    "check-explained",
    "check-submit",
    "check-how",
    "perhaps-draft",
    "perhaps-draft-explained",
    "perhaps-draft-yes",
    "perhaps-draft-no",
    "draft-in-public",
    "draft-in-public-advice",
    "draft-forgotten",
    "draft-forgotten-advice",
    "draft-nothing-written",
    "draft-nothing-written-advice",
    "draft-only-link",
    "draft-only-link-advice",
    "draft-too-long-advice",
    "review-stop",
    "review-stop-explained",
    "review-adjust",
    "review-adjust-explained",
    "review-ok",
    "review-ok-explained",
    "review-other-language",
    "review-proposal",
    "review-proposal-explained",
    "review-nothing-left",
    "review-hints",
    "review-leader",
    "review-private",
    "hint-permission",
    "hint-capacity",
    "copy",
    "copied",
    "not-right",
    "not-right-thanks",
]
# Every sentence that the bot says, with the values that it can hold: what a knowledge check holds the files against
SENTENCES: Mapping[str, frozenset[str]] = {**dict.fromkeys(_PLAIN, frozenset()), **_WITH_VALUES}


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
