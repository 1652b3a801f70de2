"""Asking and being answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, expect

from bot.answering.answer import Answer
from bot.answering.engine import Engine
from bot.events import Language
from bot.presenting import Presenter
from bot.replies import Buttons, Heading
from tests.browser.chat import Chat
from tests.browser.conftest import PHONE
from tests.browser.questions import FOLLOW_UP, Questions

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
Visit = Callable[..., Awaitable[Chat]]


async def expect_words_of(answer: Locator, engine: Engine, section: str, language: Language) -> None:
    """The section must stand in the answer word for word, paragraph by paragraph."""
    text = engine.knowledge.sections[section].text[language]
    quotation = answer.locator("figure").filter(has=answer.page.locator(f'a[href$="#{section}"]'))
    await expect(quotation.locator("blockquote p")).to_have_text(text.split("\n\n"))


async def expect_reply(answer: Locator, engine: Engine, expected: Answer) -> None:
    """The heading and the choices must be those that the core has for this answer."""
    parts = Presenter(engine.knowledge).answer(expected).parts
    heading = next(part.text for part in parts if isinstance(part, Heading))
    labels = [button.label for part in parts if isinstance(part, Buttons) for button in part.buttons]
    await expect(answer.get_by_role("heading", level=3)).to_have_text(heading)
    await expect(answer.locator(".choices button")).to_have_text(labels)


async def test_a_question_by_keyboard_alone_gets_the_words_of_the_section(
    visit: Visit, engine: Engine, questions: Questions
) -> None:
    asked = questions.certain("nl")
    chat = await visit()
    await chat.page.keyboard.press("Tab")  # wherever the focus stood: the skip link is one of the first stops
    await chat.page.locator("a.skip").focus()
    await chat.page.keyboard.press("Enter")
    await expect(chat.box).to_be_focused()
    await chat.page.keyboard.type(asked.question)
    await chat.page.keyboard.press("Enter")
    answer = await chat.answer_after(1)
    await expect(chat.said).to_have_text(asked.question)
    await expect_reply(answer, engine, asked)
    await expect_words_of(answer, engine, asked.passages[0].section, "nl")
    await expect(chat.box).to_be_focused()
    await expect(chat.box).to_have_value("")


async def test_shift_enter_makes_a_new_line_and_enter_alone_sends(visit: Visit) -> None:
    chat = await visit()
    await chat.box.fill("Mag ik dit")
    await chat.box.press("End")
    await chat.box.press("Shift+Enter")
    await chat.box.press_sequentially("plaatsen?")
    await expect(chat.box).to_have_value("Mag ik dit\nplaatsen?")
    await expect(chat.said).to_have_count(0)
    await chat.box.press("Enter")
    await expect(chat.said).to_have_text("Mag ik dit plaatsen?")


async def test_an_empty_question_is_not_sent(visit: Visit) -> None:
    chat = await visit()
    await chat.box.fill("   ")
    await chat.box.press("Enter")
    await chat.send.click()
    await expect(chat.said).to_have_count(0)


async def test_a_starter_is_asked_as_if_it_were_typed(visit: Visit, engine: Engine) -> None:
    chat = await visit()
    starter = chat.say("starter-friend")
    answer = await chat.press(chat.log.get_by_role("button", name=starter))
    await expect(chat.said).to_have_text(starter)
    await expect_reply(answer, engine, engine.answer(starter, usual="nl"))


async def test_every_choice_of_did_you_mean_leads_to_a_section(
    visit: Visit, engine: Engine, questions: Questions
) -> None:
    asked = questions.unsure()
    chat = await visit()
    doubted = await chat.ask(asked.question)
    await expect(doubted).to_contain_text(chat.say("did-you-mean"))
    for place, (kind, name) in enumerate(asked.readings):
        answer = await chat.press(doubted.locator(".choices button").nth(place))
        section = engine.knowledge.situations[name].sections[0] if kind == "situation" else name
        await expect_words_of(answer, engine, section, "nl")
    none = await chat.press(doubted.get_by_role("button", name=chat.say("none-of-these")))
    await expect(none).to_contain_text(chat.say("none-of-these-heading"))


async def test_after_a_choice_the_keyboard_goes_on_from_the_answer(visit: Visit, questions: Questions) -> None:
    chat = await visit()
    doubted = await chat.ask(questions.unsure().question)
    before = await chat.answers.count()
    await doubted.locator(".choices button").first.focus()
    await chat.page.keyboard.press("Enter")
    answer = await chat.answer_after(before)
    await expect(answer).to_be_focused()
    await chat.page.keyboard.press("Tab")
    await expect(answer.get_by_role("link").first).to_be_focused()


async def test_a_follow_up_is_read_with_the_question_before(visit: Visit, engine: Engine, questions: Questions) -> None:
    first, both, _ = questions.followed_up()
    chat = await visit()
    await chat.ask(first.question)
    await expect_reply(await chat.ask(FOLLOW_UP), engine, both)


async def test_a_new_conversation_has_forgotten_the_old_one(visit: Visit, engine: Engine, questions: Questions) -> None:
    first, _, alone = questions.followed_up()
    chat = await visit()
    await expect(chat.again).to_be_hidden()  # there is nothing to begin anew
    await chat.ask(first.question)
    await chat.again.click()
    await expect(chat.said).to_have_count(0)
    await expect(chat.answers).to_have_count(1)
    await expect_reply(await chat.ask(FOLLOW_UP), engine, alone)


async def test_the_english_page_answers_in_english_and_shows_the_dutch_original(
    visit: Visit, engine: Engine, questions: Questions
) -> None:
    asked = questions.certain("en")
    section = asked.passages[0].section
    chat = await visit("/?lang=en")
    answer = await chat.ask(asked.question)
    await expect_reply(answer, engine, asked)
    await expect_words_of(answer, engine, section, "en")
    await expect(answer.locator("figure").first).to_contain_text(chat.say("unofficial"))
    original = await chat.press(answer.get_by_role("button", name=chat.say("original")).first)
    await expect_words_of(original, engine, section, "nl")
    await expect(original.locator("figure")).to_have_attribute("lang", "nl")


async def test_the_question_and_the_top_of_its_answer_are_in_sight(visit: Visit, questions: Questions) -> None:
    chat = await visit(viewport=PHONE)
    for _ in range(3):
        answer = await chat.ask(questions.doubt().question)
        await expect(answer.get_by_role("heading", level=3)).to_be_in_viewport(ratio=1)
    await expect(chat.said.last).to_be_in_viewport(ratio=1)
    # the conversation scrolls, not the page: the box stays where it is
    assert await chat.page.evaluate("() => document.documentElement.scrollHeight - innerHeight") == 0


async def test_a_long_question_does_not_push_its_answer_out_of_sight(visit: Visit, questions: Questions) -> None:
    chat = await visit(viewport=PHONE)
    answer = await chat.ask("\n".join([questions.certain("nl").question] * 12))
    await expect(answer.get_by_role("heading", level=3)).to_be_in_viewport(ratio=1)


async def test_on_a_touch_screen_the_keyboard_makes_room_for_the_answer(visit: Visit, questions: Questions) -> None:
    chat = await visit(viewport=PHONE, has_touch=True, is_mobile=True)
    answer = await chat.ask(questions.certain("nl").question)
    await expect(answer).to_be_focused()


async def test_a_section_opens_beside_the_conversation(visit: Visit, engine: Engine, questions: Questions) -> None:
    asked = questions.certain("nl")
    section = asked.passages[0].section
    chat = await visit()
    answer = await chat.ask(asked.question)
    async with chat.page.context.expect_page() as opened:
        await answer.locator(f'figcaption a[href$="#{section}"]').click()
    document = await opened.value
    await expect(document.locator(f'[id="{section}"]')).to_be_in_viewport()
    await expect(chat.said).to_have_count(1)
