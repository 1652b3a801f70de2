"""From a new document to a live version: import, a person's work, check, activate; nothing live is touched before."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from adapters import versions
from adapters.knowledge_source import KnowledgeSource
from adapters.settings import ROOT
from adapters.storage.database import Database
from adapters.storage.proposals import Proposals
from adapters.terminal.main import main
from bot.actions import Action
from bot.growth.proposal import Proposal, State
from bot.handoff.case import Party
from bot.knowledge import Addition, KnowledgeError, Localised, load
from bot.knowledge.values import UNTRANSLATED
from bot.replies import Reply
from bot.revision.lines import Block
from tests import protocols
from tests.conftest import Server, settings
from tests.offices import FATIMA, JOKE, Talking, office
from tests.test_reload import Lines, server, small

__all__ = ["server", "small"]  # fixtures
Start = Callable[..., Awaitable[Server]]
NOTHING_PERSONAL = SimpleNamespace(redacted=lambda text: "", personal=lambda text: ())
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADDED = """\
- id: added-1
  title: {nl: Een profiel voor de klassenknuffel, en: A profile for the class bear}
  route: answer
  sections: [richtlijn-1]
  contact: manager
  gist: {nl: Ja., en: Yes.}
  examples: {nl: [mag de klassenknuffel een profiel?], en: [may the class bear have a profile?]}
