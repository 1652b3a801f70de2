"""Reads `protocol.nl.md` and `protocol.en.md`: one `## Name {#id}` per section, its words below."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from bot.knowledge.problems import Problem

_HEADING = re.compile(r"##\s+(?P<name>.+?)\s*\{#(?P<id>[a-z0-9-]+)\}\s*")


@dataclass(frozen=True, slots=True)
class DocumentSection:
    """A section as it stands in one file; `lead` holds quoted (`> `) heading lines of the document before it."""

    id: str
    name: str
    text: str
    lead: tuple[str, ...]


def read_document(source: str, file: str) -> tuple[str, list[DocumentSection], list[Problem]]:
    """Return title, sections in order, and what is wrong with the file."""
    title, problems = "", []
    sections: list[DocumentSection] = []
    current: tuple[str, str] | None = None
    lines: list[str] = []
    lead: list[str] = []
    lead_above: tuple[str, ...] = ()

    def finish() -> None:
        if current:
            sections.append(DocumentSection(current[1], current[0], _paragraphs(lines), lead_above))
        lines.clear()

    for number, line in enumerate(source.splitlines(), 1):
        if heading := _HEADING.fullmatch(line):
            finish()
            current, lead_above = (heading["name"], heading["id"]), tuple(lead)
            lead.clear()
        elif line.startswith("## "):
            remedy = "Write it as '## Richtlijn 2 {#richtlijn-2}'."
            problems.append(Problem(file, f"line {number}", f"heading '{line[3:]}' has no id.", remedy))
        elif line.startswith("# "):
            title = line[2:].strip()
        elif line.startswith("> "):
            lead.append(line[2:].strip())
        else:
            lines.append(line.strip())
    finish()
    if not title:
        problems.append(Problem(file, "line 1", "the document has no title.", "Begin with '# ' and the title."))
    ids = [section.id for section in sections]
    for double in sorted({i for i in ids if ids.count(i) > 1}):
        problems.append(Problem(file, f"section '{double}'", "stands twice.", "Keep one of the two."))
    for section in sections:
        if not section.text:
            problems.append(Problem(file, f"section '{section.id}'", "has no text.", "Add its words below the heading."))
    return title, sections, problems


def fingerprint(title: str, sections: list[DocumentSection]) -> str:
    """Return eight hex digits that change when a word of the document does, and not when only spacing does."""
    said = [title] + [line for section in sections for line in (*section.lead, section.text)]
    return hashlib.sha256(" ".join(" ".join(said).split()).encode()).hexdigest()[:8]


def _paragraphs(lines: list[str]) -> str:
    paragraphs = [" ".join(block.split()) for block in "\n".join(lines).split("\n\n")]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
