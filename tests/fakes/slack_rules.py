"""What Slack refuses: limits of messages, of views and of each kind of block (Block Kit reference)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST_MESSAGE = 13_200  # characters over all blocks (measured)
_INPUTS = ("plain_text_input", "email_text_input", "static_select", "multi_static_select", "checkboxes", "users_select")


def refusal(message: Mapping[str, Any]) -> str:
    """Return Slack's error for a message; empty when Slack takes it."""
    blocks = message.get("blocks") or []
    if not message.get("channel"):
        return "channel_not_found"
    if not message.get("text") and not blocks:
        return "no_text"
    if len(blocks) > 50 or any(problem for block in blocks for problem in problems(block)):
        return "invalid_blocks"
    if any(block["type"] == "input" for block in blocks) or _twice(blocks):
        return "invalid_blocks"
    if sum(len(text) for block in blocks for text in texts(block)) > _LONGEST_MESSAGE:
        return "msg_blocks_too_long"
    return ""


def wrong_view(view: Mapping[str, Any]) -> list[str]:
    """Return what Slack would not take in a view."""
    blocks = view.get("blocks") or []
    found = [] if 1 <= len(blocks) <= 100 else ["blocks of a view: 1 to 100"]
    found += [problem for block in blocks for problem in problems(block, view["type"])]
    if _twice(blocks):
        found.append("a block_id twice")
    if len(view.get("private_metadata", "")) > 3000:
        found.append("private_metadata: at most 3000")
    if view["type"] == "modal":
        has_input = any(block["type"] == "input" for block in blocks)
        for name in ("title", "close", *(("submit",) if has_input or "submit" in view else ())):
            if not _is_plain(view.get(name), 24):
                found.append(f"{name} of a modal: 1 to 24, plain")
    return found


def problems(block: Mapping[str, Any], surface: str = "message") -> list[str]:
    """Return what Slack would not take in a block."""
    if len(block.get("block_id", "x")) > 255:
        return ["block_id: at most 255"]
    match block["type"]:
        case "section":
            return [] if _fits(block["text"]["text"], 3000) else ["text of a section: 1 to 3000"]
        case "context":
            right = 1 <= len(block["elements"]) <= 10 and all(_fits(text, 3000) for text in texts(block))
            return [] if right else ["elements of a context: 1 to 10 with a text"]
        case "actions":
            return _problems_of_buttons(block["elements"])
        case "context_actions" if surface == "message":
            return _problems_of_feedback(block["elements"])
        case "input" if surface == "modal":
            return _problems_of_input(block)
    return [f"block of an unknown type on a {surface}: {block['type']}"]


def texts(block: Mapping[str, Any]) -> list[str]:
    """Return what a block shows."""
    match block["type"]:
        case "section":
            return [block["text"]["text"]]
        case "context":
            return [element["text"] for element in block["elements"]]
        case "input":
            return [block["label"]["text"], *([block["hint"]["text"]] if "hint" in block else [])]
        case "context_actions":
            return [button["text"]["text"] for button in feedback(block)]
    return [button["text"]["text"] for button in block["elements"]]