"""
TO_DO = re.compile(r"\[\[te doen[^\]]*\]\] *")


class Desk:
    """Somebody at communications with the command line."""

    def __init__(self, live: Path, work: Path) -> None:
        self.live = live
        self.draft = live.with_name("unicoz.draft")
        self.work = work

    def run(self, *arguments: str | Path) -> Result:
        chosen = {"KNOWLEDGE": self.live.parent, "DATA": self.work / "data", "CACHE": self.work / "cache"}
        environment = {f"PROTOCOLWIJZER_{name}": str(value) for name, value in chosen.items()}
        runner = CliRunner()
        with ThreadPoolExecutor(1) as apart:  # a command has a loop of its own, and so have some tests
            return apart.submit(runner.invoke, main, ["knowledge", *map(str, arguments)], env=environment).result()

    def imports(self, content: bytes | None = None, name: str = "nieuw.docx", *more: str) -> Result:
        file = self.work / name
        file.write_bytes(protocols.as_word(protocols.changed()) if content is None else content)
        return self.run("import", file, *more)

    def finishes(self) -> None:
        """Do what the draft leaves to do: translate, describe, point elsewhere, and tick every point."""
        for file in ("protocol.en.md", "sections.yaml"):
            self.rewrite(self.draft / file, lambda text: TO_DO.sub("Written. ", text))
        for path in [*(self.draft / "situations").glob("*.yaml"), *(self.draft / "drafts" / "rules").glob("*.yaml")]:
            self.rewrite(path, lambda text: re.sub(r"\brichtlijn-2\b", "richtlijn-1", text))
        self.rewrite(self.draft / "review.md", lambda text: text.replace("- [ ]", "- [x]"))

    def goes_live(self) -> None:
        self.finishes()
        done = self.run("activate", self.draft)
        assert done.exit_code == 0, done.output

    @staticmethod
    def rewrite(file: Path, change: Callable[[str], str]) -> None:
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.fixture
def desk(knowledge_copy: Path, tmp_path: Path) -> Desk:
    return Desk(knowledge_copy, tmp_path)


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


# Import


def test_the_same_words_need_no_draft(desk: Desk) -> None:
    done = desk.imports(protocols.as_pdf(protocols.blocks()), "zelfde.pdf")
    assert done.exit_code == 0 and "22 same, 0 renamed, 0 reworded, 0 new, 0 removed" in done.output
    assert "which is live. No draft is needed" in done.output
    assert not desk.draft.exists()


def test_an_import_shows_what_changed_and_touches_nothing_that_is_live(desk: Desk) -> None:
    before = content_of(desk.live)
    done = desk.imports()
    assert done.exit_code == 0, done.output
    assert "22 sections: 16 same, 4 renamed, 1 reworded, 1 new, 1 removed." in done.output
    assert "new       Richtlijn 6 richtlijn-9" in done.output
    assert "renamed   Richtlijn 2 richtlijn-3 was Richtlijn 3" in done.output
    assert "removed   Richtlijn 2 richtlijn-2" in done.output
    assert content_of(desk.live) == before
    assert {file.name for file in desk.live.parent.iterdir()} == {"unicoz", "unicoz.draft"}


def test_words_that_came_and_went_are_coloured(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = desk.imports().output
    assert re.search(r"\x1b\[9;31mWanneer\x1b\[0m\x1b\[32mDreigt\x1b\[0m", shown)


def test_a_draft_says_what_is_to_do_with_file_and_place(desk: Desk) -> None:
    desk.imports()
    done = desk.run("check", desk.draft)
    assert done.exit_code == 1
    for expected in (
        "knowledge/unicoz.draft/protocol.en.md: section 'richtlijn-7': is not finished.",
        "knowledge/unicoz.draft/protocol.en.md: section 'richtlijn-9': is not finished.",
        "knowledge/unicoz.draft/sections.yaml: section 'richtlijn-9': is not finished.",
        "knowledge/unicoz.draft/situations/photos.yaml: 'pupil-photo': cites section 'richtlijn-2'",
        "knowledge/unicoz.draft/review.md: line ",
    ):
        assert expected in done.output
    english = (desk.draft / "protocol.en.md").read_text(encoding="utf-8")
    assert "## Guideline 2 {#richtlijn-3}" in english
    assert "## Guideline 6 {#richtlijn-9}" in english


def test_the_list_for_review_names_what_rests_on_what_changed(desk: Desk) -> None:
    asyncio.run(asked_while_live(desk))
    done = desk.imports()
    listed = (desk.draft / "review.md").read_text(encoding="utf-8")
    changed = listed[listed.index("## Gewijzigd: Richtlijn 7") : listed.index("## Vervallen")]
    for expected in ("de vertaling", "discussion-derails", "derailing", "urgent_section", "voorbeeldvragen", "zaak 1"):
        assert expected in changed
    removed = listed[listed.index("## Vervallen: Richtlijn 2") :]
    for expected in (
        "pupil-photo",
        "personal-data",
        "voorbeeldvragen",
        "other-school",
        "Richtlijn 3 (richtlijn-3) heet nu",
    ):
        assert expected in removed
    assert "zaak 1" not in removed
    assert "de reacties ontsporen" not in listed + done.output  # a case is named by its number alone


async def asked_while_live(desk: Desk) -> None:
    data = desk.work / "data"
    data.mkdir()
    live = SimpleNamespace(knowledge=load(desk.live))
    async with office(settings(data=data).database_url, lambda: live, lambda: NOTHING_PERSONAL) as talking:
        await asked_about(talking, "richtlijn-7", "de reacties ontsporen")


def test_examples_lose_a_section_that_is_gone_and_those_about_it_alone_are_set_apart(desk: Desk) -> None:
    desk.imports()
    kept = (desk.draft / "examples" / "t1.jsonl").read_text(encoding="utf-8")
    apart = (desk.draft / "examples.taken-out.jsonl").read_text(encoding="utf-8")
    before = (desk.live / "examples" / "t1.jsonl").read_text(encoding="utf-8")
    assert "richtlijn-2" not in kept and "richtlijn-2" in apart
    assert len(kept.splitlines()) + len(apart.splitlines()) == len(before.splitlines())


def test_a_second_import_does_not_write_over_a_draft(desk: Desk) -> None:
    desk.imports()
    before = content_of(desk.draft)
    done = desk.imports(protocols.as_text(protocols.changed()), "anders.txt")
    assert done.exit_code == 1 and "there is a draft already" in done.output
    assert content_of(desk.draft) == before
    elsewhere = desk.work / "elders"
    assert desk.imports(None, "nieuw.docx", "--to", str(elsewhere)).exit_code == 0
    assert (elsewhere / "review.md").exists()


@pytest.mark.parametrize("name", ["nieuw", "unicoz.1a2b3c4d"])
def test_a_draft_does_not_stand_where_it_cannot_go_live_from(desk: Desk, name: str) -> None:
    done = desk.imports(None, "nieuw.docx", "--to", str(desk.live.with_name(name)))
    assert done.exit_code == 1 and "is no name for a draft of unicoz." in done.output
    assert [file.name for file in desk.live.parent.iterdir()] == ["unicoz"]


def test_a_draft_from_elsewhere_goes_live_whole(desk: Desk) -> None:
    desk.draft = desk.work / "elders"
    desk.imports(None, "nieuw.docx", "--to", str(desk.draft))
    desk.goes_live()
    assert load(desk.live).fingerprint != "96bea7a0" and desk.draft.exists()
    assert {file.name for file in desk.live.parent.iterdir()} == {"unicoz", "unicoz.96bea7a0"}


def test_a_failed_import_leaves_nothing_behind(desk: Desk) -> None:
    before = content_of(desk.live)
    done = desk.imports(b"PK damaged", "kapot.docx")
    assert done.exit_code == 1 and "kapot.docx" in done.output and "nothing was imported" in done.output
    assert [file.name for file in desk.live.parent.iterdir()] == ["unicoz"]
    assert content_of(desk.live) == before


def test_a_translation_that_lacks_a_section_is_refused(desk: Desk) -> None:
    desk.imports()
    desk.finishes()
    desk.rewrite(desk.draft / "protocol.en.md", lambda text: text.replace("## Guideline 6 {#richtlijn-9}\n", ""))
    done = desk.run("activate", desk.draft)
    assert done.exit_code == 1 and "nothing went live" in done.output
    assert "protocol.en.md: section 'richtlijn-9': is missing. protocol.nl.md has it; add it here." in done.output
    assert desk.draft.exists() and load(desk.live).fingerprint == "96bea7a0"


# Activate


def test_a_draft_goes_live_only_when_every_point_is_ticked(desk: Desk) -> None:
    desk.imports()
    desk.finishes()
    desk.rewrite(desk.draft / "review.md", lambda text: text.replace("- [x]", "- [ ]", 1))
    before = content_of(desk.live)
    done = desk.run("activate", desk.draft)
    assert done.exit_code == 1
    assert "is not ticked. Look at it and put an x between the brackets." in done.output
    assert content_of(desk.live) == before


async def test_from_file_to_live_while_the_old_version_stays_readable(
    desk: Desk, small: KnowledgeSource, start: Start
) -> None:
    running = await start(small, knowledge=desk.live.parent)
    old = small.engine().knowledge.fingerprint
    assert desk.imports().exit_code == 0
    desk.finishes()
    assert desk.run("check", desk.draft).exit_code == 0
    done = desk.run("activate", desk.draft)
    assert done.exit_code == 0, done.output
    assert not desk.draft.exists()
    assert {file.name for file in desk.live.parent.iterdir()} == {"unicoz", f"unicoz.{old}"}
    assert small.engine().knowledge.fingerprint == old  # until it is loaded

    assert await asyncio.to_thread(small.reload)
    knowledge = small.engine().knowledge
    assert knowledge.fingerprint != old
    answer = small.engine().answer("richtlijn 2")
    assert answer.passages[0].section == "richtlijn-3"  # what bears that number now
    assert small.engine().answer("wat zegt richtlijn 6").passages[0].section == "richtlijn-9"

    status, page = await get(running, f"/protocol?version={old}")
    assert status == 200
    assert f"Dit is een oudere versie ({old})" in page
    assert "geen vertrouwelijke en/of schadelijke informatie verstrekken" in page
    assert protocols.ADDED not in page
    _, english = await get(running, f"/protocol?version={old}&lang=en")
    assert "It no longer applies." in english and "Employees may not provide confidential" in english
    _, current = await get(running, "/protocol")
    assert protocols.ADDED in current and f"/protocol?version={old}" in current
    assert (await get(running, f"/protocol?version={knowledge.fingerprint}"))[1] == current
    for nothing in ("00000000", "draft", "../unicoz", ""):
        assert (await get(running, f"/protocol?version={nothing}"))[0] == 404


async def get(server: Server, path: str) -> tuple[int, str]:
    async with server.client.get(path, headers={"Accept": "text/html"}) as response:
        return response.status, await response.text()


def test_going_back_is_activating_the_version_that_was_kept(desk: Desk) -> None:
    old = load(desk.live).fingerprint
    desk.imports()
    desk.goes_live()
    new = load(desk.live).fingerprint
    done = desk.run("activate", desk.live.with_name(f"unicoz.{old}"))
    assert done.exit_code == 0, done.output
    assert load(desk.live).fingerprint == old
    assert {file.name for file in desk.live.parent.iterdir()} == {"unicoz", f"unicoz.{new}"}


def test_an_id_is_given_once_and_returns_with_its_words(desk: Desk) -> None:
    desk.imports()
    desk.goes_live()
    again = [*protocols.blocks(), Block("item", "Draag bij een livestream altijd de naam van de school.", "", 9)]
    desk.imports(protocols.as_word(again), "terug.docx")
    back = (desk.draft / "protocol.nl.md").read_text(encoding="utf-8")
    assert "## Richtlijn 2 {#richtlijn-2}" in back
    assert "{#richtlijn-10}" in back and "{#richtlijn-9}" not in back


def test_nothing_kept_is_written_over(desk: Desk) -> None:
    for number in range(3):
        shutil.copytree(desk.live, desk.draft)
        desk.rewrite(desk.draft / "texts" / "nl.ftl", lambda text, n=number: f"{text}\n# {n}\n")  # type: ignore[misc]
        assert desk.run("activate", desk.draft).exit_code == 0
    kept = {file.name for file in desk.live.parent.iterdir()} - {"unicoz"}
    assert kept == {"unicoz.96bea7a0", "unicoz.96bea7a0.2", "unicoz.96bea7a0.3"}


@pytest.mark.parametrize("at_once", [True, False], ids=["exchanged", "renamed"])
def test_a_swap_that_fails_halfway_leaves_what_was_live(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    shutil.copytree(desk.live, desk.draft)
    before = content_of(desk.live)
    if at_once:
        monkeypatch.setattr(versions, "load_drafts", broken)
    else:
        monkeypatch.setattr(versions, "_exchanged", lambda one, other: False)
        monkeypatch.setattr(Path, "rename", refusing(desk.draft))
    done = desk.run("activate", desk.draft)
    assert done.exit_code == 1 and "nothing went live" in done.output
    assert content_of(desk.live) == before


def broken(*_: object) -> None:
    raise KnowledgeError([])


def refusing(folder: Path) -> Callable[[Path, Path], Path]:
    usual = Path.rename

    def rename(path: Path, to: Path) -> Path:
        if path == folder:
            raise PermissionError(13, "Permission denied")
        return usual(path, to)

    return rename


def test_what_is_live_already_or_does_not_exist_cannot_be_activated(desk: Desk) -> None:
    assert "is live already" in desk.run("activate", desk.live).output
    assert "there is no such folder" in desk.run("activate", desk.draft).output


def test_a_server_that_watches_follows_the_swap_and_goes_on_watching(
    server: tuple[subprocess.Popen[bytes], Lines], desk: Desk
) -> None:
    process, log = server
    organisation = desk.live / "organisation.yaml"
    whole = organisation.read_text(encoding="utf-8")
    edits = (organisation.write_text(f"{whole}# {n}\n", encoding="utf-8") for n in range(30))
    assert any(log.until(b"knowledge loaded", patience=2) for _ in edits)  # it watches

    shutil.copytree(desk.live, desk.draft)
    desk.rewrite(desk.draft / "protocol.nl.md", lambda text: text.replace("razendsnel", "snel"))
    assert desk.run("activate", desk.draft).exit_code == 0
    version = load(desk.live).fingerprint.encode()
    assert log.until(version)
    organisation.write_text(whole.replace("name: Unicoz", "nam: Unicoz"), encoding="utf-8")
    assert log.until(b"knowledge refused")
    assert process.poll() is None


# Whose folder it is


@pytest.fixture
def neighbour(desk: Desk) -> Path:
    """Another organisation's folder beside the live one, on which it is based."""
    folder = desk.live.with_name("voorbeeld")
    shutil.copytree(ROOT / "knowledge" / "voorbeeld", folder)
    return folder


