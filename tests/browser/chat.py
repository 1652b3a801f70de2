"""The page as a person finds it: by role and by name, never by how it is built where that can be helped."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from bot.events import Language
from bot.texts import Texts


class Chat:
    """An open page; `say` gives the words that must stand on it."""

    def __init__(self, page: Page, texts: Texts, language: Language) -> None:
        self.page = page
        self.language = language
        self._texts = texts
        self.log = page.get_by_role("log", name=self.say("page-conversation"))
        self.box = page.get_by_role("textbox", name=self.say("page-input"))
        self.send = page.get_by_role("button", name=self.say("page-send"), exact=True)
        self.again = page.get_by_role("button", name=self.say("page-new"))
        self.said = self.log.locator("article.you p")
        self.answers = self.log.locator("article.bot:not(.waiting)")

    def say(self, sentence: str, **values: str | int) -> str:
        return self._texts.say(self.language, sentence, **values)

    async def ask(self, question: str) -> Locator:
        """Type a question, send it with Enter and return its answer."""
        before = await self.answers.count()
        await self.box.fill(question)
        await self.box.press("Enter")
        return await self.answer_after(before)

    async def press(self, button: Locator) -> Locator:
        """Press a button that leads to an answer, and return it."""
        before = await self.answers.count()
        await button.click()
        return await self.answer_after(before)

    async def answer_after(self, before: int) -> Locator:
        """Return the answer that follows `before` earlier ones (the greeting is one)."""
        answer = self.answers.nth(before)
        await expect(answer).to_be_visible()
        return answer

    async def open_contents(self) -> None:
        """Open the document's table of contents."""
        await self.page.get_by_text(self.say("page-contents"), exact=True).click()

    async def overflow(self) -> list[str]:
        """Return what is wider than the window or the conversation, and so would scroll sideways."""
        too_wide: list[str] = await self.page.evaluate(
            """() => [document.documentElement, ...document.querySelectorAll("main, #conversation, #ask, .top")]
                .filter((part) => part.scrollWidth > part.clientWidth)
                .map((part) => `${part.tagName}: ${part.scrollWidth} in ${part.clientWidth} px`)"""
        )
        return too_wide
