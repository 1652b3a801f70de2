"""The content is whole, true to the document, and refused with place and remedy when it is broken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.knowledge import Knowledge, KnowledgeError, load
from bot.knowledge.draft_files import load_drafts
from bot.knowledge.values import first_sentence

SOURCE = Path(__file__).parent / "protocol-source.txt"
SECTIONS = [
    "inleiding",
    "wat-zijn-sociale-media",
    *(f"overlap-{n}" for n in range(1, 4)),
    *(f"overweging-{n}" for n in range(1, 8)),
    "richtlijnen",
    *(f"richtlijn-{n}" for n in range(1, 9)),
    "vaststelling",
]


def source_words() -> list[str]:
    """The document's words; line breaks, bullet glyphs and list numbers are no words."""
    text = SOURCE.read_text(encoding="utf-8").replace("\uf0b7", " ")
    text = re.sub(r"^\s*[1-8]\.\s", " ", text, flags=re.MULTILINE)
    text = re.sub(r"(Unicoz-)\s+(werk)", r"\1\2", text)  # broken over a line at its hyphen
    return text.replace("collega ’s", "collega’s").split()


def test_the_document_is_quoted_word_for_word(knowledge: Knowledge) -> None:
    said = [knowledge.title.nl]
    for section in knowledge.sections.values():
        said += [section.lead.nl, section.text.nl]
    assert " ".join(said).split() == source_words()


def test_the_words_that_were_broken_over_a_line_keep_their_hyphen(knowledge: Knowledge) -> None:
    text = knowledge.sections["overlap-2"].text.nl
    assert "Unicoz-werknemers" in text
    assert "Unicoz-werkzaamheden" in text


def test_there_are_the_sections_of_the_document_in_its_order(knowledge: Knowledge) -> None:
    assert list(knowledge.sections) == SECTIONS


def test_every_section_is_the_ground_of_a_situation(knowledge: Knowledge) -> None:
    cited = {section for situation in knowledge.situations.values() for section in situation.sections}
    assert set(SECTIONS) - cited <= {"richtlijnen", "vaststelling", "wat-zijn-sociale-media", "inleiding"}


def test_a_gist_begins_with_a_short_direct_sentence(knowledge: Knowledge) -> None:
    for situation in knowledge.situations.values():
        for language in ("nl", "en"):
            first, rest = first_sentence(situation.gist[language])
            assert len(first) <= 130, situation.id
            assert rest, situation.id
            assert "!" not in situation.gist[language]


def test_a_gap_is_said_in_so_many_words(knowledge: Knowledge) -> None:
    silence = re.compile(r"\bniet\b|\bgeen\b|ontbreekt|weet ik niet")
    for situation in knowledge.situations.values():
        if situation.gap:
            assert silence.search(situation.gist.nl), situation.id


def test_no_text_invents_what_the_document_lacks(knowledge: Knowledge) -> None:
    """Law, forms and habits that the protocol never names do not stand in what the bot says."""
    invented = re.compile(r"\bAVG\b|\bGDPR\b|ontslag|toestemmingsverklaring|\bschorsing\b|dismiss", re.IGNORECASE)
    said = [section.gist for section in knowledge.sections.values()]
    said += [situation.gist for situation in knowledge.situations.values()]
    for text in said:
        assert not invented.search(text.nl + text.en), text.nl


