"""HTML from replies and from the document. Jinja escapes everything by default."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from adapters.web.identity import Visit
from bot.events import LANGUAGES, Language
from bot.knowledge import Knowledge
from bot.knowledge.kept import KeptVersion
from bot.replies import Form, Reply
from bot.report import naming
from bot.report.report import Report

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


class Pages:
    """Renders pages and replies for one server."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.tests["kind"] = lambda part, name: type(part).__name__ == name
        self._environment.filters["paragraphs"] = lambda text: text.split("\n\n")
        self._environment.filters["marked"] = _marked
        self._environment.filters["split"] = lambda text: text.split(",")

    def reply(self, reply: Reply | Form) -> str:
        """Return a reply as a fragment of HTML."""
        return self._environment.get_template("reply.html").render(reply=reply)

    def chat(self, knowledge: Knowledge, language: Language, greeting: Reply, visit: Visit) -> str:
        return self._page("chat.html", knowledge, language, "/", visit, greeting=_safe(self.reply(greeting)))

    def desk(self, knowledge: Knowledge, language: Language, visit: Visit, *, communications: bool) -> str:
        """Return the page of cases; people of communications have more there."""
        return self._page("desk.html", knowledge, language, "/desk", visit, communications=communications)

    def report(self, knowledge: Knowledge, language: Language, visit: Visit, report: Report) -> str:
        return self._page(
            "report.html",
            knowledge,
            language,
            "/desk/report",
            visit,
            report=report,
            plain=str,
            route=lambda name: naming.route_name(name, knowledge, language),
            section=lambda name: naming.section_name(name, knowledge, language),
            spoken=lambda name: naming.language_name(name, knowledge, language),
            duration=lambda time: naming.duration(time, knowledge, language),
        )

    def protocol(self, knowledge: Knowledge, language: Language, visit: Visit, earlier: tuple[str, ...]) -> str:
        return self._page("protocol.html", knowledge, language, "/protocol", visit, earlier=earlier)

    def kept_protocol(self, knowledge: Knowledge, language: Language, visit: Visit, version: KeptVersion) -> str:
        """Return an earlier version of the document, to read only, with the notice that it no longer applies."""
        return self._page("protocol-kept.html", knowledge, language, "/protocol", visit, version=version)

    def not_found(self, knowledge: Knowledge, language: Language, visit: Visit) -> str:
        return self._page("not-found.html", knowledge, language, "/", visit)

    def _page(
        self, template: str, knowledge: Knowledge, language: Language, path: str, visit: Visit, **more: object
    ) -> str:
        def say(sentence: str, **values: str | int) -> str:
            return knowledge.texts.say(language, sentence, **values)

        other = next(choice for choice in LANGUAGES if choice != language)
        return self._environment.get_template(template).render(
            say=say, language=language, other=other, path=path, knowledge=knowledge, visit=visit, **more
        )


def _safe(rendered: str) -> Markup:
    return Markup(rendered)  # noqa: S704 (rendered by the environment, escaped there)


def _marked(text: str, marks: tuple[tuple[int, int], ...]) -> Markup:
    pieces, at = [], 0
    for start, end in marks:
        pieces += [Markup.escape(text[at:start]), Markup("<mark>%s</mark>") % text[start:end]]
        at = end
    return Markup("").join([*pieces, Markup.escape(text[at:])])
