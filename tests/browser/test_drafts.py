"""Having a draft checked on the page: the form, the review, the proposal; as a person and by keyboard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, expect

from tests.browser.chat import Chat
from tests.browser.conftest import PHONE
from tests.browser.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Visit = Callable[..., Awaitable[Chat]]
FOLDER = Path(__file__).parent / "screenshots"
DUTCH = "Wat een topdag in het museum! Sanne uit groep 6 won de quiz. Haar epilepsie merkte je niet."
ENGLISH = "What a day at the museum! Oluwaseun in Class 1B won the quiz. His epilepsy did not show at all."


async def checked(chat: Chat, draft: str) -> Locator:
    """Open the form from the greeting, paste a draft and return the review."""
    form = await chat.press(chat.log.get_by_role("button", name=chat.say("check-button")))
    field = form.get_by_role("textbox", name=chat.say("check-label"))
    await expect(field).to_be_focused()
    await field.fill(draft)
    return await chat.press(form.get_by_role("button", name=chat.say("check-submit"), exact=True))


@pytest.mark.parametrize(("page", "draft", "name"), [("/", DUTCH, "Sanne"), ("/?lang=en", ENGLISH, "Oluwaseun")])
async def test_the_whole_review_stands_on_the_page(visit: Visit, page: str, draft: str, name: str) -> None:
    chat = await visit(page)
    review = await checked(chat, draft)
    await expect(review.get_by_role("heading", level=3).first).to_have_text(chat.say("review-stop"))
    await expect(review.locator("mark").first).to_contain_text(name)
    await expect(review.locator("figure.quotation")).to_have_count(1)
    proposal = review.locator(".wording p")
    await expect(proposal).not_to_contain_text(name)
    await expect(proposal).to_contain_text("museum")
    await expect(review).to_contain_text(chat.say("hint-permission"))
    assert (await Axe().run(chat.page)).violations_count == 0


async def test_a_proposal_can_be_copied(visit: Visit) -> None:
    chat = await visit()
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    review = await checked(chat, DUTCH)
    await review.get_by_role("button", name=chat.say("copy"), exact=True).click()
    await expect(review.get_by_role("button", name=chat.say("copied"))).to_be_visible()
    copied = await chat.page.evaluate("navigator.clipboard.readText()")
    assert copied == await review.locator(".wording p").text_content()


async def test_a_finding_can_be_called_wrong(visit: Visit) -> None:
    chat = await visit()
    review = await checked(chat, DUTCH)
    answer = await chat.press(review.get_by_role("button", name=chat.say("not-right")).first)
    await expect(answer).to_contain_text(chat.say("not-right-thanks"))


async def test_markup_in_a_draft_stays_text(visit: Visit) -> None:
    chat = await visit()
    review = await checked(chat, "<img src=x onerror=alert(1)> Sanne uit groep 6 heeft epilepsie.")
    await expect(review.locator(".draft")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(review.locator("img")).to_have_count(0)


async def test_a_long_draft_is_not_cut_without_a_word(visit: Visit) -> None:
    chat = await visit()
    form = await chat.press(chat.log.get_by_role("button", name=chat.say("check-button")))
    await expect(form.get_by_role("textbox")).to_have_attribute("maxlength", "10000")


async def test_a_review_fits_a_phone(visit: Visit, request: pytest.FixtureRequest) -> None:
    chat = await visit(viewport=PHONE, has_touch=True, is_mobile=True)
    await checked(chat, DUTCH)
    assert await chat.overflow() == []


async def test_the_picture_of_a_review(visit: Visit, request: pytest.FixtureRequest) -> None:
    chat = await visit()
    review = await checked(chat, DUTCH)
    await review.get_by_role("heading", level=3).first.scroll_into_view_if_needed()
    await chat.page.mouse.move(0, 0)
    png = await picture(chat.page)
    assert len(png) < 120_000
    if request.config.getoption("--pictures"):
        (FOLDER / "review.png").write_bytes(png)
