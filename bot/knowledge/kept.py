"""An earlier version of the document: its words alone, so that it stays readable whatever else changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.document import DocumentSection, fingerprint, read_document
from bot.knowledge.values import Localised


@dataclass(frozen=True, slots=True)
class KeptSection:
    id: str
    name: Localised
    text: Localised
    lead: Localised


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version of the document; where a translation is missing the Dutch words stand in."""

    fingerprint: str
    title: Localised
    sections: tuple[KeptSection, ...]


def read_kept(folder: Path) -> KeptVersion | None:
    """Return the version in a folder, None when no document can be read there."""
    dutch = _document(folder / "protocol.nl.md")
    if dutch is None:
        return None
    title, sections = dutch
    english_title, english = _document(folder / "protocol.en.md") or (title, sections)
    translated = {section.id: section for section in english}
    pairs = [(section, translated.get(section.id, section)) for section in sections]
    return KeptVersion(
        fingerprint(title, sections),
        Localised(title, english_title),
        tuple(
            KeptSection(
                one.id,
                Localised(one.name, other.name),
                Localised(one.text, other.text),
                Localised("\n".join(one.lead), "\n".join(other.lead)),
            )
            for one, other in pairs
        ),
    )


def _document(file: Path) -> tuple[str, list[DocumentSection]] | None:
    try:
        title, sections, _ = read_document(file.read_text(encoding="utf-8"), file.name)
    except (OSError, UnicodeDecodeError):
        return None
    return (title, sections) if sections else None