def refused(desk: Desk, folder: Path, *said: str) -> None:
    """See that a folder does not go live, and that nothing at all changed."""
    before = content_of(desk.live.parent)
    done = desk.run("activate", folder)
    assert done.exit_code == 1 and "nothing went live" in done.output
    for expected in said:
        assert expected in done.output
    assert content_of(desk.live.parent) == before


def test_another_organisations_folder_never_goes_live(desk: Desk, neighbour: Path) -> None:
    refused(
        desk, neighbour, "voorbeeld: is another organisation's folder, no version of unicoz. Name a folder unicoz.…"
    )
    shutil.copytree(neighbour, desk.draft)
    refused(desk, desk.draft, "organisation.yaml: based_on: is based on unicoz, whose place it would take")
    away = desk.work / "away" / "voorbeeld"
    shutil.copytree(neighbour, away)
    shutil.copytree(desk.live, away.with_name("unicoz"))
    refused(desk, away, "is of 'Stichting De Waterkant', and 'Unicoz onderwijsgroep' is live.")


def test_a_link_to_another_organisations_folder_is_that_folder(desk: Desk, neighbour: Path) -> None:
    desk.draft.symlink_to(neighbour)
    refused(desk, desk.draft, "is another organisation's folder")


def test_what_breaks_an_organisation_that_is_based_on_it_does_not_go_live(desk: Desk, neighbour: Path) -> None:
    shutil.copytree(desk.live, desk.draft)
    (desk.draft / "drafts" / "rules" / "insult.yaml").unlink()
    for file in (desk.draft / "drafts" / "examples").glob("*.jsonl"):
        desk.rewrite(file, lambda text: "".join(line for line in text.splitlines(True) if '"insult' not in line))
    assert desk.run("check", desk.draft).exit_code == 0
    refused(desk, desk.draft, "voorbeeld/organisation.yaml: rules: there is no rule 'insult'.")
    desk.rewrite(neighbour / "organisation.yaml", lambda text: text.replace("name: Stichting", "nam: Stichting"))
    assert desk.run("activate", desk.draft).exit_code == 0  # that one was broken before


