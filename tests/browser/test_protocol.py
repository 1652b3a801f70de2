"""The whole document, the languages, and the page without a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from bot.answering.engine import Engine
from bot.events import LANGUAGES, Language
from tests.browser.chat import Chat
from tests.browser.conftest import DESKTOP, PHONE, Watch

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Visit = Callable[..., Awaitable[Chat]]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_document_holds_every_section_word_for_word(visit: Visit, engine: Engine, language: Language) -> None:
    document = await visit(f"/protocol?lang={language}")
    for section in engine.knowledge.sections.values():
        words = document.page.locator(f'[id="{section.id}"] > p')
        await expect(words).to_have_text(section.text[language].split("\n\n"))


async def test_the_contents_link_to_every_section(visit: Visit, engine: Engine) -> None:
    document = await visit("/protocol")
    await document.open_contents()
    links = document.page.locator(".contents").get_by_role("link")
    await expect(links).to_have_text([section.name.nl for section in engine.knowledge.sections.values()])
    addresses = [await link.get_attribute("href") for link in await links.all()]
    assert addresses == [f"#{section}" for section in engine.knowledge.sections]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_an_anchor_brings_its_section_below_the_header(
    visit: Visit, engine: Engine, viewport: dict[str, int]
) -> None:
    document = await visit("/protocol", viewport=viewport)
    await document.open_contents()
    for section in list(engine.knowledge.sections.values())[::7]:
        await document.page.locator(f'.contents a[href="#{section.id}"]').click()
        heading = document.page.locator(f'[id="h-{section.id}"]')
        await expect(heading).to_be_in_viewport(ratio=1)
        top, header = await heading.bounding_box(), await document.page.get_by_role("banner").bounding_box()
        assert top and header and top["y"] >= header["y"] + header["height"]


async def test_the_language_link_changes_the_page_and_stays_on_it(visit: Visit, engine: Engine) -> None:
    chat = await visit("/")
    await chat.page.get_by_role("link", name="English").click()
    await expect(chat.page.locator("html")).to_have_attribute("lang", "en")
    await expect(chat.page.get_by_role("textbox", name="Your question")).to_be_visible()
    await chat.page.get_by_role("link", name="The whole protocol").click()
    await expect(chat.page.get_by_role("heading", level=1)).to_have_text(engine.knowledge.title.en)
    await chat.page.get_by_role("link", name="Nederlands").click()
    await expect(chat.page.get_by_role("heading", level=1)).to_have_text(engine.knowledge.title.nl)


async def test_a_browser_that_prefers_english_gets_the_english_page(visit: Visit) -> None:
    chat = await visit("/", locale="en-GB")
    await expect(chat.page.locator("html")).to_have_attribute("lang", "en")


async def test_without_a_script_the_page_leads_to_the_document_and_offers_no_box(visit: Visit) -> None:
    chat = await visit("/", java_script_enabled=False)
    await expect(chat.page.get_by_role("textbox", include_hidden=True)).to_be_hidden()
    await expect(chat.page.locator(".choices")).to_be_hidden()
    await chat.page.get_by_role("main").get_by_role("link", name=chat.say("page-protocol")).click()
    await expect(chat.page.locator("body")).to_have_class("document")


async def test_a_page_that_does_not_exist_leads_to_those_that_do(visit: Visit, watch: Watch) -> None:
    watch.expect("status of 404")
    lost = await visit("/nergens")
    await expect(lost.page.get_by_role("heading", level=1)).to_have_text(lost.say("page-not-found"))
    await lost.page.get_by_role("link", name=lost.say("page-chat")).click()
    await expect(lost.box).to_be_visible()