def feedback(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the two buttons of a feedback block, as those of an actions block are written."""
    [element] = block["elements"]
    return [
        {**element[name], "type": "feedback_buttons", "action_id": element["action_id"], "block_id": block["block_id"]}
        for name in ("positive_button", "negative_button")
    ]


def buttons(blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return everything that can be pressed, each with the id of its block."""
    found: list[dict[str, Any]] = []
    for block in blocks:
        if block["type"] == "actions":
            found += [{**button, "block_id": block["block_id"]} for button in block["elements"]]
        if block["type"] == "context_actions":
            found += feedback(block)
    return found


def _problems_of_buttons(buttons: list[Mapping[str, Any]]) -> list[str]:
    found = [] if 1 <= len(buttons) <= 25 else ["elements of actions: 1 to 25"]
    ids = [button["action_id"] for button in buttons]
    if len(ids) != len(set(ids)):
        found.append("an action_id twice in one block")
    for button in buttons:
        if not _is_plain(button["text"], 75):
            found.append("text of a button: 1 to 75, plain")
        if len(button.get("value", "")) > 2000:
            found.append("value of a button: at most 2000")
        if not _fits(button["action_id"], 255):
            found.append("action_id: 1 to 255")
    return found


def _problems_of_feedback(elements: list[Mapping[str, Any]]) -> list[str]:
    if len(elements) != 1 or elements[0]["type"] != "feedback_buttons" or not _fits(elements[0]["action_id"], 255):
        return ["elements of context_actions: feedback_buttons"]
    found = []
    for name in ("positive_button", "negative_button"):
        button = elements[0][name]
        if not _is_plain(button["text"], 75) or not _fits(button["value"], 2000):
            found.append("a feedback button: text 1 to 75, value 1 to 2000")
        if not _fits(button.get("accessibility_label", "x"), 75):
            found.append("accessibility_label: 1 to 75")
    return found


def _problems_of_input(block: Mapping[str, Any]) -> list[str]:
    element = block["element"]
    found = [] if _is_plain(block["label"], 2000) else ["label of an input: 1 to 2000, plain"]
    if "hint" in block and not _is_plain(block["hint"], 2000):
        found.append("hint of an input: 1 to 2000, plain")
    if element["type"] not in _INPUTS or not _fits(element["action_id"], 255):
        return [*found, f"an input of an unknown type: {element['type']}"]
    if element["type"] == "plain_text_input":
        longest = element.get("max_length", 3000)
        if not 1 <= longest <= 3000 or not 1 <= len(element.get("initial_value", "x")) <= longest:
            found.append("a text input: at most 3000, and no more to begin with")
    if element["type"] in ("static_select", "multi_static_select", "checkboxes"):
        found += _problems_of_options(element)
    return found


def _problems_of_options(element: Mapping[str, Any]) -> list[str]:
    options = element.get("options", [])
    most = 10 if element["type"] == "checkboxes" else 100
    found = [] if 1 <= len(options) <= most else [f"options: 1 to {most}"]
    if not all(_is_plain(option["text"], 75) and _fits(option["value"], 150) for option in options):
        found.append("an option: text 1 to 75, value 1 to 150")
    initial = [
        *element.get("initial_options", []),
        *([element["initial_option"]] if "initial_option" in element else []),
    ]
    if "initial_options" in element and not element["initial_options"]:
        found.append("initial_options: at least one")
    if any(option not in options for option in initial):
        found.append("an initial option that is none of the options")
    return found


def as_typed(text: str) -> str:
    """Return escaped text as it was typed: what stands for Slack's marks is a mark again, entities are undone."""
    typed = text.translate(str.maketrans("∗ˍ∼ˋ", "*_~`")).replace("\u00ad", "")
    return typed.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def marks(text: str) -> list[str]:
    """Return what Slack would format in a mrkdwn text, line by line (measured by others; Slack documents no more)."""
    found = []
    for line in text.translate(str.maketrans("＊＿～｀", "*_~`")).split("\n"):
        found += re.findall(r"^(?:>|&gt;|＞).*", line)
        for mark in "*_~":
            pair = (
                rf"(?<![A-Za-z0-9]){re.escape(mark)}(?=\S)[^{re.escape(mark)}]+(?<=\S){re.escape(mark)}(?![A-Za-z0-9])"
            )
            found += re.findall(pair, line)
        found += re.findall(r"`[^`]+`", line)
    return found


def _twice(blocks: Sequence[Mapping[str, Any]]) -> bool:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    return len(ids) != len(set(ids))


def _is_plain(text: Any, limit: int) -> bool:
    return isinstance(text, dict) and text.get("type") == "plain_text" and _fits(text["text"], limit)


def _fits(text: str, limit: int) -> bool:
    return bool(text.strip()) and len(text) <= limit
