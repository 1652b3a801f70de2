"""The shape of what Slack sends, as far as it is read here: what has another is refused before Bolt fails on it.

Texts may be anything; ids must be such that they can be asked about and stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from adapters.slack import to_event

# an object by field ("name?" may be left out or empty), a list of such, or a check of one value
Shape: TypeAlias = "Callable[[Any], bool] | dict[str, Shape] | list[Shape]"
_ID = re.compile(r"[!-~]{1,255}")
_ADDRESS = re.compile(r"https?://[!-~]{1,2000}")


def problem(body: Mapping[str, Any]) -> str:
    """Return what is wrong with a request, without any of its values; empty when it can be taken."""
    shape = _shape_of(body)
    if shape is None:
        return "The request is of no kind that this app takes."
    wrong = _wrong(body, shape, "")
    if not wrong and body.get("type") == "block_actions" and not (body.get("view") or body.get("channel")):
        wrong = "channel"
    return f"{wrong} is missing, or not what it should be." if wrong else ""


def _shape_of(body: Mapping[str, Any]) -> Shape | None:
    kind = body.get("type")
    if kind is None:
        return _COMMAND if "command" in body else {} if "ssl_check" in body else None
    if kind == "event_callback":
        event = body.get("event")
        named = event.get("type") if isinstance(event, Mapping) else None
        return {"event_id": _is_id, "event": _EVENTS.get(named, _EVENT) if isinstance(named, str) else _EVENT}
    return _SHAPES.get(kind) if isinstance(kind, str) else None


def _wrong(value: Any, shape: Shape, path: str) -> str:
    """Return the path of the first thing that has another shape; empty when there is none."""
    if callable(shape):
        return "" if shape(value) else path
    if isinstance(shape, list):
        if not isinstance(value, list):
            return path
        inner = ((one, shape[0], f"{path}[{number}]") for number, one in enumerate(value))
    else:
        if not isinstance(value, Mapping):
            return path or "The body"
        fields = ((name.removesuffix("?"), name.endswith("?"), one) for name, one in shape.items())
        inner = (
            (value.get(name), one, f"{path}.{name}" if path else name)
            for name, optional, one in fields
            if not optional or value.get(name)
        )
    return next(filter(None, (_wrong(*one) for one in inner)), "")


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(_ID.fullmatch(value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and bool(_ADDRESS.fullmatch(value))


def _is_metadata(value: Any) -> bool:
    """Say whether a view carries nothing, or what we write into one."""
    if value == "":
        return True
    carried = to_event.metadata({"private_metadata": value})
    return bool(carried) and not _wrong(carried, {"hidden?": {}, "kept?": _is_text}, "")


def _are_actions(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and not _wrong(value, [{"action_id": _is_text}], "")


def _are_values(value: Any) -> bool:
    """Say whether this is what was filled in, by block and by action."""
    return isinstance(value, Mapping) and not any(
        not isinstance(elements, Mapping) or any(_wrong(element, _ELEMENT, "element") for element in elements.values())
        for elements in value.values()
    )


_OBJECT: Shape = {}
_WHO: Shape = {"id": _is_id}
_ELEMENT: Shape = {
    "type": _is_text,
    "selected_option?": {"value": _is_text},
    "selected_options?": [{"value": _is_text}],
    "selected_user?": _is_id,
    "value?": _is_text,
}
_EVENT: Shape = {"type": _is_text}
_MESSAGE: Shape = {"channel": _is_id, "ts": _is_id, "user?": _is_id, "thread_ts?": _is_id}
_EVENTS: dict[str, Shape] = {
    "message": _MESSAGE,
    "app_mention": _MESSAGE,
    "app_home_opened": {"user": _is_id, "channel": _is_id},
}
_COMMAND: Shape = {
    "command": _is_text,
    "text?": _is_text,
    "user_id": _is_id,
    "channel_id": _is_id,
    "trigger_id": _is_id,
    "response_url": _is_address,
}
_SHORTCUT: Shape = {"callback_id": _is_text, "user": _WHO, "trigger_id": _is_id, "message?": _OBJECT}
_SHAPES: dict[str, Shape] = {
    "url_verification": {"challenge": _is_text},
    "block_actions": {
        "user": _WHO,
        "trigger_id": _is_id,
        "actions": _are_actions,
        "channel?": _WHO,
        "message?": {"ts?": _is_id, "thread_ts?": _is_id},
        "container?": _OBJECT,
        "response_url?": _is_address,
        "view?": {"id": _is_id, "type": _is_text, "private_metadata?": _is_metadata},
    },
    "view_submission": {
        "user": _WHO,
        "view": {
            "id": _is_id,
            "hash?": _is_id,
            "type": _is_text,
            "callback_id": _is_text,
            "private_metadata": _is_metadata,
            "state": {"values": _are_values},
        },
    },
    "shortcut": _SHORTCUT,
    "message_action": _SHORTCUT,
}
