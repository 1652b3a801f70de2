"""One's own data as a file, and being forgotten after a question, on the page."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.chat import Chat
from tests.browser.conftest import PHONE, Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("size", [{}, {"viewport": PHONE}])
async def test_my_data_is_saved_as_a_file_and_gone_after_forget_me(
    visit: Callable[..., Awaitable[Chat]],
    serve: Callable[..., Awaitable[Site]],
    tmp_path: Path,
    size: dict[str, object],
) -> None:
    chat = await visit("/", site=await serve(demonstration=True), **size)
    answer = await chat.ask("mag ik foto's van leerlingen plaatsen?")
    form = await chat.press(answer.get_by_role("button", name=chat.say("ask-communications")))
    await form.get_by_role("button", name=chat.say("send")).click()
    await expect(chat.log.locator("article.delivered")).to_be_visible()

    answer = await chat.ask("mijn gegevens")
    async with chat.page.expect_download() as download:
        await answer.get_by_role("button", name=chat.say("data-save")).click()
    saved = await download.value
    assert saved.suggested_filename == "mijn-gegevens.json"
    await saved.save_as(tmp_path / "mine.json")
    found = json.loads((tmp_path / "mine.json").read_text())
    assert found["accounts"][0]["name"] == "Fatima (leerkracht)"
    assert found["cases"][0]["text"] == "mag ik foto's van leerlingen plaatsen?"
    assert await chat.overflow() == []

    answer = await chat.ask("vergeet mij")
    await expect(answer.get_by_role("heading", level=3)).to_have_text(chat.say("forget-heading"))
    done = await chat.press(answer.get_by_role("button", name=chat.say("forget-do")))
    await expect(done.get_by_role("heading", level=3)).to_have_text(chat.say("forgotten", count=1))
    answer = await chat.ask("mijn gegevens")
    await expect(answer.get_by_role("heading", level=3)).to_have_text(chat.say("data-nothing"))
