"""The whole loop on the page, over people and two servers: asked, advised, proposed, approved, answered at once."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from adapters.knowledge_source import KnowledgeSource
from tests.browser.chat import Chat
from tests.browser.conftest import Site
from tests.conftest import settings

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Visit = Callable[..., Awaitable[Chat]]
Serve = Callable[..., Awaitable[Site]]
QUESTION = "Mag de knuffelbeer van groep 3 een eigen Bluesky-profiel krijgen?"
ANSWER = "Ja, de beer mag een profiel."
FATIMA, KAREL, JOKE, MO = "Fatima", "Karel", "Joke", "Mo"


async def be(page: Page, name: str, path: str = "/") -> None:
    """Become one of the invented people, and go to a page of theirs."""
    await page.get_by_role("button", name=re.compile(rf"^{name} ")).click()
    await expect(page.get_by_role("button", name=re.compile(rf"^{name} "))).to_have_attribute("aria-pressed", "true")
    if path != "/":
        await page.goto(path)


def panel(page: Page) -> Locator:
    return page.locator("#case")


async def ask_communications(chat: Chat) -> None:
    answer = await chat.ask(QUESTION)
    await expect(answer).to_contain_text("Het protocol zegt hier niets over.")
    form = await chat.press(answer.get_by_role("button", name="Vraag communicatie"))
    await form.get_by_role("button", name="Verstuur").click()
    await expect(chat.log).to_contain_text("Zaak 1")


async def advise_and_propose(page: Page) -> None:
    await page.locator("#cases").get_by_role("button", name="Zaak 1").click()
    case = panel(page)
    await case.get_by_role("button", name="Geef antwoord").click()
    await case.get_by_label("Je antwoord").fill(f"{ANSWER} Spreek af wie erop plaatst.")
    await case.get_by_role("button", name="Bekijk").click()
    await case.get_by_role("button", name="Verstuur").click()
    await case.get_by_role("button", name="Maak hier kennis van").click()
    await case.get_by_label("Titel van de situatie").fill("Een profiel voor Sanne de Vries")
    await case.get_by_label("Het onderdeel dat erbij hoort").select_option("richtlijn-2")
    await case.get_by_role("button", name="Bekijk").click()
    await expect(case.locator(".preview mark")).to_contain_text("Sanne")  # a name is refused, with its place
    await case.get_by_label("Titel van de situatie").fill("Een profiel voor de klassenknuffel")
    await case.get_by_role("button", name="Bekijk").click()
    await expect(case).to_contain_text("Zo leest de vrager het:")
    await expect(case.locator(".preview")).to_contain_text(ANSWER)
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    await case.get_by_role("button", name="Stel voor").click()
    await expect(case).to_contain_text("Voorstel 1 is opgeslagen.")


async def test_what_one_was_advised_the_next_is_answered_at_once(visit: Visit, serve: Serve, database_url: str) -> None:
    sources = [KnowledgeSource(settings(), lambda said: None) for _ in range(2)]
    first, second = [await serve(source, demonstration=True, database=database_url) for source in sources]
    chat, desk = await visit(site=first), await visit(site=second)
    await be(chat.page, FATIMA)
    await ask_communications(chat)
    await be(desk.page, JOKE, "/desk")
    await advise_and_propose(desk.page)
    await desk.page.locator("#tools").get_by_role("button", name="Voorstellen").click()
    await panel(desk.page).get_by_role("button", name="Voorstel 1").click()
    await panel(desk.page).get_by_role("button", name="Keur goed").click()
    await expect(panel(desk.page)).to_contain_text("Je eigen voorstel kun je niet goedkeuren.")

    await be(chat.page, MO, "/desk")
    await chat.page.locator("#tools").get_by_role("button", name="Voorstellen").click()
    await panel(chat.page).get_by_role("button", name="Voorstel 1").click()
    await panel(chat.page).get_by_role("button", name="Keur goed").click()
    await expect(panel(chat.page)).to_contain_text("Voorstel 1 is goedgekeurd.")
    approved = time.monotonic()
    while not all(source.engine().answer(QUESTION).situation for source in sources):
        assert time.monotonic() - approved < 10, "a server has it within ten seconds"
        await asyncio.sleep(0.1)  # another server's look at the database tells nobody

    for site in (first, second):
        asker = await visit(site=site)
        await be(asker.page, KAREL)
        answer = await asker.ask("mag de knuffelbeer van groep 3 een eigen bluesky profiel krijgen")
        await expect(answer.get_by_role("heading", level=3)).to_have_text(ANSWER)
        await expect(answer.locator('figcaption a[href$="#richtlijn-2"]')).to_be_visible()


async def test_the_report_stands_on_a_page_without_a_script_and_leads_to_a_proposal(visit: Visit, serve: Serve) -> None:
    site = await serve(demonstration=True)
    chat = await visit(site=site)
    await be(chat.page, FATIMA)
    await ask_communications(chat)
    answer = await chat.ask("mag ik een klassenfoto plaatsen?")
    await answer.get_by_role("group", name="Hielp dit?").get_by_role("button", name="Nee").click()
    form = await chat.press(chat.log.get_by_role("button", name="Wat miste je?"))
    await form.get_by_label("Je woorden").fill("een voorbeeld van een toestemmingsbrief")
    await form.get_by_role("button", name="Verstuur").click()  # the thanks stand where the form stood
    await expect(chat.answers.last).to_contain_text("Dank je wel.")

    await be(chat.page, JOKE, "/desk/report")
    page = chat.page
    figures = page.locator("section.figures")
    await expect(
        figures.filter(has=page.get_by_role("heading", name="Vragen naar onderdeel")).locator("svg")
    ).to_be_visible()
    total = page.locator('section[aria-labelledby="totals"] tbody tr').first
    await expect(total.locator("td")).to_have_text(["2", re.compile(r"\d"), "1", "1", "0", "1"])
    groups = page.locator(".groups > li")
    await expect(groups).to_have_count(2)
    await expect(groups.first).to_contain_text("knuffelbeer")
    assert (await Axe().run(page)).violations_count == 0
    await page.emulate_media(media="print")
    await expect(page.locator(".top")).to_be_hidden()
    await page.emulate_media(media="screen")
    await groups.first.get_by_role("link", name="Maak hier kennis van").click()
    await expect(panel(page).get_by_label("De vraag, zoals iemand die stelt")).to_have_value(QUESTION)
    without = await visit(site=site, java_script_enabled=False)
    await be(without.page, JOKE, "/desk/report")
    await expect(without.page.get_by_role("heading", level=1)).to_be_visible()