def test_a_folder_from_elsewhere_is_checked_where_it_will_stand(desk: Desk, neighbour: Path) -> None:
    away = desk.work / "away" / "voorbeeld"
    shutil.copytree(neighbour, away)
    shutil.copytree(desk.live, away.with_name("unicoz"))
    (desk.live / "concepts.yaml").unlink()
    chosen = {
        **os.environ,
        "PROTOCOLWIJZER_ORGANISATION": "voorbeeld",
        "PROTOCOLWIJZER_KNOWLEDGE": str(desk.live.parent),
    }
    done = CliRunner().invoke(main, ["knowledge", "activate", str(away)], env=chosen)
    assert done.exit_code == 1 and "concepts.yaml: the file is missing." in done.output
    assert {file.name for file in desk.live.parent.iterdir()} == {"unicoz", "voorbeeld"}


# What changed since the import


def test_a_draft_does_not_undo_what_was_edited_since(desk: Desk) -> None:
    desk.imports()
    desk.finishes()
    live, draft = desk.live / "sections.yaml", desk.draft / "sections.yaml"
    desk.rewrite(live, lambda text: f"# Nieuw telefoonnummer.\n{text}")
    (desk.live / "situations" / "added.yaml").write_text(ADDED, encoding="utf-8")
    (desk.live / "examples" / "t1.jsonl").unlink()
    digest = hashlib.sha256(live.read_bytes()).hexdigest()[:8]
    mark = f"- [x] overgenomen: sections.yaml {digest}"
    refused(
        desk,
        desk.draft,
        "knowledge/unicoz/sections.yaml: changed since the import; this draft undoes that.",
        f"add the line '{mark}' to review.md there.",
        "knowledge/unicoz/situations/added.yaml: is new since the import; this draft undoes that. Copy it to",
        "knowledge/unicoz/examples/t1.jsonl: is gone since the import",
    )
    desk.rewrite(draft, lambda text: f"# Nieuw telefoonnummer.\n{text}")
    shutil.copy(desk.live / "situations" / "added.yaml", desk.draft / "situations")
    (desk.draft / "examples" / "t1.jsonl").unlink()
    desk.rewrite(desk.draft / "review.md", lambda text: f"{text}{mark}\n")
    assert desk.run("activate", desk.draft).exit_code == 0
    assert "added-1" in load(desk.live).situations


