"""Rows of JSON: one question or draft a line in, one result a line out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from adapters.terminal import render
from bot.answering.answer import Answer
from bot.answering.engine import Engine
from bot.events import Language
from bot.presenting import Presenter

if TYPE_CHECKING:  # what checks drafts is loaded only where drafts are checked
    from adapters.knowledge_source import KnowledgeSource
    from bot.drafts.review import Review


def check_rows(lines: IO[bytes], lang: Language | None, source: KnowledgeSource) -> int:
    """Check each row as it comes; return the exit status."""
    return _each_row(lines, lambda row: review_row(row["id"], source.reviewer().review(row["text"]), lang, source))


def review_row(row_id: object, review: Review, lang: Language | None, source: KnowledgeSource) -> dict[str, Any]:
    """Return one review as a row of output."""
    rules = source.reviewer().knowledge.rules
    language = lang or review.language
    return {
        "id": row_id,
        "verdict": review.verdict,
        "findings": [
            {
                "rule": finding.rule,
                "start": finding.start,
                "end": finding.end,
                "quote": finding.quote,
                "section": rules[finding.rule].section,
                "message": rules[finding.rule].message[language],
                "score": finding.score,
            }
            for finding in review.findings
        ],
        "hints": list(review.hints),
        "safe_text": review.safe_text,
        **({"notice": review.notice} if review.notice else {}),
    }


def ask_rows(lines: IO[bytes], lang: Language | None, engine: Engine) -> int:
    """Answer each row as it comes; return the exit status."""
    return _each_row(lines, lambda row: answer_row(row["id"], engine.answer(row["text"], lang), engine))


def _each_row(lines: IO[bytes], answer: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    status = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        asked = _read_row(line)
        if "error" in asked:
            status = 1
            row = {"id": asked.get("id"), "error": f"line {number}: {asked['error']}"}
        else:
            row = answer(asked)
        sys.stdout.write(line_of(row) + "\n")
    return status


def _read_row(line: bytes) -> dict[str, Any]:
    """Return the row with "id" and "text", or one with "error"."""
    try:
        row = json.loads(line.decode())
    except (ValueError, RecursionError):  # broken, nested without end, or bytes that are no UTF-8
        return {"error": 'is not JSON; write {"id": "1", "text": "…"}'}
    if not isinstance(row, dict) or not isinstance(row.get("id"), (str, int)) or isinstance(row["id"], bool):
        return {"error": 'has no "id"; write {"id": "1", "text": "…"}'}
    if not isinstance(row.get("text"), str):
        return {"id": row["id"], "error": 'has no "text"; write {"id": "1", "text": "…"}'}
    return row


def line_of(row: dict[str, Any]) -> str:
    """Return a row as one line; with half characters (lone surrogates), which no UTF-8 can hold, all is escaped."""
    line = json.dumps(row, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(row)
    return line


def answer_row(row_id: object, answer: Answer, engine: Engine) -> dict[str, Any]:
    """Return one answer as a row of output; `reply` is its plain-text rendering."""
    return {
        "id": row_id,
        "language": answer.language,
        "route": answer.route,
        "sections": [{"id": passage.section, "score": round(passage.score, 4)} for passage in answer.passages],
        "situation": answer.situation or None,
        "contact": answer.contact,
        "confidence": round(answer.confidence, 4),
        "certain": answer.certain,
        "reply": render.plain(Presenter(engine.knowledge).answer(answer)),
    }
