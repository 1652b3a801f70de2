"""Reads and checks `knowledge/<organisation>/drafts/`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Annotated

from pydantic import Field, RootModel, TypeAdapter

from bot.events import Language
from bot.knowledge.draft_values import (
    DraftKnowledge,
    LabelledFinding,
    LabelledPost,
    LabelledText,
    Lexicon,
    Persons,
    Role,
    Rule,
    Verdict,
)
from bot.knowledge.files import ConceptsFile, FileModel, Id, LocalisedRow, Text
from bot.knowledge.problems import KnowledgeError
from bot.knowledge.reading import Folder
from bot.knowledge.values import Section


class _RuleRow(FileModel):
    id: Id
    section: Id
    title: LocalisedRow
    message: LocalisedRow
    advice: LocalisedRow
    stops: bool = False
    marks_all: bool = False
    removes: bool = False
    finds: Annotated[list[Text], Field(min_length=2)]
    leaves: Annotated[list[Text], Field(min_length=2)]


class _TextRow(FileModel):
    id: Text
    lang: Language
    text: Text
    rules: list[Id]
    quote: str = ""
    style: str = ""


class _FindingRow(FileModel):
    rule: Id
    quote: str = ""


class _PostRow(FileModel):
    id: Text
    lang: Language
    channel: str = ""
    text: Text
    findings: list[_FindingRow]
    verdict: Verdict
    note: str = ""


class _PersonsRow(FileModel):
    words: tuple[Text, ...]
    bare: LocalisedRow
    one: LocalisedRow
    again: LocalisedRow
    several: LocalisedRow


class _PersonsFile(RootModel[dict[Role, _PersonsRow]]):
    pass


class _LexiconFile(RootModel[dict[Id, tuple[Text, ...]]]):
    pass


_TEXTS = TypeAdapter(list[_TextRow])
_POSTS = TypeAdapter(list[_PostRow])
# What the checks look up by name: a lexicon without one of these would fail in the middle of a check
_NEEDED = {
    "names": ("first", "ordinary", "never", "titles", "public", "leaders"),
    "identifiers": (
        "bsn", "private", "office", "mail-providers", "shared-mailboxes", "fund-raiser", "born", "lives", "pupil",
        "plate",
    ),
    "sensitive": ("health", "care", "behaviour", "marks", "family", "consent"),
}  # fmt: skip


def load_drafts(path: Path, sections: Mapping[str, Section]) -> DraftKnowledge:
    """Return what a check of drafts needs; raises `KnowledgeError` with every mistake that was found."""
    folder = Folder(path)
    rules = _rules(folder, sections)
    lexicons = {name: _lexicon(folder, name) for name in _NEEDED}
    persons = _persons(folder)
    file = "drafts/lexicons/concepts.yaml"
    concepts = folder.row(ConceptsFile, folder.yaml(file), file)
    texts = _texts(folder, rules)
    posts = _posts(folder, rules)
    if not rules:
        folder.problem("drafts/rules/", "", "there are no rules.", "Restore them, for instance from version control.")
    if folder.problems or concepts is None:
        raise KnowledgeError(folder.problems)
    return DraftKnowledge(
        rules,
        lexicons["names"],
        persons,
        lexicons["identifiers"],
        lexicons["sensitive"],
        concepts.root,
        texts,
        posts,
        folder.digest("organisation.yaml"),  # no check is learnt from it
    )


def _rules(folder: Folder, sections: Mapping[str, Section]) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    rests_on = _rests_on(folder)
    for file in folder.matching("drafts/rules/*.yaml"):
        row = folder.row(_RuleRow, folder.yaml(file), file)
        if row is None:
            continue
        section = rests_on.pop(row.id, row.section)
        if section not in sections:
            known = ", ".join(sections)
            folder.problem(
                file, f"rule '{row.id}'", f"cites section '{section}', which does not exist.", f"There are: {known}."
            )
        if row.id in rules:
            folder.problem(file, f"rule '{row.id}'", "stands twice.", "Give one of the two another id.")
        for double in sorted(set(row.finds) & set(row.leaves)):
            folder.problem(file, f"'{double[:40]}'", "is to be found and left alone.", "Take it out of one of the two.")
        rules[row.id] = Rule(
            row.id,
            section,
            row.title.value(),
            row.message.value(),
            row.advice.value(),
            row.stops,
            row.marks_all,
            row.removes,
            tuple(row.finds),
            tuple(row.leaves),
        )
    for unknown in rests_on:
        folder.problem(
            "organisation.yaml", "rules", f"there is no rule '{unknown}'.", f"There are: {', '.join(rules)}."
        )
    return rules


def _rests_on(folder: Folder) -> dict[str, str]:
    """Return the section that each rule rests on in this organisation, where it says so itself: rules can be lent."""
    about = folder.yaml("organisation.yaml")
    said = about.get("rules") if isinstance(about, dict) else None
    return {str(rule): str(section) for rule, section in said.items()} if isinstance(said, dict) else {}


def _lexicon(folder: Folder, name: str) -> Lexicon:
    file = f"drafts/lexicons/{name}.yaml"
    row = folder.row(_LexiconFile, folder.yaml(file), file)
    if row is None:
        return {}
    for missing in [key for key in _NEEDED[name] if not row.root.get(key)]:
        folder.problem(file, f"'{missing}'", "is missing or empty.", "Restore it; the checks look words up there.")
    return row.root


def _persons(folder: Folder) -> dict[Role, Persons]:
    file = "drafts/lexicons/persons.yaml"
    row = folder.row(_PersonsFile, folder.yaml(file), file)
    if row is None:
        return {}
    for missing in [role for role in ("pupil", "parent", "colleague", "person") if role not in row.root]:
        folder.problem(file, f"'{missing}'", "is missing.", "Say what a safer wording calls them.")
    return {
        role: Persons(one.words, one.bare.value(), one.one.value(), one.again.value(), one.several.value())
        for role, one in row.root.items()
    }


def _texts(folder: Folder, rules: Mapping[str, Rule]) -> tuple[LabelledText, ...]:
    texts = []
    for file in folder.matching("drafts/examples/sentences_*.jsonl"):
        for place, row in folder.rows(_TEXTS, _TextRow, file):
            _known_rules(folder, row.rules, rules, file, place)
            texts.append(LabelledText(row.id, row.lang, row.text, tuple(row.rules)))
    return tuple(texts)


def _posts(folder: Folder, rules: Mapping[str, Rule]) -> tuple[LabelledPost, ...]:
    posts = []
    for file in folder.matching("drafts/examples/posts_*.jsonl"):
        for place, row in folder.rows(_POSTS, _PostRow, file):
            _known_rules(folder, [finding.rule for finding in row.findings], rules, file, place)
            for finding in row.findings:
                if finding.quote not in row.text:
                    folder.problem(file, place, f"quotes '{finding.quote[:40]}', which is not in its text.", "Copy it.")
            findings = tuple(LabelledFinding(finding.rule, finding.quote) for finding in row.findings)
            author = PurePath(file).stem.removeprefix("posts_")
            posts.append(LabelledPost(row.id, row.lang, row.text, findings, row.verdict, author))
    return tuple(posts)


def _known_rules(folder: Folder, named: list[str], rules: Mapping[str, Rule], file: str, place: str) -> None:
    for unknown in [rule for rule in named if rule not in rules]:
        folder.problem(file, place, f"names rule '{unknown}', which does not exist.", f"There are: {', '.join(rules)}.")
