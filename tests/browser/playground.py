"""Three people in Playgrounds of their own, one server, one Chromium: all in a network in which there is nobody else.

Started by test_teams_playground.py.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

QUESTION = "Mag ik een foto van de sportdag op mijn eigen Instagram zetten?"
DRAFT = "Wat een topdag! Sanne uit groep 6 won de quiz. Haar epilepsie merkte je niet."
ADVICE = "Dat mag als de ouders toestemming gaven."
BOT = "http://127.0.0.1:3978"
CHANNEL = "19:loket@thread.tacv2"
PATIENCE = 90  # seconds until all are up


@dataclass(frozen=True)
class Somebody:
    """A person, and the Playground in which they sit."""

    name: str
    number: int

    @property
    def account(self) -> dict[str, str]:
        first, last = self.name.split()[0], self.name.split()[-1]
        email = f"{first}.{last}@unicoz.nl".lower()
        aad = f"00000000-0000-0000-0000-{self.number:012}"
        own = {"id": f"29:{self.number}", "name": self.name, "userPrincipleName": email, "email": email}
        return {**own, "aadObjectId": aad, "givenName": first, "surname": last}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{56150 + self.number}"

    def configuration(self, others: list[Somebody]) -> dict[str, object]:
        channels = [{"id": CHANNEL, "name": "Loket"}] if self is DESK else []
        return {
            "version": "0.1.1",
            "tenantId": "00000000-0000-0000-0000-000000000099",
            "bot": {"id": "28:protocolwijzer", "name": "Protocolwijzer"},
            "currentUser": self.account,
            "users": [other.account for other in others],
            "personalChat": {"id": f"a:{self.number}"},
            "groupChat": {"id": f"19:groep-{self.number}@thread.v2", "name": "Bouw"},
            "team": {
                "id": f"19:team-{self.number}@thread.tacv2",
                "name": "Communicatie",
                "aadGroupId": f"00000000-0000-0000-0000-{31 + self.number:012}",
                "channels": channels,
            },
        }


TEACHER, MANAGER, DESK = Somebody("Fatima de Boer", 1), Somebody("Karel Smit", 2), Somebody("Joke Visser", 3)
EVERYBODY = [TEACHER, MANAGER, DESK]
COLLEAGUES = [Somebody(f"Collega Van {name}", 10 + number) for number, name in enumerate(("Dam", "Es", "Gent"))]


def main(cli: str, pictures: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        running.enter_context(server(Path(folder)))
        for somebody in EVERYBODY:
            running.enter_context(playground(cli, Path(folder), somebody))
        for url in (f"{BOT}/healthz", *(somebody.url for somebody in EVERYBODY)):
            reached(url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            scenario(browser, pictures)
            browser.close()


@contextlib.contextmanager
def server(folder: Path) -> Iterator[None]:
    staff = folder / "staff.csv"
    staff.write_text(f"staff,manager,school\n{TEACHER.account['email']},{MANAGER.account['email']},De Vlinder\n")
    own = {"TEAMS_DEVELOPMENT": "true", "PORT": "3978", "DATA": str(folder / "data"), "STAFF_LIST": str(staff)}
    environment = {**os.environ, **{f"PROTOCOLWIJZER_{name}": value for name, value in own.items()}}
    command = [str(Path(sys.executable).parent / "protocolwijzer"), "serve"]
    with started(subprocess.Popen(command, env=environment)):
        yield


@contextlib.contextmanager
def playground(cli: str, folder: Path, somebody: Somebody) -> Iterator[None]:
    file = folder / f"{somebody.number}.yml"
    file.write_text(
        yaml.safe_dump(somebody.configuration([one for one in (*EVERYBODY, *COLLEAGUES) if one is not somebody]))
    )
    own = {"BROWSER": "none", "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(file)}
    port = somebody.url.rpartition(":")[2]
    command = ["node", cli, "start", "-e", f"{BOT}/api/messages", "-c", "msteams", "-p", port, "--disable-telemetry"]
    with started(subprocess.Popen(command, env={**os.environ, **own}, cwd=folder)):
        yield


@contextlib.contextmanager
def started(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def reached(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)  # another process starts
        else:
            return


def scenario(browser: Browser, pictures: Path) -> None:
    """A teacher doubts, her manager passes it on, the desk answers; then she has a draft checked in a dialog.

    The tool opens no dialog from a card in a channel, so the desk takes the case there and answers it in its own chat.
    """
    teacher, manager, desk = (page_of(browser, somebody) for somebody in EVERYBODY)
    link_the_desk(desk)
    ask_the_manager(teacher, pictures)
    expect(manager.get_by_text("Zaak 1 · nieuw")).to_be_visible()
    keep(manager, pictures / "manager.png")
    button(manager, "Naar communicatie").click()
    answer(desk, pictures)
    expect(teacher.get_by_text("Zaak 1 · beantwoord")).to_be_visible()
    expect(teacher.get_by_text(ADVICE)).to_be_visible()
    keep(teacher, pictures / "advice.png")
    check_a_draft(teacher, pictures)


def page_of(browser: Browser, somebody: Somebody) -> Page:
    """Open somebody's Playground: a person, says the tool, who speaks English."""
    page = browser.new_page(viewport={"width": 1300, "height": 1300})
    page.goto(somebody.url)
    expect(page.get_by_text("What are you in doubt about?")).to_be_visible()
    return page


