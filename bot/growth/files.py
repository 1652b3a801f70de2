"""Approved additions as files of the knowledge: what `knowledge export` writes, for review and version control."""

from __future__ import annotations

import json
from collections.abc import Sequence

import yaml

from bot.knowledge import Addition, Localised
from bot.knowledge.values import UNTRANSLATED

EXAMPLES_FILE, SITUATIONS_FILE = "examples/added.jsonl", "situations/added.yaml"


def example_lines(additions: Sequence[Addition]) -> str:
    """Return rows for `EXAMPLES_FILE`, one a line."""
    return "".join(
        json.dumps(
            {
                "id": example.id,
                "lang": example.language,
                "text": example.text,
                "route": example.route,
                "top": list(example.top),
                "relevant": list(example.relevant),
                "contact": example.contact,
                "style": "plain",
            },
            ensure_ascii=False,
        )
        + "\n"
        for addition in additions
        for example in addition.examples()
    )


def situation_entries(additions: Sequence[Addition]) -> str:
    """Return entries for `SITUATIONS_FILE`; empty when none of these is a situation."""
    entries = [
        {
            "id": one.id,
            "title": _both(one.title),
            "route": one.route,
            "sections": list(one.sections),
            "contact": one.contact,
            "gist": _both(one.gist),
            "examples": {
                language: [text for spoken, text in one.questions if spoken == language] for language in ("nl", "en")
            },
        }
        for one in additions
        if one.kind == "situation"
    ]
    return yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=110) if entries else ""


def _both(text: Localised) -> dict[str, str]:
    return {"nl": text.nl, "en": text.en or UNTRANSLATED}
