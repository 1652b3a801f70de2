"""The files of a draft: the new document, its translation with what is still to do, and what followed sections away."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.knowledge.document import TO_DO, DocumentSection, kind_and_number, written
from bot.revision.proposing import Proposal, Revision

_NEW_ENTRY = """{id}:
  title:
    nl: "{todo}: een titel van een paar woorden]]"
    en: "{todo}: the same in English]]"
  gist:
    nl: >-
      {todo}: wat dit onderdeel in gewone taal betekent]]
    en: >-
      {todo}: the same in English]]
  contact: none  # none, manager, communications or either
"""
_ENTRY = re.compile(r"^([a-z0-9-]+):", re.MULTILINE)
_NEEDS_SECTION = ("answer", "doubt", "urgent")


def dutch_file(revision: Revision) -> str:
    return written(revision.title, [proposal.section for proposal in revision.proposals])


def english_file(
    revision: Revision, title: str, dutch: Sequence[DocumentSection], english: Sequence[DocumentSection]
) -> str:
    """Return the translation: kept where the words are the same, marked where a person has to translate."""
    known = {section.id: section for section in english}
    leads = {
        line: translated
        for section in dutch
        if section.id in known and len(section.lead) == len(known[section.id].lead)
        for line, translated in zip(section.lead, known[section.id].lead, strict=True)
    }
    patterns = {
        kind_and_number(section.id)[0]: found[1]
        for section in english
        if kind_and_number(section.id)[1] and (found := re.fullmatch(r"(.*\D)\d+", section.name))
    }
    if revision.title != revision.old_title:
        title = f"{TO_DO}: vertaal]] {revision.title}"
    return written(title, [_translated(proposal, known, leads, patterns) for proposal in revision.proposals])


def _translated(
    proposal: Proposal,
    known: Mapping[str, DocumentSection],
    leads: Mapping[str, str],
    patterns: Mapping[str, str],
) -> DocumentSection:
    section, before = proposal.section, known.get(proposal.section.id)
    number = re.search(r"\d+$", section.name)
    kind = kind_and_number(section.id)[0]
    if before and proposal.old and section.name == proposal.old.name:
        name = before.name
    elif kind in patterns and number:
        name = patterns[kind] + number[0]
    else:
        name = f"{TO_DO}: vertaal]] {section.name}"
    if before is None:
        text = f"{TO_DO}: vertaal]]\n\n{section.text}"
    elif proposal.change == "reworded":
        text = f"{TO_DO}: de Nederlandse tekst is gewijzigd; pas deze vertaling aan]]\n\n{before.text}"
    else:
        text = before.text
    lead = tuple(leads.get(line, f"{TO_DO}: vertaal]] {line}") for line in section.lead)
    return replace(section, name=name, text=text, lead=lead)


def sections_file(source: str, revision: Revision) -> str:
    """Return sections.yaml without the entries of what is gone, and with one to fill in for each new section."""
    starts = [(found[1], found.start()) for found in _ENTRY.finditer(source)]
    ends = [start for _, start in starts[1:]] + [len(source)]
    gone = {section.id for section in revision.removed}
    head = source[: starts[0][1]] if starts else source
    kept = [source[start:end] for (name, start), end in zip(starts, ends, strict=True) if name not in gone]
    new = [_NEW_ENTRY.format(id=one.section.id, todo=TO_DO) for one in revision.proposals if one.change == "new"]
    whole = head + "".join(kept)
    return "".join([whole if whole.endswith("\n") or not whole else f"{whole}\n", *new])


def without_sections(lines: Sequence[str], gone: frozenset[str]) -> tuple[list[str], list[str]]:
    """Return the rows of an example file without sections that are gone, and the rows that cannot stay without them."""
    kept, out = [], []
    for line in lines:
        row = json.loads(line) if line.strip() else None
        named = {*row.get("top", ()), *row.get("relevant", ())} if row else set()
        if row is None or not named & gone:
            kept.append(line)
            continue
        row["top"] = [section for section in row.get("top", ()) if section not in gone]
        row["relevant"] = [section for section in row.get("relevant", ()) if section not in gone]
        if row["top"] or row["route"] not in _NEEDS_SECTION:
            kept.append(json.dumps(row, ensure_ascii=False))
        else:
            out.append(line)
    return kept, out
