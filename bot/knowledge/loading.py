"""Loads one organisation's folder and refuses it whole when anything is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.events import LANGUAGES, Language
from bot.knowledge import document, files
from bot.knowledge.problems import KnowledgeError, Problem
from bot.knowledge.reading import Folder
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
from bot.sentences import SENTENCES
from bot.texts import Texts, read_sentences

# The model learns nothing from these: a change in them needs no new one
_NOT_LEARNT = ("organisation.yaml", "protocol.", "requests.yaml", "texts/")


def load(path: Path) -> Knowledge:
    """Return the knowledge in a folder; raises `KnowledgeError` with every mistake that was found."""
    if not path.is_dir():
        remedy = "Choose an existing folder with PROTOCOLWIJZER_ORGANISATION."
        raise KnowledgeError([Problem(str(path), "", "there is no such folder.", remedy)])
    folder = Folder(path)
    titles, sections, fingerprint = _sections(folder)
    organisation = _organisation(folder, sections)
    situations = _situations(folder, sections)
    small_talk = _small_talk(folder)
    requests = _requests(folder, sections, situations)
    concepts = folder.row(files.ConceptsFile, folder.yaml("concepts.yaml"), "concepts.yaml")
    examples = _examples(folder, sections, situations)
    texts = _texts(folder)
    if folder.problems or organisation is None or texts is None or requests is None or concepts is None:
        raise KnowledgeError(folder.problems)
    return Knowledge(
        organisation=organisation,
        title=titles,
        sections=sections,
        situations=situations,
        small_talk=small_talk,
        requests=requests,
        concepts=concepts.root,
        examples=examples,
        texts=texts,
        fingerprint=fingerprint,
        content_key=folder.digest(),
        lessons_key=folder.digest(*_NOT_LEARNT),
    )


def _organisation(folder: Folder, sections: Mapping[str, Section]) -> Organisation | None:
    file = "organisation.yaml"
    row = folder.row(files.OrganisationRow, folder.yaml(file), file)
    if row is None:
        return None
    if row.based_on and not folder.base:
        remedy = "Name a folder beside this one, or take the line out."
        folder.problem(file, "based_on", f"there is no folder 'knowledge/{row.based_on}'.", remedy)
    _known_sections(
        folder,
        [row.document.advice_section, row.document.urgent_section, row.document.leaders_section],
        sections,
        file,
        "document",
    )
    return row.value()


def _sections(folder: Folder) -> tuple[Localised, dict[str, Section], str]:
    titles, documents = {}, {}
    for language in LANGUAGES:
        file = f"protocol.{language}.md"
        titles[language], documents[language], problems = document.read_document(folder.text(file), folder.name(file))
        folder.problems += problems
    about = folder.yaml("sections.yaml")
    about = about if isinstance(about, dict) else {}
    english = {section.id: section for section in documents["en"]}
    dutch_ids = [section.id for section in documents["nl"]]
    _same_ids(folder, "protocol.en.md", list(english), dutch_ids)
    _same_ids(folder, "sections.yaml", list(about), dutch_ids)
    openings = {language: document.openings(documents[language]) for language in LANGUAGES}
    sections = {}
    for dutch in documents["nl"]:
        row = folder.row(files.SectionRow, about.get(dutch.id, {}), "sections.yaml", f"section '{dutch.id}'")
        if row is None or dutch.id not in english:
            continue
        if any(document.TO_DO in text for said in (row.title, row.gist) for text in (said.nl, said.en)):
            remedy = "Write title and gist in both languages and take out [[te doen…]]."
            folder.problem("sections.yaml", f"section '{dutch.id}'", "is not finished.", remedy)
        translated = english[dutch.id]
        sections[dutch.id] = Section(
            id=dutch.id,
            name=Localised(dutch.name, translated.name),
            title=row.title.value(),
            text=Localised(dutch.text, translated.text),
            gist=row.gist.value(),
            contact=row.contact,
            lead=Localised("\n".join(dutch.lead), "\n".join(translated.lead)),
            opening=Localised(openings["nl"].get(dutch.id, ""), openings["en"].get(dutch.id, "")),
        )
    return Localised(titles["nl"], titles["en"]), sections, document.fingerprint(titles["nl"], documents["nl"])


def _situations(folder: Folder, sections: Mapping[str, Section]) -> dict[str, Situation]:
    situations: dict[str, Situation] = {}
    for file in folder.matching("situations/*.yaml"):
        for place, entry in folder.entries(file):
            row = folder.row(files.SituationRow, entry, file, place)
            if row is None:
                continue
            if row.id in situations:
                folder.problem(file, place, "stands twice.", "Give one of the two another id.")
            _known_sections(folder, row.sections, sections, file, place)
            if row.route in ("out_of_scope", "chitchat"):
                folder.problem(file, place, f"has route '{row.route}'.", "Choose answer, doubt, handoff or urgent.")
            situations[row.id] = row.value()
    return situations


def _small_talk(folder: Folder) -> dict[str, SmallTalk]:
    file = "small-talk.yaml"
    small_talk: dict[str, SmallTalk] = {}
    for place, entry in folder.entries(file):
        row = folder.row(files.SmallTalkRow, entry, file, place)
        if row is not None and row.id in small_talk:
            folder.problem(file, place, "stands twice.", "Give one of the two another id.")
        if row is not None:
            small_talk[row.id] = row.value()
    return small_talk


def _requests(
    folder: Folder, sections: Mapping[str, Section], situations: Mapping[str, Situation]
) -> RequestWords | None:
    file = "requests.yaml"
    row = folder.row(files.RequestsRow, folder.yaml(file), file)
    if row is None:
        return None
    for unknown in [name for name in row.situations if name not in situations]:
        folder.problem(file, "situations", f"there is no situation '{unknown}'.", "Correct its id.")
    kinds = {document.kind_and_number(section)[0] for section in sections}
    for unknown in [kind for kind in row.numbered if kind not in kinds]:
        folder.problem(file, "numbered", f"there is no section '{unknown}-1'.", "Correct the kind of section.")
    return row.value()


def _examples(
    folder: Folder, sections: Mapping[str, Section], situations: Mapping[str, Situation]
) -> tuple[Example, ...]:
    examples: list[Example] = []
    for file in folder.matching("examples/*.jsonl"):
        for place, row in folder.rows(files.EXAMPLE_ROWS, files.ExampleRow, file):
            _known_sections(folder, [*row.top, *row.relevant], sections, file, place)
            if not set(row.top) <= set(row.relevant):
                folder.problem(file, place, "'relevant' lacks a section of 'top'.", "Add it there too.")
            if row.route in ("answer", "doubt", "urgent") and not row.top:
                folder.problem(file, place, f"route '{row.route}' has no section in 'top'.", "Name one.")
            if row.situation and row.situation not in situations:
                folder.problem(file, place, f"there is no situation '{row.situation}'.", "Correct its id.")
            examples.append(row.value())
    for double, times in Counter(example.id for example in examples).items():
        if times > 1:
            folder.problem("examples/", f"example '{double}'", f"stands {times} times.", "Give each its own id.")
    return tuple(examples)


def _texts(folder: Folder) -> Texts | None:
    read = {language: read_sentences(folder.text(f"texts/{language}.ftl")) for language in LANGUAGES}
    for language, sentences in read.items():
        file = f"texts/{language}.ftl"
        for line in sentences.unreadable:
            folder.problem(file, f"'{line}'", "cannot be read.", "Write 'name = text'.")
        for missing in sorted(set(SENTENCES) - set(sentences.values)):
            folder.problem(file, f"'{missing}'", "is missing.", "See the other language's file.")
        for name, values in sentences.values.items():
            for unknown in sorted(values - SENTENCES.get(name, frozenset())):
                known = ", ".join(sorted(SENTENCES.get(name, frozenset()))) or "none"
                folder.problem(file, f"'{name}'", f"has no value '${unknown}'.", f"It can hold: {known}.")
    resources: dict[Language, object] = {language: sentences.resource for language, sentences in read.items()}
    return None if folder.problems else Texts(resources)


def _same_ids(folder: Folder, file: str, ids: list[str], dutch_ids: list[str]) -> None:
    for missing in [i for i in dutch_ids if i not in ids]:
        folder.problem(file, f"section '{missing}'", "is missing.", "protocol.nl.md has it; add it here.")
    for extra in [i for i in ids if i not in dutch_ids]:
        folder.problem(file, f"section '{extra}'", "does not exist in protocol.nl.md.", "Take it out.")


def _known_sections(
    folder: Folder, cited: Iterable[str], sections: Mapping[str, Section], file: str, place: str
) -> None:
    for section in cited:
        if section not in sections:
            known = ", ".join(sections) or "none"
            folder.problem(file, place, f"cites section '{section}', which does not exist.", f"There are: {known}.")