def test_the_fingerprint_follows_the_words_and_not_the_spacing(knowledge_copy: Path) -> None:
    before = load(knowledge_copy).fingerprint
    file = knowledge_copy / "protocol.nl.md"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\n\n", "\n\n\n"), encoding="utf-8")
    assert load(knowledge_copy).fingerprint == before
    file.write_text(text.replace("razendsnel", "snel"), encoding="utf-8")
    assert load(knowledge_copy).fingerprint != before


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("sections.yaml", "overlap-3:", "overlap-4:", "section 'overlap-3': is missing."),
        (
            "protocol.en.md",
            "{#richtlijn-8}",
            "{#richtlijn-9}",
            "section 'richtlijn-9': does not exist in protocol.nl.md.",
        ),
        ("protocol.nl.md", "{#richtlijn-8}", "", "has no id."),
        ("protocol.nl.md", "{#richtlijn-8}", "{#richtlijn-7}", "section 'richtlijn-7': stands twice."),
        (
            "situations/photos.yaml",
            "sections: [overweging-4",
            "sections: [overweging-44",
            "cites section 'overweging-44'",
        ),
        ("situations/photos.yaml", "route: doubt", "route: perhaps", "'pupil-photo' route: Input should be"),
        ("situations/photos.yaml", "- id: pupil-photo\n", "- id: pupil-photo\n  colour: red\n", "colour"),
        ("situations/photos.yaml", "  contact: manager", "  contact manager", "line "),
        ("examples/t1.jsonl", '"lang": "nl"', '"lang": nl', "examples/t1.jsonl: line 1"),
        (
            "examples/t1.jsonl",
            '"top": ["richtlijn-5"]',
            '"top": ["richtlijn-55"]',
            "line 1: cites section 'richtlijn-55'",
        ),
        ("texts/en.ftl", "greeting = ", "greting = ", "texts/en.ftl: 'greeting': is missing."),
        (
            "texts/nl.ftl",
            "{ $document }",
            "{ $documnt }",
            "'footer': has no value '$documnt'. It can hold: document, version.",
        ),
        ("small-talk.yaml", "- id: thanks", "- id: hello", "'hello': stands twice."),
        ("sections.yaml", "vaststelling:", "inleiding:", "'inleiding' stands twice"),
        ("requests.yaml", "  overlap:", "  overlapping:", "there is no section 'overlapping-1'"),
        ("organisation.yaml", "richtlijn-7 ", "richtlijn-77 ", "cites section 'richtlijn-77'"),
        ("organisation.yaml", 'date: ""', "date: 2026-13-41", "holds a value that cannot be read"),
        ("requests.yaml", "disclaimer-text:", "disclaimer:", "there is no situation 'disclaimer'"),
        ("organisation.yaml", "name: Unicoz onderwijsgroep", "", "name: Field required"),
    ],
)
def test_a_mistake_is_named_with_file_place_and_remedy(
    knowledge_copy: Path, file: str, old: str, new: str, said: str
) -> None:
    path = knowledge_copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refusal:
        load(knowledge_copy)
    problems = [str(problem) for problem in refusal.value.problems]
    assert any(said in problem and f"knowledge/unicoz/{file}" in problem for problem in problems), problems
    assert all(problem.remedy for problem in refusal.value.problems)


def test_a_missing_file_and_bytes_that_are_no_utf8_are_named(knowledge_copy: Path) -> None:
    (knowledge_copy / "small-talk.yaml").unlink()
    (knowledge_copy / "sections.yaml").write_bytes(b"inleiding: \xff")
    with pytest.raises(KnowledgeError) as refusal:
        load(knowledge_copy)
    said = str(refusal.value)
    assert "knowledge/unicoz/small-talk.yaml: the file is missing." in said
    assert "knowledge/unicoz/sections.yaml: byte 11: is not UTF-8." in said


def test_an_organisation_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="there is no such folder"):
        load(tmp_path / "elders")


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("rules/insult.yaml", ("section: overweging-5", "section: overweging-9"), "cites section 'overweging-9'"),
        ("rules/insult.yaml", ("finds:", "found:"), "rules/insult.yaml: finds"),
        ("rules/insult.yaml", ("id: insult", "id: derailing"), "rule 'derailing': stands twice"),
        ("lexicons/identifiers.yaml", ("bsn: [", "bns: ["), "'bsn': is missing or empty"),
        (
            "examples/posts_d.jsonl",
            ('"rule": "insult"', '"rule": "insolt"'),
            "names rule 'insolt', which does not exist",
        ),
        ("examples/posts_d.jsonl", ('"quote": "', '"quote": "§§'), "which is not in its text"),
    ],
)
def test_what_is_wrong_with_the_rules_for_drafts_is_named(
    knowledge: Knowledge, knowledge_copy: Path, file: str, change: tuple[str, str], said: str
) -> None:
    old, new = change
    path = knowledge_copy / "drafts" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_drafts(knowledge_copy, knowledge.sections)
    assert said in str(refused.value)
