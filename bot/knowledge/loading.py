"""Loads one organisation's folder and refuses it whole when anything is wrong."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bot.events import LANGUAGES, Language
from bot.knowledge import document, files
from bot.knowledge.problems import KnowledgeError, Problem
from bot.knowledge.values import (
    Example,
    Knowledge,
    Localised,
    Organisation,
    RequestWords,
    Section,
    Situation,
    SmallTalk,
)
from bot.texts import Texts, read_sentences

Row = TypeVar("Row", bound=BaseModel)
_YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times as fast


def load(folder: Path) -> Knowledge:
    """Return the knowledge in `folder`; raises `KnowledgeError` with every mistake that was found."""
    if not folder.is_dir():
        remedy = "Choose an existing folder with PROTOCOLWIJZER_ORGANISATION."
        raise KnowledgeError([Problem(str(folder), "", "there is no such folder.", remedy)])
    return _Loader(folder).load()


class _Loader:
    """Reads files and collects problems; lives for one load."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def load(self) -> Knowledge:
        organisation = self._organisation()
        titles, sections, fingerprint = self._sections()
        situations = self._situations(sections)
        small_talk = self._small_talk()
        requests = self._requests(situations)
        concepts = self._row(files.ConceptsFile, self._yaml("concepts.yaml"), "concepts.yaml", "")
        examples = self._examples(sections, situations)
        texts = self._texts()
        if self.problems or organisation is None or texts is None or requests is None or concepts is None:
            raise KnowledgeError(self.problems)
        return Knowledge(
            organisation,
            titles,
            sections,
            situations,
            small_talk,
            requests,
            concepts.root,
            examples,
            texts,
            fingerprint,
            self._content_key(),
        )

    def _organisation(self) -> Organisation | None:
        row = self._row(files.OrganisationRow, self._yaml("organisation.yaml"), "organisation.yaml", "")
        if row is None:
            return None
        return Organisation(
            row.name,
            row.document.name.value(),
            row.document.date,
            row.communications.name.value(),
            row.communications.address,
            row.web_address,
        )

    def _sections(self) -> tuple[Localised, dict[str, Section], str]:
        titles, documents = {}, {}
        for language in LANGUAGES:
            file = f"protocol.{language}.md"
            titles[language], documents[language], problems = document.read_document(self._read(file), self._name(file))
            self.problems += problems
        about = self._yaml("sections.yaml")
        about = about if isinstance(about, dict) else {}
        english = {section.id: section for section in documents["en"]}
        dutch_ids = [section.id for section in documents["nl"]]
        self._same_ids("protocol.en.md", list(english), dutch_ids)
        self._same_ids("sections.yaml", list(about), dutch_ids)
        sections = {}
        for dutch in documents["nl"]:
            row = self._row(files.SectionRow, about.get(dutch.id, {}), "sections.yaml", f"section '{dutch.id}'")
            if row is None or dutch.id not in english:
                continue
            translated = english[dutch.id]
            sections[dutch.id] = Section(
                id=dutch.id,
                name=Localised(dutch.name, translated.name),
                title=row.title.value(),
                text=Localised(dutch.text, translated.text),
                gist=row.gist.value(),
                contact=row.contact,
                lead=dutch.lead,
            )
        key = document.fingerprint(titles["nl"], documents["nl"])
        return Localised(titles["nl"], titles["en"]), sections, key

    def _situations(self, sections: dict[str, Section]) -> dict[str, Situation]:
        situations: dict[str, Situation] = {}
        for path in sorted((self.folder / "situations").glob("*.yaml")):
            file = f"situations/{path.name}"
            for place, entry in self._entries(file):
                row = self._row(files.SituationRow, entry, file, place)
                if row is None:
                    continue
                if row.id in situations:
                    self._problem(file, place, "stands twice.", "Give one of the two another id.")
                self._known_sections(row.sections, sections, file, place)
                if row.route in ("out_of_scope", "chitchat") or not (row.sections or row.gap):
                    self._problem(file, place, "rests on no section.", "Name its sections, or say 'gap: true'.")
                situations[row.id] = Situation(
                    row.id,
                    row.title.value(),
                    row.route,
                    tuple(row.sections),
                    row.contact,
                    row.gist.value(),
                    row.examples.value(),
                    row.gap,
                )
        return situations

    def _small_talk(self) -> dict[str, SmallTalk]:
        small_talk = {}
        for place, entry in self._entries("small-talk.yaml"):
            row = self._row(files.SmallTalkRow, entry, "small-talk.yaml", place)
            if row is not None:
                small_talk[row.id] = SmallTalk(row.id, row.reply.value(), row.examples.value())
        return small_talk

    def _requests(self, situations: dict[str, Situation]) -> RequestWords | None:
        row = self._row(files.RequestsRow, self._yaml("requests.yaml"), "requests.yaml", "")
        for unknown in [i for i in row.situations if i not in situations] if row else []:
            self._problem("requests.yaml", "situations", f"there is no situation '{unknown}'.", "Correct its id.")
        return row.value() if row else None

    def _examples(self, sections: dict[str, Section], situations: dict[str, Situation]) -> tuple[Example, ...]:
        examples: list[Example] = []
        for path in sorted((self.folder / "examples").glob("*.jsonl")):
            file = f"examples/{path.name}"
            for place, row in self._example_rows(file):
                self._check_example(row, file, place, sections, situations)
                examples.append(row.value())
        for double, times in Counter(example.id for example in examples).items():
            if times > 1:
                self._problem("examples/", f"example '{double}'", f"stands {times} times.", "Give each its own id.")
        return tuple(examples)

    def _example_rows(self, file: str) -> list[tuple[str, files.ExampleRow]]:
        lines = [(f"line {n}", line) for n, line in enumerate(self._read(file).splitlines(), 1) if line.strip()]
        try:  # all at once is five times as fast; one by one finds the mistake
            rows = files.EXAMPLE_ROWS.validate_json("[" + ",".join(line for _, line in lines) + "]")
            return [(place, row) for (place, _), row in zip(lines, rows, strict=True)]
        except ValueError:
            found = [(place, self._example_row(line, file, place)) for place, line in lines]
            return [(place, row) for place, row in found if row]

    def _example_row(self, line: str, file: str, place: str) -> files.ExampleRow | None:
        try:
            return files.ExampleRow.model_validate_json(line)
        except ValidationError as error:
            self.problems += files.problems_of(error, self._name(file), place)
            return None

    def _check_example(
        self,
        row: files.ExampleRow,
        file: str,
        place: str,
        sections: dict[str, Section],
        situations: dict[str, Situation],
    ) -> None:
        self._known_sections([*row.top, *row.relevant], sections, file, place)
        if not set(row.top) <= set(row.relevant):
            self._problem(file, place, "'relevant' lacks a section of 'top'.", "Add it there too.")
        if row.route in ("answer", "doubt", "urgent") and not row.top:
            self._problem(file, place, f"route '{row.route}' has no section in 'top'.", "Name one.")
        if row.situation and row.situation not in situations:
            self._problem(file, place, f"there is no situation '{row.situation}'.", "Correct its id.")

    def _texts(self) -> Texts | None:
        read = {language: read_sentences(self._read(f"texts/{language}.ftl")) for language in LANGUAGES}
        for language, (_, _, junk) in read.items():
            for line in junk:
                self._problem(f"texts/{language}.ftl", f"'{line}'", "cannot be read.", "Write 'name = text'.")
        pairs: tuple[tuple[Language, Language], ...] = (("nl", "en"), ("en", "nl"))
        for language, other in pairs:
            for missing in sorted(read[other][1] - read[language][1]):
                self._problem(f"texts/{language}.ftl", f"'{missing}'", "is missing.", f"See texts/{other}.ftl.")
        return None if self.problems else Texts({language: resource for language, (resource, _, _) in read.items()})

    # What every file has in common

    def _content_key(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(p for p in self.folder.rglob("*") if p.suffix in (".md", ".yaml", ".jsonl")):
            digest.update(path.relative_to(self.folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:24]

    def _name(self, file: str) -> str:
        return f"knowledge/{self.folder.name}/{file}"

    def _problem(self, file: str, place: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(self._name(file), place, what, remedy))

    def _read(self, file: str) -> str:
        try:
            return (self.folder / file).read_text(encoding="utf-8")
        except FileNotFoundError:
            self._problem(file, "", "the file is missing.", "Restore it, for instance from version control.")
        except UnicodeDecodeError as error:
            self._problem(file, f"byte {error.start}", "is not UTF-8.", "Save the file as UTF-8.")
        return ""

    def _yaml(self, file: str) -> object:
        try:
            return yaml.load(self._read(file), Loader=_YAML_LOADER) or {}  # noqa: S506 (a safe loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"line {mark.line + 1}" if mark else ""
            problem = getattr(error, "problem", None) or "cannot be read"
            self._problem(file, place, f"{problem}.", "Check the indents and quotes around that line.")
            return {}

    def _entries(self, file: str) -> list[tuple[str, object]]:
        entries = self._yaml(file)
        if not isinstance(entries, list):
            if entries:
                self._problem(file, "", "is not a list.", "Begin each entry with '- id: …'.")
            return []
        return [
            (f"'{entry['id']}'" if isinstance(entry, dict) and "id" in entry else f"entry {number}", entry)
            for number, entry in enumerate(entries, 1)
        ]

    def _row(self, kind: type[Row], entry: object, file: str, place: str) -> Row | None:
        try:
            return kind.model_validate(entry)
        except ValidationError as error:
            self.problems += files.problems_of(error, self._name(file), place)
            return None

    def _same_ids(self, file: str, ids: list[str], dutch_ids: list[str]) -> None:
        for missing in [i for i in dutch_ids if i not in ids]:
            self._problem(file, f"section '{missing}'", "is missing.", "protocol.nl.md has it; add it here.")
        for extra in [i for i in ids if i not in dutch_ids]:
            self._problem(file, f"section '{extra}'", "does not exist in protocol.nl.md.", "Take it out.")

    def _known_sections(self, cited: list[str], sections: dict[str, Section], file: str, place: str) -> None:
        for section in cited:
            if section not in sections:
                known = ", ".join(sections) or "none"
                self._problem(file, place, f"cites section '{section}', which does not exist.", f"There are: {known}.")
