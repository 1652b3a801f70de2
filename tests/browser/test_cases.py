"""The whole loop in one browser: asked, passed on, claimed, answered with a preview, read where it was asked."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, Route, expect

from bot.ports import StoreError
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


async def advising(desk: Chat, words: str) -> Locator:
    """Open the first case at the desk, type an advice, and return the box."""
    case = desk.page.locator("#case")
    await desk.page.locator("#cases").get_by_role("button", name="Zaak 1").click()
    await case.get_by_role("button", name=desk.say("case-do-advise")).click()
    box = case.get_by_label(desk.say("case-words-advise"))
    await box.fill(words)
    return box


@pytest.mark.parametrize("trouble", ["network", "503", "no JSON"])
async def test_an_advice_outlives_what_goes_wrong_at_the_desk(
    visit: Visit, serve: Serve, questions: Questions, watch: Watch, trouble: str
) -> None:
    site = await serve(demonstration=True)
    teacher, desk = await visit("/", site=site), await visit("/desk", site=site)
    await become(desk.page, JOKE)
    await to_communications(teacher, questions)
    box = await advising(desk, "een lang en zorgvuldig advies")

    async def fail(route: Route) -> None:
        if trouble == "network":
            await route.abort()
        elif trouble == "503":
            await route.fulfill(status=503, json={"html": '<div class="reply"><p>De opslag is weg.</p></div>'})
        else:
            await route.fulfill(status=200, content_type="text/html", body="<p>Log in to the guest network</p>")

    if trouble != "no JSON":
        watch.expect("ERR_FAILED" if trouble == "network" else "status of 503")
    await desk.page.route("**/api/events", fail)
    send = desk.page.locator("#case").get_by_role("button", name=desk.say("preview"))
    await send.click()
    alert = desk.page.locator("#case").get_by_role("alert")
    await expect(alert).to_contain_text("De opslag is weg." if trouble == "503" else desk.say("not-stored"))
    await expect(box).to_have_value("een lang en zorgvuldig advies")
    await expect_no_violations(desk.page)
    await desk.page.unroute("**/api/events")
    await send.click()
    await expect(desk.page.locator("#case .preview")).to_contain_text("een lang en zorgvuldig advies")
    await expect(alert).to_have_count(0)


async def test_a_database_that_is_away_leaves_the_case_and_the_words_at_the_desk(
    visit: Visit, serve: Serve, questions: Questions, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = await serve(demonstration=True)
    teacher, desk = await visit("/", site=site), await visit("/desk", site=site)
    await become(desk.page, JOKE)
    await to_communications(teacher, questions)
    box = await advising(desk, "een lang en zorgvuldig advies")

    def away() -> None:
        raise StoreError("away")

    with monkeypatch.context() as patched:
        patched.setattr(site.cases.store, "reading", away)
        async with desk.page.expect_response("**/api/events") as answered:
            await desk.page.locator("#case").get_by_role("button", name=desk.say("preview")).click()
        if (await answered.value).status == 503:  # the bot may also answer with the form itself
            watch.expect("status of 503")
        await expect(desk.page.locator("#case")).to_contain_text("Je tekst staat er nog")
    await expect(box).to_have_value("een lang en zorgvuldig advies")


async def test_a_change_of_another_case_leaves_the_open_one_alone(
    visit: Visit, serve: Serve, questions: Questions
) -> None:
    site = await serve(demonstration=True)
    teacher, desk = await visit("/", site=site), await visit("/desk", site=site)
    await become(desk.page, JOKE)
    await to_communications(teacher, questions)
    page, case = desk.page, desk.page.locator("#case")
    await page.locator("#cases").get_by_role("button", name="Zaak 1").click()
    claim = case.get_by_role("button", name=desk.say("case-do-claim"))
    await claim.focus()
    await page.evaluate("document.querySelector('#shown .reply').dataset.same = 'yes'")
    async with page.expect_response(lambda response: "show 1" in (response.request.post_data or "")):
        form = await ask(teacher, questions, "ask-communications")
        await form.get_by_role("button", name=teacher.say("send")).click()
    await expect(page.locator("#cases")).to_contain_text("Zaak 2")
    await expect(claim).to_be_focused()
    await expect(page.locator("#shown .reply")).to_have_attribute("data-same", "yes")
    await expect(page.locator("#shown[aria-live]")).to_have_count(0)


async def test_a_change_of_the_open_case_keeps_the_focus_and_is_said_shortly(
    visit: Visit, serve: Serve, questions: Questions
) -> None:
    site = await serve(demonstration=True)
    teacher, desk, other = [await visit(path, site=site) for path in ("/", "/desk", "/desk")]
    await become(desk.page, JOKE)
    await become(other.page, JOKE)
    await to_communications(teacher, questions)
    for one in (desk, other):
        await one.page.locator("#cases").get_by_role("button", name="Zaak 1").click()
    case = desk.page.locator("#case")
    advise = case.get_by_role("button", name=desk.say("case-do-advise"))
    await advise.focus()
    await other.page.locator("#case").get_by_role("button", name=desk.say("case-do-claim")).click()
    await expect(case.get_by_role("heading", name="Zaak 1 · opgepakt")).to_be_visible()
    await expect(advise).to_be_focused()
    await expect(case.get_by_role("status")).to_have_text("Zaak 1 · opgepakt")


async def test_a_click_while_the_case_is_brought_up_to_date_counts(
    visit: Visit, serve: Serve, questions: Questions
) -> None:
    site = await serve(demonstration=True)
    teacher, desk = await visit("/", site=site), await visit("/desk", site=site)
    await become(desk.page, JOKE)
    await to_communications(teacher, questions)
    page, case = desk.page, desk.page.locator("#case")
    await page.locator("#cases").get_by_role("button", name="Zaak 1").click()
    advise = case.get_by_role("button", name=desk.say("case-do-advise"))
    await expect(advise).to_be_visible()
    held: asyncio.Future[Route] = asyncio.get_running_loop().create_future()

    async def hold(route: Route) -> None:
        if held.done():
            await route.continue_()
        else:
            held.set_result(route)

    await page.route("**/api/events", hold)
    form = await ask(teacher, questions, "ask-communications")
    await form.get_by_role("button", name=teacher.say("send")).click()
    refreshing = await asyncio.wait_for(held, 30)
    await advise.click()
    await expect(case.locator("form.asked")).to_be_visible()
    async with page.expect_response(lambda response: response.request == refreshing.request):
        await refreshing.continue_()
    await expect(case.locator("form.asked")).to_be_visible()


@pytest.mark.parametrize("step", ["claim", "note"])
async def test_a_step_on_a_case_from_the_list_in_the_chat_shows_what_became_of_it(
    visit: Visit, serve: Serve, questions: Questions, step: str
) -> None:
    site = await serve(demonstration=True)
    teacher, joke = await visit("/", site=site), await visit("/", site=site)
    await become(joke.page, JOKE)
    await to_communications(teacher, questions)
    listed = await joke.ask("zaken")
    card = await joke.press(listed.get_by_role("button", name="Zaak 1"))
    await expect(card.get_by_role("heading", name="Zaak 1 · nieuw")).to_be_visible()
    await card.get_by_role("button", name=joke.say(f"case-do-{step}")).click()
    if step == "note":
        form = joke.log.locator("form.asked")
        await form.get_by_role("textbox").fill("gebeld met de ouders")
        await form.get_by_role("button", name=joke.say("send")).click()
        await expect(card).to_contain_text("gebeld met de ouders")
    else:
        await expect(card.get_by_role("heading", name="Zaak 1 · opgepakt")).to_be_visible()
    await expect(card).to_be_focused()
    await expect(joke.log.locator("form.asked")).to_have_count(0)


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
