"""A protocol that was printed to PDF by a browser, which draws bullets and prints an address on each page."""

from __future__ import annotations

from html import escape
from itertools import groupby
from pathlib import Path

import pytest
from playwright.async_api import Browser

from bot.revision.lines import Block
from tests import protocols
from tests.test_documents import Words, revised, sections

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
TAGS = {"title": "h1", "heading": "h2", "text": "p", "item": "li"}


def _list_of(block: Block) -> str:
    return "" if block.kind != "item" else "ul" if block.number is None else "ol"


def page_of(content: list[Block]) -> str:
    parts = ["<!doctype html><meta charset=utf-8><style>body { font: 12pt serif }</style>"]
    for listed, blocks in groupby(content, _list_of):
        inside = "".join(f"<{TAGS[block.kind]}>{escape(block.text)}</{TAGS[block.kind]}>" for block in blocks)
        parts.append(f"<{listed}>{inside}</{listed}>" if listed else inside)
    return "\n".join(parts)


async def printed(browser: Browser, content: list[Block]) -> bytes:
    page = await browser.new_page()
    await page.set_content(page_of(content))
    pdf = await page.pdf(format="A4", display_header_footer=True, margin={"top": "20mm", "bottom": "20mm"})
    await page.close()
    return pdf


async def test_it_is_the_same_document(browser: Browser, tmp_path: Path) -> None:
    revision = revised(tmp_path / "gedrukt.pdf", await printed(browser, protocols.blocks()))
    assert sections(revision) == Words().dutch
    assert revision.changes_nothing


async def test_what_changed_is_found(browser: Browser, tmp_path: Path) -> None:
    revision = revised(tmp_path / "gedrukt.pdf", await printed(browser, protocols.changed()))
    assert revision.touched == ("richtlijn-7", "richtlijn-2")
    assert [proposal.section.text for proposal in revision.proposals if proposal.change == "new"] == [protocols.ADDED]
