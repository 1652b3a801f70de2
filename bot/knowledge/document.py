"""Reads `protocol.nl.md` and `protocol.en.md`: one `## Name {#id}` per section, its words below."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.knowledge.problems import Problem

# Stands in a draft where a person has to write something first: what holds it never goes live
TO_DO = "[[te doen"
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
    reader = _Reader(file)
    for number, line in enumerate(source.splitlines(), 1):
        reader.take(number, line)
    reader.finish()
    return reader.title, reader.sections, reader.problems + _mistakes(reader, file)


class _Reader:
    """Goes through the lines of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.title = ""
        self.sections: list[DocumentSection] = []
        self.problems: list[Problem] = []
        self._heading: re.Match[str] | None = None
        self._lines: list[str] = []
        self._lead: list[str] = []  # quoted heading lines, for the section that comes next
        self._lead_above: tuple[str, ...] = ()

    def take(self, number: int, line: str) -> None:
        if line.startswith("## "):
            line = " ".join(line.split())
        if heading := _HEADING.fullmatch(line):
            self.finish()
            self._heading, self._lead_above = heading, tuple(self._lead)
            self._lead.clear()
        elif line.startswith("## "):
            remedy = "Write it as '## Richtlijn 2 {#richtlijn-2}'."
            self.problems.append(Problem(self.file, f"line {number}", f"heading '{line[3:]}' has no id.", remedy))
        elif line.startswith("# "):
            self.title = line[2:].strip()
        elif line.startswith("> "):
            self._lead.append(line[2:].strip())
        else:
            self._lines.append(line.strip())

    def finish(self) -> None:
        """End the section that was being read."""
        if self._heading:
            text = _paragraphs(self._lines)
            self.sections.append(DocumentSection(self._heading["id"], self._heading["name"], text, self._lead_above))
        self._lines.clear()


def _mistakes(reader: _Reader, file: str) -> list[Problem]:
    found = []
    if not reader.title:
        found.append(Problem(file, "line 1", "the document has no title.", "Begin with '# ' and the title."))
    times = Counter(section.id for section in reader.sections)
    found += [
        Problem(file, f"section '{double}'", "stands twice.", "Keep one of the two.")
        for double, count in times.items()
        if count > 1
    ]
    found += _same_names(reader.sections, file)
    found += [
        Problem(file, f"section '{section.id}'", "has no text.", "Add its words below the heading.")
        for section in reader.sections
        if not section.text
    ]
    found += [
        Problem(file, f"section '{section.id}'", "is not finished.", "Write the text and take out [[te doen…]].")
        for section in reader.sections
        if TO_DO in section.name + section.text + " ".join(section.lead)
    ]
    if TO_DO in reader.title:
        found.append(Problem(file, "title", "is not finished.", "Write the title and take out [[te doen…]]."))
    return found


def _same_names(sections: Iterable[DocumentSection], file: str) -> Iterator[Problem]:
    """Return a problem for each section that is called as one before it: who asks for a name gets one of the two."""
    first: dict[str, DocumentSection] = {}
    for section in sections:
        other = first.setdefault(section.name.casefold(), section)
        if other.id != section.id:
            what = f"has the name of section '{other.id}', '{section.name}'."
            yield Problem(file, f"section '{section.id}'", what, "Give one of the two another name.")


def written(title: str, sections: Iterable[DocumentSection]) -> str:
    """Return a document as it stands in a file: what `read_document` reads back."""
    parts = [f"# {title}\n"]
    for section in sections:
        lead = "".join(f"> {line}\n" for line in section.lead)
        parts.append(f"{lead}## {section.name} {{#{section.id}}}\n\n{section.text}\n")
    return "\n".join(parts)


def openings(sections: list[DocumentSection]) -> dict[str, str]:
    """Return, by section id, the heading line that a section's first sentence goes on from ("Bedenk dat…").

    Such a line ends in "…" and holds for all sections of its kind: overweging-1, overweging-2 and so on.
    """
    by_kind = {
        section.id.rpartition("-")[0]: line for section in sections for line in section.lead if line.endswith("…")
    }
    kinds = {section.id: section.id.rpartition("-")[0] for section in sections}
    return {section: by_kind[kind] for section, kind in kinds.items() if kind in by_kind}


def kind_and_number(section: str) -> tuple[str, int]:
    """Return the kind of a section and its number in its id ("richtlijn", 2); number 0 for one that stands alone."""
    kind, _, number = section.rpartition("-")
    return (kind, int(number)) if kind and number.isdecimal() else (section, 0)


def fingerprint(title: str, sections: list[DocumentSection]) -> str:
    """Return eight hex digits that change when a word of the document does, and not when only spacing does."""
    said = [title] + [line for section in sections for line in (*section.lead, section.text)]
    return hashlib.sha256(" ".join(" ".join(said).split()).encode()).hexdigest()[:8]


def _paragraphs(lines: list[str]) -> str:
    paragraphs = [" ".join(block.split()) for block in "\n".join(lines).split("\n\n")]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