def test_a_mark_holds_for_the_edit_that_was_seen_alone(desk: Desk) -> None:
    desk.imports()
    desk.finishes()
    desk.rewrite(desk.live / "sections.yaml", lambda text: f"# Een.\n{text}")
    digest = hashlib.sha256((desk.live / "sections.yaml").read_bytes()).hexdigest()[:8]
    desk.rewrite(desk.draft / "review.md", lambda text: f"{text}- [x] overgenomen: sections.yaml {digest}\n")
    desk.rewrite(desk.live / "sections.yaml", lambda text: f"# Twee.\n{text}")
    refused(desk, desk.draft, "knowledge/unicoz/sections.yaml: changed since the import")


def test_two_drafts_of_one_version_do_not_undo_each_other(desk: Desk) -> None:
    desk.imports()
    second = desk.live.with_name("unicoz.tweede")
    desk.imports(None, "nieuw.docx", "--to", str(second))
    desk.rewrite(second / "protocol.nl.md", lambda text: text.replace("razendsnel", "snel"))
    desk.goes_live()
    desk.draft = second
    desk.finishes()
    refused(desk, second, "was made from version 96bea7a0, and version", "and import the document again.")


def test_a_draft_that_went_live_says_no_more_what_it_was_made_from(desk: Desk) -> None:
    desk.imports()
    assert (desk.draft / "import.json").exists()
    desk.goes_live()
    assert not (desk.live / "import.json").exists()


