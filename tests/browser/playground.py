"""Server, Playground and Chromium in a network of their own; started by test_teams_playground.py."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

QUESTION = "Mag ik een foto van de sportdag op mijn eigen Instagram zetten?"
DRAFT = "Wat een topdag! Sanne uit groep 6 won de quiz. Haar epilepsie merkte je niet."
BOT, PLAYGROUND = "http://127.0.0.1:3978", "http://127.0.0.1:56150"
PATIENCE = 90  # seconds until both are up


def main(cli: str, pictures: Path) -> None:
    with tempfile.TemporaryDirectory() as data:
        own = {
            "PROTOCOLWIJZER_TEAMS_DEVELOPMENT": "true",
            "PROTOCOLWIJZER_PORT": "3978",
            "PROTOCOLWIJZER_DATA": data,
        }
        server = subprocess.Popen([Path(sys.executable).parent / "protocolwijzer", "serve"], env={**os.environ, **own})
        reached(f"{BOT}/healthz")
        start = ["start", "-e", f"{BOT}/api/messages", "-c", "msteams", "-p", "56150", "--disable-telemetry"]
        tool = subprocess.Popen(["node", cli, *start], env={**os.environ, "BROWSER": "none"})
        try:
            reached(PLAYGROUND)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
                page = browser.new_page(viewport={"width": 1300, "height": 1300})
                page.goto(PLAYGROUND)
                scenario(page, pictures)
                browser.close()
        finally:
            for process in (tool, server):
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


def scenario(page: Page, pictures: Path) -> None:
    """Ask, hand off, get the status as a message that the bot sends by itself, have a draft checked."""
    expect(page.get_by_text("What are you in doubt about?").or_(page.get_by_text("Waar twijfel je"))).to_be_visible()
    say(page, QUESTION)
    expect(page.get_by_text("Overweging 4").last).to_be_visible()
    page.screenshot(path=pictures / "question.png")
    page.get_by_text("Vraag communicatie", exact=True).last.click()
    expect(page.locator("textarea").first).to_have_value(QUESTION)
    page.screenshot(path=pictures / "form.png")
    page.get_by_role("button", name="Verstuur").last.click()
    expect(page.get_by_text("Zaak 1 · nieuw")).to_be_visible()
    expect(page.get_by_text("Verstuurd.")).to_be_visible()
    page.screenshot(path=pictures / "sent.png")
    say(page, "check")  # the Playground's own language is English
    expect(page.get_by_text("I do not keep it.")).to_be_visible()
    page.locator("textarea").last.fill(DRAFT)
    page.get_by_role("button", name="Check", exact=True).last.click()
    expect(page.get_by_text("Do not post this yet.")).to_be_visible()
    page.screenshot(path=pictures / "review.png")


def say(page: Page, words: str) -> None:
    page.locator("[contenteditable=true]").first.click()
    page.keyboard.type(words)
    page.keyboard.press("Enter")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
