"""A second organisation: its own words on every way in, and nothing of the first."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path

import pytest

from adapters.knowledge_source import KnowledgeSource
from adapters.learning import digest_of
from adapters.settings import ROOT
from bot.knowledge import KnowledgeError, load
from bot.knowledge.draft_files import load_drafts
from tests.conftest import UNICOZ, Server, settings
from tests.test_terminal import run

VOORBEELD = ROOT / "knowledge" / "voorbeeld"
Start = Callable[..., Awaitable[Server]]


@pytest.fixture(scope="module")
def other() -> KnowledgeSource:
    return KnowledgeSource(settings(organisation="voorbeeld"), progress=lambda said: None)


def test_it_passes_the_check() -> None:
    done = run("knowledge", "check", organisation="voorbeeld")
    assert done.returncode == 0, done.stderr
    assert b"Stichting De Waterkant: 9 sections" in done.stdout


@pytest.mark.parametrize("folder", [UNICOZ, VOORBEELD])
def test_two_invented_people_of_communications_can_approve_of_each_others_proposals(folder: Path) -> None:
    assert [one.role for one in load(folder).organisation.demonstrators].count("communications") > 1


def test_nothing_in_the_code_names_the_first_organisation() -> None:
    named = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("bot", "adapters")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".html", ".js", ".css") and path.name != "settings.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if "unicoz" in line.lower() and not re.search(r'"""|#|`|protocolwijzer knowledge', line)
    ]
    assert not named


@pytest.mark.parametrize(
    ("asked", "answered", "section"),
    [
        ("mag ik foto's van mijn leerlingen op facebook zetten?", "als de ouders dit schooljaar", "afspraak-2"),
        ("een moeder wil vrienden worden op facebook", "Neem geen vriendschapsverzoeken", "afspraak-1"),
        ("er wordt gescholden op onze pagina", "bel meteen het bestuursbureau", "afspraak-6"),
        ("wat zegt afspraak 5?", "verbeter het dan dezelfde dag", "afspraak-5"),
        ("may I be friends with parents?", "do not accept friend requests", "afspraak-1"),
    ],
)
async def test_a_question_is_answered_with_its_own_words(
    other: KnowledgeSource, start: Start, asked: str, answered: str, section: str
) -> None:
    server = await start(other, organisation="voorbeeld")
    body = {"id": "1", "session": "s", "text": asked}
    async with server.client.post("/api/events", data=BytesIO(json.dumps(body).encode())) as response:
        html = (await response.json())["html"]
    assert answered in html and f"#{section}" in html and "De Waterkant" in html
    assert "unicoz" not in html.lower()


async def test_its_pages_show_its_own_document_alone(other: KnowledgeSource, start: Start) -> None:
    server = await start(other, organisation="voorbeeld")
    for path in ("/", "/?lang=en", "/protocol", "/protocol?lang=en", "/readyz"):
        async with server.client.get(path) as response:
            page = await response.text()
        assert response.status == 200 and "De Waterkant" in page
        assert "unicoz" not in page.lower()


def test_a_draft_is_checked_against_its_own_sections(other: KnowledgeSource) -> None:
    review = other.reviewer().review("Sanne uit groep 6 heeft adhd en was vandaag weer onhandelbaar.")
    assert review.verdict == "stop"
    rules = other.reviewer().knowledge.rules
    assert {rules[finding.rule].section for finding in review.findings} == {"afspraak-3"}
    assert {rule.section for rule in rules.values()} <= set(other.engine().knowledge.sections)


def test_nothing_that_the_bot_says_there_names_the_first_organisation(other: KnowledgeSource) -> None:
    knowledge = other.engine().knowledge
    said = [text for _, text in knowledge.texts.sources()]
    said += [part for one in knowledge.sections.values() for part in (one.text.nl, one.gist.nl, one.text.en)]
    said += [talk.reply.nl + talk.reply.en for talk in knowledge.small_talk.values()]
    said += [rule.message.nl + rule.advice.nl + rule.message.en for rule in other.reviewer().knowledge.rules.values()]
    assert not [text for text in said if "unicoz" in text.lower()]


# What it lends from another folder


@pytest.fixture
def both(tmp_path: Path) -> Path:
    """Both folders without the labelled sentences and posts but a few."""
    for folder in (UNICOZ, VOORBEELD):
        few = shutil.ignore_patterns("sentences_*", "posts_p*", "[htu][0-9]*.jsonl")
        shutil.copytree(folder, tmp_path / "knowledge" / folder.name, ignore=few)
    return tmp_path / "knowledge"


def test_a_file_that_it_has_itself_goes_before_the_lent_one(both: Path) -> None:
    assert load(both / "voorbeeld").texts.say("nl", "yes") == "Ja"
    own = both / "voorbeeld" / "texts" / "nl.ftl"
    own.parent.mkdir()
    lent = (both / "unicoz" / "texts" / "nl.ftl").read_text(encoding="utf-8")
    own.write_text(lent.replace("\nyes = Ja\n", "\nyes = Zeker\n"), encoding="utf-8")
    assert load(both / "voorbeeld").texts.say("nl", "yes") == "Zeker"


def test_questions_situations_and_document_are_never_lent(both: Path) -> None:
    knowledge = load(both / "voorbeeld")
    assert {example.author for example in knowledge.examples} == {"v1"}
    (both / "voorbeeld" / "protocol.en.md").unlink()
    with pytest.raises(KnowledgeError, match=r"knowledge/voorbeeld/protocol\.en\.md: the file is missing"):
        load(both / "voorbeeld")


def test_a_change_of_a_lent_file_is_a_change(both: Path) -> None:
    before = digest_of(both / "voorbeeld")
    texts = both / "unicoz" / "texts" / "nl.ftl"
    texts.write_text(texts.read_text(encoding="utf-8") + "\n# anders\n", encoding="utf-8")
    assert digest_of(both / "voorbeeld") != before
    before = digest_of(both / "voorbeeld")
    (both / "unicoz" / "protocol.nl.md").write_text("", encoding="utf-8")  # not lent
    assert digest_of(both / "voorbeeld") == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("based_on: unicoz", "based_on: elders", "organisation.yaml: based_on: there is no folder 'knowledge/elders'"),
        (
            "insult: afspraak-3",
            "insult: afspraak-9",
            "rule 'insult': cites section 'afspraak-9'",
        ),
        ("insult: afspraak-3", "insolt: afspraak-3", "organisation.yaml: rules: there is no rule 'insolt'."),
    ],
)
def test_a_mistake_in_what_is_lent_is_named(both: Path, old: str, new: str, said: str) -> None:
    file = both / "voorbeeld" / "organisation.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_drafts(both / "voorbeeld", load(both / "voorbeeld").sections)
    assert said in str(refused.value)
