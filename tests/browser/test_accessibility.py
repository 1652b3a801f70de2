"""Everybody can use it: axe, small windows, large text, little motion, and what a screen reader is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.questions import Questions

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Visit = Callable[..., Awaitable[Chat]]
Viewport = dict[str, int]


async def expect_no_violations(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_axe_finds_nothing_in_a_conversation(
    visit: Visit, questions: Questions, viewport: Viewport, color_scheme: str
) -> None:
    chat = await visit(viewport=viewport, color_scheme=color_scheme)
    await expect_no_violations(chat.page)
    answer = await chat.ask(questions.doubt().question)
    await expect_no_violations(chat.page)
    await answer.get_by_role("button", name=chat.say("no"), exact=True).click()
    await expect(answer).to_contain_text(chat.say("rated-no"))
    await expect_no_violations(chat.page)
    await chat.ask(questions.unsure().question)
    await expect_no_violations(chat.page)


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_axe_finds_nothing_in_the_document(visit: Visit, viewport: Viewport, color_scheme: str) -> None:
    document = await visit("/protocol", viewport=viewport, color_scheme=color_scheme)
    await expect_no_violations(document.page)
    await document.open_contents()
    await document.page.get_by_text(document.say("page-plainly")).first.click()
    await expect_no_violations(document.page)


async def test_axe_finds_nothing_on_the_english_page(visit: Visit, questions: Questions) -> None:
    chat = await visit("/?lang=en")
    answer = await chat.ask(questions.certain("en").question)
    await chat.press(answer.get_by_role("button", name=chat.say("original")).first)
    await expect_no_violations(chat.page)


@pytest.mark.parametrize("width_and_text", [(320, "100%"), (390, "200%"), (1100, "200%")])
async def test_nothing_scrolls_sideways(visit: Visit, questions: Questions, width_and_text: tuple[int, str]) -> None:
    width, text = width_and_text
    larger = f"() => {{ document.documentElement.style.fontSize = '{text}' }}"
    for language in ("nl", "en"):
        chat = await visit(f"/?lang={language}", viewport={"width": width, "height": 800})
        await chat.page.evaluate(larger)
        await chat.ask("W" * 300)
        await chat.ask(questions.certain(chat.language).question)
        await chat.ask(questions.unsure().question)
        assert await chat.overflow() == []
        await expect(chat.send).to_be_in_viewport(ratio=1)
        document = await visit(f"/protocol?lang={language}", viewport={"width": width, "height": 800})
        await document.page.evaluate(larger)
        await document.open_contents()
        assert await document.overflow() == []


async def test_in_a_low_window_nothing_covers_the_answer(visit: Visit, questions: Questions) -> None:
    """400 % zoom on a laptop, or a phone on its side: the page scrolls as a whole."""
    chat = await visit(viewport={"width": 320, "height": 256})
    answer = await chat.ask(questions.certain("nl").question)
    await expect(chat.page.get_by_role("banner")).not_to_be_in_viewport()
    feedback = answer.get_by_role("group", name=chat.say("helped"))
    await feedback.scroll_into_view_if_needed()
    await expect(feedback).to_be_in_viewport(ratio=1)
    lowest, box = await feedback.bounding_box(), await chat.box.bounding_box()
    assert lowest and box and lowest["y"] + lowest["height"] <= box["y"]
    assert await chat.overflow() == []


@pytest.mark.parametrize(("wish", "scrolling"), [("reduce", "auto"), ("no-preference", "smooth")])
async def test_the_conversation_glides_only_for_who_does_not_mind(visit: Visit, wish: str, scrolling: str) -> None:
    chat = await visit(reduced_motion=wish)
    await expect(chat.log).to_have_css("scroll-behavior", scrolling)
    assert await chat.page.evaluate("() => document.getAnimations().length") == 0


async def test_a_rating_is_pressed_once_and_says_so(visit: Visit, questions: Questions) -> None:
    chat = await visit()
    answer = await chat.ask(questions.certain("nl").question)
    yes = answer.get_by_role("button", name=chat.say("yes"), exact=True)
    no = answer.get_by_role("button", name=chat.say("no"), exact=True)
    await expect(yes).to_have_attribute("aria-pressed", "false")
    await yes.focus()
    await chat.page.keyboard.press("Space")
    await expect(answer).to_contain_text(chat.say("rated-yes"))  # within the log, so that it is read out
    await expect(yes).to_have_attribute("aria-pressed", "true")
    await expect(no).to_have_attribute("aria-pressed", "false")
    await expect(no).to_be_disabled()
    await expect(yes).to_be_focused()
    await expect(yes).to_be_in_viewport()
    await no.dispatch_event("click")  # a second opinion would be counted as a second person
    await expect(no).to_have_attribute("aria-pressed", "false")
    await expect(answer.locator(".reply .reply")).to_have_count(1)


async def test_a_bad_rating_leads_on_to_a_person(visit: Visit, questions: Questions) -> None:
    chat = await visit()
    answer = await chat.ask(questions.certain("nl").question)
    await answer.get_by_role("button", name=chat.say("no"), exact=True).click()
    thanks = answer.locator(".reply .reply")
    person = await chat.press(thanks.get_by_role("button", name=chat.say("ask-manager")))
    await expect(person).to_contain_text(chat.say("manager-heading", name=""))


async def test_new_answers_are_announced_and_each_turn_has_a_heading(visit: Visit, questions: Questions) -> None:
    chat = await visit()
    await chat.ask(questions.certain("nl").question)
    await expect(chat.log).to_have_attribute("aria-live", "polite")
    turns = chat.log.get_by_role("heading", level=2)
    await expect(turns).to_have_text([chat.say("page-bot"), chat.say("page-you"), chat.say("page-bot")])