def test_a_damaged_origin_is_said(desk: Desk) -> None:
    desk.imports()
    desk.finishes()
    (desk.draft / "import.json").write_text("{", encoding="utf-8")
    refused(desk, desk.draft, "knowledge/unicoz.draft/import.json: cannot be read. Restore it")


# What the desk added


def propose(desk: Desk, section: str, state: State = State.APPROVED, question: str = "") -> None:
    """Store a proposal on a section, as somebody at the desk does; each is approved by somebody else."""

    async def stored() -> None:
        settings_ = settings(data=desk.work / "data")
        desk.work.joinpath("data").mkdir(exist_ok=True)
        database = Database(settings_.database_url)
        await database.upgrade()
        words = Localised(question or f"Mag dit bij {section}?", UNTRANSLATED)
        addition = Addition("", "example", words, "answer", (section,), "manager")
        made = Proposal(0, addition, 1, Party("joke@unicoz.nl", "Joke"), NOW)
        made = await Proposals(database).propose(made, words.nl)
        if state != State.WAITING:
            await Proposals(database).decide(made, State.APPROVED, Party("henk@unicoz.nl", "Henk"), NOW)
        if state == State.WITHDRAWN:
            again = replace(made, state=State.APPROVED)
            await Proposals(database).decide(again, state, Party("henk@unicoz.nl", "Henk"), NOW)
        await database.close()

    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, stored()).result()


def part_of(listed: str, heading: str) -> str:
    return listed[listed.index(f"## {heading}") :].split("\n## ", maxsplit=1)[0]


def test_additions_on_what_changed_are_in_the_list_for_review(desk: Desk) -> None:
    for section in ("richtlijn-7", "richtlijn-2", "richtlijn-1", "richtlijn-99"):
        propose(desk, section)
    propose(desk, "richtlijn-7", State.WAITING, "En dit?")
    propose(desk, "richtlijn-7", State.WITHDRAWN, "En dat?")
    done = desk.imports()
    listed = (desk.draft / "review.md").read_text(encoding="utf-8")
    changed = part_of(listed, "Gewijzigd: Richtlijn 7")
    assert "- [ ] aanvullingen: voorstel 1, voorstel 5 (nog niet goedgekeurd)\n" in changed
    assert "- [ ] aanvullingen: voorstel 2\n" in part_of(listed, "Vervallen: Richtlijn 2")
    assert "- [ ] aanvullingen: voorstel 4" in part_of(listed, "Eerder vervallen: richtlijn-99")
    assert "voorstel 3" not in listed and "voorstel 6" not in listed
    assert "trek je in" in listed and "Mag dit bij" not in listed + done.output
    desk.finishes()
    desk.rewrite(desk.draft / "review.md", lambda text: text.replace("- [x] aanvullingen", "- [ ] aanvullingen", 1))
    refused(desk, desk.draft, "'aanvullingen: voorstel")
    desk.goes_live()


