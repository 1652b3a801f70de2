"""The whole loop in one browser: asked, passed on, claimed, answered with a preview, read where it was asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import DESKTOP, PHONE, Site, Watch
from tests.browser.pictures import picture
from tests.browser.questions import Questions
from tests.browser.test_accessibility import expect_no_violations
from tests.browser.test_screenshots import Keep, keep
from tests.conftest import FakeClock

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Visit = Callable[..., Awaitable[Chat]]
Serve = Callable[..., Awaitable[Site]]
FATIMA, KAREL, JOKE = "Fatima (leerkracht)", "Karel (leidinggevende)", "Joke (communicatie)"
__all__ = ["keep"]  # a fixture


async def become(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()
    await expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")


async def ask(chat: Chat, questions: Questions, button: str) -> Locator:
    """Ask a doubtful question, press one of its buttons, and return the form."""
    answer = await chat.ask(questions.doubt().question)
    form = await chat.press(answer.get_by_role("button", name=chat.say(button)).last)
    await expect(form.get_by_role("heading", name=chat.say(f"hand-off-{button.removeprefix('ask-')}"))).to_be_visible()
    return form


async def to_communications(chat: Chat, questions: Questions) -> None:
    form = await ask(chat, questions, "ask-communications")
    await form.get_by_role("button", name=chat.say("send")).click()
    await expect(chat.log.get_by_role("heading", name="Zaak 1 · nieuw")).to_be_visible()


async def test_from_a_doubt_over_a_manager_and_communications_to_an_answer(
    visit: Visit, serve: Serve, questions: Questions
) -> None:
    site = await serve(demonstration=True)
    teacher, manager, desk = [await visit(path, site=site) for path in ("/", "/", "/desk")]
    await become(manager.page, KAREL)
    await become(desk.page, JOKE)

    form = await ask(teacher, questions, "ask-manager")
    await form.get_by_label(teacher.say("hand-off-who")).fill("leidinggevende@demo.unicoz.nl")
    await form.get_by_label(teacher.say("hand-off-note")).fill("voor de nieuwsbrief")
    await form.get_by_role("button", name=teacher.say("send")).click()
    await expect(teacher.log).to_contain_text("Ligt bij")

    card = manager.log.locator("article.delivered")
    await expect(card).to_contain_text("voor de nieuwsbrief")
    await card.get_by_role("button", name=manager.say("case-do-to-communications")).click()
    await expect(teacher.log).to_contain_text("ligt nu bij de afdeling communicatie")

    cases, case = desk.page.locator("#cases"), desk.page.locator("#case")
    await cases.get_by_role("button", name="Zaak 1").click()
    await case.get_by_role("button", name=desk.say("case-do-claim")).click()
    await expect(case.get_by_role("heading", name="Zaak 1 · opgepakt")).to_be_visible()
    await expect(teacher.log).to_contain_text("De afdeling communicatie kijkt ernaar.")
    await case.get_by_role("button", name=desk.say("case-do-advise")).click()
    await case.get_by_label(desk.say("case-words-advise")).fill("Ja, met toestemming van iedereen.")
    await case.get_by_text(desk.say("advice-sections")).click()
    await case.get_by_label("Richtlijn 2").check()
    await case.get_by_role("button", name=desk.say("preview")).click()
    preview = case.locator(".preview")
    await expect(preview).to_contain_text("Ja, met toestemming van iedereen.")
    await expect(preview.get_by_role("button")).to_have_count(0)
    await expect(teacher.log).not_to_contain_text("met toestemming van iedereen")
    await case.get_by_role("button", name=desk.say("send")).click()

    advice = teacher.log.locator("article", has_text="Antwoord op zaak 1")
    await expect(advice).to_contain_text("Ja, met toestemming van iedereen.")
    await expect(advice).to_contain_text("Richtlijn 2")
    await advice.get_by_role("button", name=teacher.say("yes"), exact=True).click()
    await expect(teacher.log).to_contain_text(teacher.say("case-thanks-helped"))
    await expect(teacher.log.get_by_role("heading", name="Zaak 1 · gesloten")).to_be_visible()
    await expect(cases).to_contain_text(desk.say("cases-none"))


async def test_reminders_come_by_the_clock_and_the_case_goes_on(
    visit: Visit, serve: Serve, questions: Questions
) -> None:
    clock = FakeClock()
    site = await serve(demonstration=True, clock=clock)
    teacher, manager = await visit("/", site=site), await visit("/", site=site)
    await become(manager.page, KAREL)
    form = await ask(teacher, questions, "ask-manager")
    await form.get_by_label(teacher.say("hand-off-who")).fill("leidinggevende@demo.unicoz.nl")
    await form.get_by_role("button", name=teacher.say("send")).click()
    await expect(manager.log).to_contain_text("Zaak 1 · nieuw")
    clock.advance(hours=4, minutes=1)
    await site.cases.once()
    await expect(manager.log).to_contain_text("Zaak 1 wacht nog op iemand.")
    clock.advance(days=1)
    await site.cases.once()
    await expect(teacher.log).to_contain_text("Zaak 1 ligt nu bij de afdeling communicatie.")


async def test_the_desk_works_by_keyboard_alone(visit: Visit, serve: Serve, questions: Questions) -> None:
    site = await serve(demonstration=True)
    teacher, desk = await visit("/", site=site), await visit("/desk", site=site)
    await become(desk.page, JOKE)
    await to_communications(teacher, questions)
    page, case = desk.page, desk.page.locator("#case")
    await expect(page.locator("#cases").get_by_role("button", name="Zaak 1")).to_be_visible()
    await page.get_by_role("searchbox").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(case).to_be_focused()
    for step in ("case-do-claim", "case-do-advise"):
        while await page.evaluate("document.activeElement.textContent.trim()") != desk.say(step):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        if step == "case-do-claim":
            await expect(case.get_by_role("heading", name="Zaak 1 · opgepakt")).to_be_visible()
    await expect(case.get_by_label(desk.say("case-words-advise"))).to_be_focused()
    await page.keyboard.type("Ja.")
    for _ in ("preview", "send"):
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        if _ == "preview":
            await expect(case.locator(".preview")).to_be_visible()
            await expect(case.get_by_label(desk.say("case-words-advise"))).to_be_focused()
    await expect(case.get_by_role("heading", name="Zaak 1 · beantwoord")).to_be_visible()


async def test_what_somebody_writes_outlives_a_database_that_is_away(
    visit: Visit, serve: Serve, questions: Questions, watch: Watch, tmp_path: Path
) -> None:
    site = await serve(demonstration=True, data=tmp_path)
    chat = await visit("/", site=site)
    form = await ask(chat, questions, "ask-communications")
    await form.get_by_label(chat.say("hand-off-note")).fill("met veel moeite geschreven")
    with closing(sqlite3.connect(tmp_path / "unicoz.sqlite3", isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        await form.get_by_role("button", name=chat.say("send")).click()
        await expect(chat.log).to_contain_text(chat.say("not-stored"))
        lock.execute("ROLLBACK")
    again = chat.log.locator("form.asked")
    await expect(again.get_by_label(chat.say("hand-off-note"))).to_have_value("met veel moeite geschreven")
    await again.get_by_role("button", name=chat.say("send")).click()
    await expect(chat.log.get_by_role("heading", name="Zaak 1 · nieuw")).to_be_visible()


async def test_a_page_that_is_opened_later_shows_what_arrived(visit: Visit, serve: Serve, questions: Questions) -> None:
    site = await serve(demonstration=True)
    await to_communications(await visit("/", site=site), questions)
    later = await visit("/", site=site)
    await expect(later.log.get_by_role("heading", name="Zaak 1 · nieuw")).to_be_visible()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_axe_finds_nothing_where_cases_are(
    visit: Visit, serve: Serve, questions: Questions, viewport: dict[str, int], color_scheme: str
) -> None:
    site = await serve(demonstration=True)
    looks = {"viewport": viewport, "color_scheme": color_scheme}
    chat, desk = await visit("/", site=site, **looks), await visit("/desk", site=site, **looks)
    await become(desk.page, JOKE)
    answer = await chat.ask("mag ik een foto van Sanne uit groep 6 op Instagram zetten?")
    await chat.press(answer.get_by_role("button", name=chat.say("ask-communications")).last)
    await expect_no_violations(chat.page)
    assert await chat.overflow() == []
    await chat.log.get_by_role("button", name=chat.say("send")).click()
    await expect(chat.log.get_by_role("heading", name="Zaak 1 · nieuw")).to_be_visible()
    await expect_no_violations(chat.page)
    await desk.page.locator("#cases").get_by_role("button", name="Zaak 1").click()
    await expect(desk.page.locator("#case").get_by_role("heading", name="Zaak 1 · nieuw")).to_be_visible()
    await expect_no_violations(desk.page)
    await desk.page.locator("#case").get_by_role("button", name=desk.say("case-do-advise")).click()
    await expect(desk.page.locator("form.asked")).to_be_visible()
    await expect_no_violations(desk.page)


async def test_pictures_of_both_ends(visit: Visit, serve: Serve, keep: Keep) -> None:
    clock = FakeClock()
    site = await serve(demonstration=True, clock=clock)
    chat, desk = await visit("/", site=site), await visit("/desk", site=site)
    await become(desk.page, JOKE)
    answer = await chat.ask("Mag ik een foto van Sanne uit groep 6 op Instagram zetten?")
    await chat.press(answer.get_by_role("button", name=chat.say("ask-communications")).last)
    keep("hand-off.png", await picture(chat.page))
    await chat.log.get_by_role("button", name=chat.say("send")).click()
    await desk.page.locator("#cases").get_by_role("button", name="Zaak 1").click()
    case = desk.page.locator("#case")
    await case.get_by_role("button", name=desk.say("case-do-claim")).click()
    await expect(case.get_by_role("heading", name="Zaak 1 · opgepakt")).to_be_visible()
    await case.get_by_role("button", name=desk.say("case-do-advise")).click()
    await case.get_by_label(desk.say("case-words-advise")).fill("Ja, als alle ouders toestemming gaven.")
    await case.get_by_role("button", name=desk.say("preview")).click()
    await expect(case.locator(".preview")).to_be_visible()
    keep("desk.png", await picture(desk.page))
