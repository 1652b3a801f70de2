"""From a new document to a live version: import, a person's work, check, activate; nothing live is touched before."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from adapters import versions
from adapters.knowledge_source import KnowledgeSource
from adapters.terminal.main import main
from bot.actions import Action
from bot.knowledge import KnowledgeError, load
from bot.replies import Reply
from bot.revision.lines import Block
from tests import protocols
from tests.conftest import Server, settings
from tests.offices import FATIMA, JOKE, Talking, office
from tests.test_reload import Lines, server, small

__all__ = ["server", "small"]  # fixtures
Start = Callable[..., Awaitable[Server]]
NOTHING_PERSONAL = SimpleNamespace(redacted=lambda text: "", personal=lambda text: ())
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