def test_an_addition_of_after_the_import_is_looked_at_too(desk: Desk) -> None:
    desk.imports()
    propose(desk, "richtlijn-7")
    propose(desk, "richtlijn-1")
    desk.finishes()
    refused(
        desk,
        desk.draft,
        "unicoz.draft/review.md: voorstel 1 rests on richtlijn-7, which changes, and is not in the list.",
        "add the line '- [x] voorstel 1'.",
        "1 to mend",
    )
    desk.rewrite(desk.draft / "review.md", lambda text: f"{text}- [x] voorstel 1\n")
    desk.goes_live()


def test_going_back_names_the_additions_and_waits_for_nobody(desk: Desk) -> None:
    old = load(desk.live).fingerprint
    desk.imports()
    desk.goes_live()
    propose(desk, "richtlijn-7")
    done = desk.run("activate", desk.live.with_name(f"unicoz.{old}"))
    assert done.exit_code == 0, done.output
    assert "Look at voorstel 1: it rests on richtlijn-7, which changes." in done.output


def test_a_draft_waits_for_a_database_that_is_away(desk: Desk) -> None:
    desk.imports()
    desk.finishes()
    (desk.work / "data").mkdir()
    (desk.work / "data" / "unicoz.sqlite3").write_bytes(b"no database at all, only some bytes" * 100)
    refused(desk, desk.draft, "the database: it cannot be seen which additions of the desk rest on what changes.")
    shutil.rmtree(desk.draft)
    desk.imports()
    assert "de database was niet bereikbaar" in part_of((desk.draft / "review.md").read_text(), "Aanvullingen")


# Which versions there are


def test_versions_are_listed_with_their_fingerprint_date_and_folder(desk: Desk) -> None:
    desk.imports()
    desk.goes_live()
    desk.imports(protocols.as_word(protocols.blocks()), "terug.docx")
    (desk.draft / "protocol.nl.md").write_text("", encoding="utf-8")
    done = desk.run("versions")
    new = load(desk.live).fingerprint
    today = datetime.now().astimezone().date()
    rows = [line.split() for line in done.output.splitlines()]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("live", new, str(desk.live)),
        ("draft", "damaged", str(desk.draft)),
        ("kept", "96bea7a0", str(desk.live.with_name("unicoz.96bea7a0"))),
    ]
    assert rows[0][2] == str(today)


def test_a_name_that_stands_twice_is_a_mistake(desk: Desk) -> None:
    desk.rewrite(desk.live / "protocol.nl.md", lambda text: text.replace("## Richtlijn 3 ", "## Richtlijn 2 "))
    done = desk.run("check")
    assert done.exit_code == 1
    assert "protocol.nl.md: section 'richtlijn-3': has the name of section 'richtlijn-2', 'Richtlijn 2'." in done.output


# Cases from before


async def test_a_case_from_before_names_its_version_and_does_without_a_section_that_is_gone(
    desk: Desk, database_url: str
) -> None:
    live = SimpleNamespace(knowledge=load(desk.live))
    async with office(database_url, lambda: live, lambda: NOTHING_PERSONAL) as talking:
        await asked_about(talking, "richtlijn-2", "mag ik dit delen?")
        assert "versie van het protocol" not in str(await talking.step(JOKE, "show"))
        desk.imports()
        desk.goes_live()
        old, live.knowledge = live.knowledge.fingerprint, load(desk.live)
        shown = await talking.step(JOKE, "show")
        assert isinstance(shown, Reply)
        assert f"andere versie van het protocol ({old})" in str(shown.parts)
        assert "richtlijn-2" not in str(shown.parts)
        assert (await talking.case()).fingerprint == old


async def asked_about(talking: Talking, section: str, text: str) -> None:
    form = await talking.press(FATIMA, Action.ASK_COMMUNICATIONS, section, asked=text)
    await talking.fill(FATIMA, form)
