"""Replies as plain text, and in colour for people."""

from __future__ import annotations

import textwrap

from bot.replies import (
    Button,
    Buttons,
    Feedback,
    Footer,
    Form,
    Heading,
    Listing,
    MarkedText,
    Paragraph,
    Part,
    Quotation,
    Reply,
    Wording,
)

_WIDTH = 88


def plain(reply: Reply | Form | None) -> str:
    """Return the reply as plain text: parts with a blank line between, buttons as "[label]"."""
    if reply is None:
        return ""
    if isinstance(reply, Form):
        return "\n".join([reply.title, *(f"- {field.label}" for field in reply.fields)])
    return "\n\n".join(_plain(part) for part in reply.parts)


def coloured(reply: Reply, buttons: list[Button]) -> None:
    """Print the reply for a person; its buttons are numbered and added to `buttons` in that order."""
    from rich.console import Console  # noqa: PLC0415 (a pipe needs no colours)
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, width=min(Console().width, _WIDTH))
    for part in reply.parts:
        match part:
            case Heading(text):
                console.print(Text(text, style="bold"))
            case Quotation() as quotation:
                console.print(Text(_source(quotation), style="bold cyan"))
                console.print(Padding(Text(quotation.text, style="italic"), (0, 0, 0, 2)))
            case MarkedText(text, marks):
                shown = Text(text)
                for start, end in marks:
                    shown.stylize("black on yellow", start, end)
                console.print(Padding(shown, (0, 0, 0, 2)))
            case Buttons(offered):
                for button in offered:
                    buttons.append(button)
                    console.print(Text.assemble((f" {len(buttons)} ", "reverse"), " ", (button.label, "cyan")))
            case Feedback():
                continue
            case Footer(text):
                console.print(Text(text, style="dim"))
            case _:
                console.print(Text(_plain(part)))
        console.print()


def _plain(part: Part) -> str:
    match part:
        case Heading(text) | Paragraph(text) | Footer(text):
            return text
        case Quotation() as quotation:
            quoted = "\n".join(
                textwrap.fill(paragraph, _WIDTH, initial_indent="> ", subsequent_indent="> ")
                for paragraph in quotation.text.split("\n\n")
            )
            return f"{_source(quotation)}\n{quoted}"
        case Listing(items):
            return "\n".join(f"- {item}" for item in items)
        case MarkedText(text, marks):
            for start, end in reversed(marks):
                text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
            return text
        case Wording(text):
            return textwrap.indent(text, "    ")
        case Buttons(buttons, stacked):
            return ("\n" if stacked else " ").join(f"[{button.label}]" for button in buttons)
        case Feedback(question, yes, no, _):
            return f"{question} [{yes}] [{no}]"


def _source(quotation: Quotation) -> str:
    return f"{quotation.name} ({quotation.note})" if quotation.note else quotation.name
