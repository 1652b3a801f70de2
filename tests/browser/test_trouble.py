"""What goes wrong is said, and nothing that was typed is lost or run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from playwright.async_api import Route, expect

from adapters.knowledge_source import KnowledgeSource
from bot.answering.answer import Answer
from bot.answering.engine import Engine
from tests.browser.chat import Chat
from tests.browser.conftest import Site, Watch
from tests.browser.questions import Questions

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Visit = Callable[..., Awaitable[Chat]]
Serve = Callable[..., Awaitable[Site]]


class BrokenEngine(Engine):
    """An engine with a fault that only a question brings out."""

    def answer(self, *question: object, **more: object) -> Answer:
        raise RuntimeError("broken on purpose")


class BrokenSource:
    def __init__(self, source: KnowledgeSource) -> None:
        self._engine = BrokenEngine(source.engine().knowledge, source.engine().model)
        self.reviewer = source.reviewer

    def engine(self) -> Engine:
        return self._engine


async def test_without_a_server_the_page_says_so_keeps_the_question_and_goes_on_later(
    visit: Visit, serve: Serve, watch: Watch, questions: Questions
) -> None:
    watch.expect("ERR_CONNECTION_REFUSED")
    question = questions.certain("nl").question
    site = await serve()
    chat = await visit(site=site)
    await site.stop()
    problem = await chat.ask(question)
    await expect(problem).to_contain_text(chat.say("page-offline"))
    await expect(chat.box).to_have_value(question)
    await expect(chat.box).to_be_focused()
    await serve(port=site.port)
    await chat.box.press("Enter")
    await expect((await chat.answer_after(2)).locator("blockquote").first).to_be_visible()
    await expect(chat.box).to_have_value("")


async def test_an_error_of_the_bot_is_told_in_its_own_words_and_the_question_stays(
    visit: Visit, serve: Serve, watch: Watch, source: KnowledgeSource
) -> None:
    watch.expect("status of 500")
    chat = await visit(site=await serve(cast("KnowledgeSource", BrokenSource(source))))
    problem = await chat.ask("Mag ik dit plaatsen?")
    await expect(problem).to_contain_text(chat.say("something-wrong"))
    await expect(chat.box).to_have_value("Mag ik dit plaatsen?")


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (500, "application/json", '{"error": "Something went wrong here."}'),
        (502, "text/html", "<h1>Bad gateway</h1>"),
        (413, "application/json", '{"error": "That is too large."}'),
        (200, "text/html", "<p>Log in to the guest network</p>"),
    ],
)
async def test_an_answer_that_is_none_of_ours_is_not_shown_and_the_question_stays(
    visit: Visit, watch: Watch, status: int, content_type: str, body: str
) -> None:
    if status >= 400:
        watch.expect(f"status of {status}")
    chat = await visit()
    await chat.page.route(
        "**/api/events", lambda route: route.fulfill(status=status, content_type=content_type, body=body)
    )
    problem = await chat.ask("Mag ik dit plaatsen?")
    await expect(problem).to_contain_text(chat.say("page-offline"))
    await expect(chat.box).to_have_value("Mag ik dit plaatsen?")


async def test_who_asks_too_fast_is_told_to_wait_and_keeps_the_question(
    visit: Visit, serve: Serve, watch: Watch
) -> None:
    watch.expect("status of 429")
    chat = await visit(site=await serve(questions_per_minute=1))
    await chat.ask("Mag ik dit plaatsen?")
    problem = await chat.ask("En mag ik dat plaatsen?")
    await expect(problem).to_contain_text(chat.say("page-too-fast"))
    await expect(chat.box).to_have_value("En mag ik dat plaatsen?")


async def test_a_rating_that_did_not_arrive_can_be_given_again(
    visit: Visit, watch: Watch, questions: Questions
) -> None:
    watch.expect("ERR_FAILED")
    chat = await visit()
    answer = await chat.ask(questions.certain("nl").question)
    yes = answer.get_by_role("button", name=chat.say("yes"), exact=True)
    await chat.page.route("**/api/events", lambda route: route.abort())
    problem = await chat.press(yes)
    await expect(problem).to_contain_text(chat.say("page-offline"))
    await expect(yes).to_have_attribute("aria-pressed", "false")
    await chat.page.unroute("**/api/events")
    await yes.click()
    await expect(answer).to_contain_text(chat.say("rated-yes"))


async def test_a_slow_answer_is_announced_and_a_second_question_waits_its_turn(
    visit: Visit, questions: Questions
) -> None:
    chat = await visit()
    go_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await chat.page.route("**/api/events", hold)
    await chat.box.fill(questions.certain("nl").question)
    await chat.box.press("Enter")
    waiting = chat.log.get_by_text(chat.say("page-waiting"))
    await expect(waiting).to_be_visible()
    await chat.box.fill("Nog een vraag")
    await chat.box.press("Enter")
    await expect(chat.box).to_have_value("Nog een vraag")
    await expect(chat.said).to_have_count(1)
    go_on.set()
    await chat.answer_after(1)
    await expect(waiting).to_have_count(0)
    await expect(chat.box).to_have_value("Nog een vraag")


@pytest.mark.parametrize(
    "typed",
    [
        "<b>Mag</b> ik <i>dit</i> plaatsen?",
        "<script>alert(1)</script> foto's van leerlingen",
        "<img src=x onerror=alert(1)> mag dat?",
        '"><svg onload=alert(1)> richtlijn 9',
        "{{ 7 * 7 }} &lt;b&gt; &amp; vrienden",
    ],
)
async def test_what_is_typed_is_shown_as_text_and_never_run(visit: Visit, typed: str) -> None:
    chat = await visit()
    answer = await chat.ask(typed)
    await expect(chat.said).to_have_text(typed)
    for part in (chat.said, answer):
        await expect(part.locator("script, img, svg, b, i")).to_have_count(0)


async def test_the_browser_refuses_a_script_or_style_that_is_not_the_servers(visit: Visit, watch: Watch) -> None:
    """Shows as well that a violation of the policy would fail any other test."""
    watch.expect("Content Security Policy")
    chat = await visit()
    await chat.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'run'";
            document.head.append(script);
        }"""
    )
    await expect(chat.page).not_to_have_title("run")


async def test_nothing_is_loaded_from_elsewhere_or_kept_in_the_browser(
    visit: Visit, serve: Serve, watch: Watch, questions: Questions
) -> None:
    site = await serve()
    for path in ("/", "/protocol"):
        chat = await visit(path, site=site)
        if path == "/":
            await chat.ask(questions.certain("nl").question)
        assert await chat.page.evaluate("() => localStorage.length + sessionStorage.length") == 0
        assert await chat.page.context.cookies() == []
        assert "?" not in chat.page.url
    assert watch.requests
    assert all(url.startswith(f"{site.url}/") for url in watch.requests)