def link_the_desk(desk: Page) -> None:
    desk.get_by_text("Loket").first.click()
    desk.locator("[contenteditable=true]").first.click()
    desk.keyboard.type("@Pro")
    desk.get_by_role("menuitem", name="Protocolwijzer").click()
    desk.keyboard.type("koppel")
    desk.get_by_role("button", name="Post", exact=True).click()
    expect(desk.get_by_text("Nieuwe zaken komen voortaan hier.")).to_be_visible()


def ask_the_manager(teacher: Page, pictures: Path) -> None:
    say(teacher, QUESTION)
    expect(teacher.get_by_text("Overweging 4").last).to_be_visible()
    keep(teacher, pictures / "question.png")
    button(teacher, "Vraag mijn leidinggevende").click()
    expect(teacher.locator("textarea").first).to_have_value(QUESTION)
    keep(teacher, pictures / "form.png")
    button(teacher, "Verstuur").click()
    expect(teacher.get_by_text("Verstuurd.")).to_be_visible()
    expect(teacher.get_by_text("Zaak 1 · nieuw")).to_be_visible()
    keep(teacher, pictures / "sent.png")


def answer(desk: Page, pictures: Path) -> None:
    expect(desk.get_by_text("Zaak 1 · nieuw")).to_be_visible()
    button(desk, "Pak op").click()
    expect(button(desk, "Geef vrij")).to_be_visible()  # the card is edited in place
    keep(desk, pictures / "desk.png")
    desk.get_by_text("Personal Chat").first.click()
    say(desk, "zaak 1")
    button(desk, "Geef antwoord").click()
    desk.locator("textarea").last.fill(ADVICE)
    button(desk, "Bekijk").click()
    expect(desk.get_by_text("Antwoord op zaak 1 van de afdeling communicatie")).to_be_visible()
    keep(desk, pictures / "preview.png")
    button(desk, "Verstuur").click()


def check_a_draft(teacher: Page, pictures: Path) -> None:
    teacher.get_by_role("button", name="Trigger Message Extension App").click()
    teacher.get_by_text("Action Command").click()
    dialog = teacher.get_by_role("dialog")
    dialog.get_by_placeholder("Input command id").fill("checkDraft")
    dialog.get_by_role("button", name="Create").click()
    dialog.locator("textarea").fill(DRAFT)
    keep(teacher, pictures / "draft.png")
    dialog.get_by_role("button", name="Check", exact=True).click()
    expect(dialog.get_by_text("Do not post this yet.")).to_be_visible()
    keep(teacher, pictures / "review.png")


def keep(page: Page, file: Path) -> None:
    """Take a picture of the conversation, without the tool's own columns."""
    page.screenshot(path=file, clip={"x": 330, "y": 48, "width": 640, "height": 1240})


def button(page: Page, title: str) -> Locator:
    return page.get_by_role("button", name=title).last


def say(page: Page, words: str) -> None:
    page.locator("[contenteditable=true]").first.click()
    page.keyboard.type(words)
    page.keyboard.press("Enter")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
