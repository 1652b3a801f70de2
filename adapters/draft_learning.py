"""The checks of drafts for a folder: what was read and learnt before from the same content, or else anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from adapters.learning import apart, code_of, code_of_core, digest_of
from adapters.storage.cache import Cache
from bot.answering import concepts, encoding, features, text, training
from bot.drafts import learning, model, segments
from bot.drafts.reviewer import Reviewer
from bot.knowledge import Concepts, Knowledge
from bot.knowledge.draft_files import load_drafts
from bot.knowledge.draft_values import DraftKnowledge


def load_reviewer(
    folder: Path, knowledge: Knowledge, cache: Cache, progress: Callable[[str], None] = print
) -> Reviewer:
    """Return the checks of drafts for this folder, as `load_engine` does for questions."""
    content = digest_of(folder)
    drafts = cache.kept(
        "drafts",
        f"{content}-{code_of_core()}",
        lambda: load_drafts(folder, knowledge.sections),
        still=lambda: digest_of(folder) == content,
    )
    code = (concepts, encoding, features, text, training, model, learning, segments)
    key = f"{drafts.key}-{knowledge.lessons_key}-{code_of(code)}"
    learnt = cache.kept("draft-model", key, lambda: _learn_drafts(drafts, knowledge, progress))
    organisation = knowledge.organisation
    return Reviewer(drafts, learnt, organisation.own, organisation.communications_address)


def _learn_drafts(drafts: DraftKnowledge, knowledge: Knowledge, progress: Callable[[str], None]) -> model.DraftModel:
    learnt = learning.lessons(drafts, [example.text for example in knowledge.examples])
    progress(f"Ik leer van {len(learnt)} stukjes van berichten.")
    return apart(_train_drafts, learnt, drafts, knowledge.concepts)


def _train_drafts(learnt: list[learning.Lesson], drafts: DraftKnowledge, known: Concepts) -> model.DraftModel:
    return learning.train(learnt, tuple(drafts.rules), learning.lexicon_of(known, drafts))
