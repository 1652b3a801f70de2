"""The pictures of the README: taken at every run, written by `make pictures` alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.chat import Chat
from tests.browser.conftest import PHONE
from tests.browser.pictures import picture
from tests.browser.questions import Questions

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Visit = Callable[..., Awaitable[Chat]]
Keep = Callable[[str, bytes], None]
FOLDER = Path(__file__).parent / "screenshots"
LARGEST = 120_000  # bytes


@pytest.fixture
def keep(request: pytest.FixtureRequest) -> Keep:
    def checked(name: str, png: bytes) -> None:
        assert len(png) < LARGEST
        if request.config.getoption("--pictures"):
            (FOLDER / name).write_bytes(png)

    return checked


async def test_a_question_on_a_desktop(visit: Visit, questions: Questions, keep: Keep) -> None:
    chat = await visit()
    await chat.ask(questions.certain("nl").question)
    keep("question.png", await picture(chat.page))


async def test_an_answer_on_a_dark_phone_in_english(visit: Visit, questions: Questions, keep: Keep) -> None:
    chat = await visit("/?lang=en", viewport=PHONE, color_scheme="dark", has_touch=True, is_mobile=True)
    await chat.ask(questions.certain("en").question)
    keep("phone-dark-en.png", await picture(chat.page))


async def test_the_document(visit: Visit, keep: Keep) -> None:
    document = await visit("/protocol")
    await document.open_contents()
    await expect(document.page.locator(".contents").get_by_role("link").first).to_be_visible()
    keep("protocol.png", await picture(document.page))
