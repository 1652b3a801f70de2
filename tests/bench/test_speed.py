"""How fast the answers are, beside well-known peers on the same questions: `make bench`. Never an assertion on time."""

from __future__ import annotations

import dataclasses
import itertools
import sqlite3
import tracemalloc
from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from rapidfuzz import fuzz, process

from bot.answering.concepts import Lexicon
from bot.answering.engine import Engine
from bot.answering.text import fold, words
from bot.answering.training import lessons, train
from bot.drafts.reviewer import Reviewer
from bot.knowledge import Knowledge
from bot.knowledge.draft_values import DraftKnowledge

Find = Callable[[str], str]


AUTHOR = "h4"  # whose questions are asked, of an engine that learnt from all others


@pytest.fixture(scope="module")
def questions(knowledge: Knowledge) -> list[tuple[str, tuple[str, ...]]]:
    asked = [e for e in knowledge.examples if e.author == AUTHOR and e.route in ("answer", "doubt", "urgent")]
    return [(example.text, example.top) for example in asked]


@pytest.fixture(scope="module")
def unseen(knowledge: Knowledge) -> Engine:
    others = tuple(example for example in knowledge.examples if example.author != AUTHOR)
    without = dataclasses.replace(knowledge, examples=others)
    return Engine(without, train(lessons(without), Lexicon(without.concepts)))


def measure(benchmark: BenchmarkFixture, find: Find, questions: list[tuple[str, tuple[str, ...]]]) -> None:
    """Time one question after the other; print what share of first sections is right beside it."""
    benchmark.extra_info["first right"] = sum(find(q) in top for q, top in questions) / len(questions)
    turn = itertools.cycle([question for question, _ in questions])
    benchmark.pedantic(find, setup=lambda: ((next(turn),), {}), rounds=1500)
    if benchmark.stats is None:  # run as a plain test: once through, nothing timed
        return
    times = sorted(benchmark.stats.stats.data)
    p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
    print(
        f"\n{benchmark.name}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, first right {benchmark.extra_info['first right']:.2f}"
    )


def test_engine(benchmark: BenchmarkFixture, unseen: Engine, questions: list[tuple[str, tuple[str, ...]]]) -> None:
    def find(question: str) -> str:
        passages = unseen.answer(question).passages
        return passages[0].section if passages else ""

    measure(benchmark, find, questions)


def test_rapidfuzz_over_sections(
    benchmark: BenchmarkFixture, knowledge: Knowledge, questions: list[tuple[str, tuple[str, ...]]]
) -> None:
    texts = {section.id: section.text.nl for section in knowledge.sections.values()}
    measure(benchmark, lambda q: process.extractOne(q, texts, scorer=fuzz.WRatio)[2], questions)


def test_bm25s_over_sections(
    benchmark: BenchmarkFixture, knowledge: Knowledge, questions: list[tuple[str, tuple[str, ...]]]
) -> None:
    import bm25s

    ids = list(knowledge.sections)
    retriever = bm25s.BM25()
    retriever.index([words(fold(section.text.nl)) for section in knowledge.sections.values()], show_progress=False)

    def find(question: str) -> str:
        found, _ = retriever.retrieve([words(fold(question))], k=1, show_progress=False)
        return ids[int(found[0][0])]

    measure(benchmark, find, questions)


def test_sqlite_fts5_over_sections(
    benchmark: BenchmarkFixture, knowledge: Knowledge, questions: list[tuple[str, tuple[str, ...]]]
) -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE section USING fts5(id UNINDEXED, text)")
    database.executemany("INSERT INTO section VALUES (?, ?)", [(s.id, s.text.nl) for s in knowledge.sections.values()])

    def find(question: str) -> str:
        terms = " OR ".join(f'"{word}"' for word in words(fold(question)))
        row = database.execute(
            "SELECT id FROM section WHERE section MATCH ? ORDER BY rank LIMIT 1", (terms,)
        ).fetchone()
        return row[0] if row else ""

    measure(benchmark, find, questions)
    database.close()


def test_checking_a_post(benchmark: BenchmarkFixture, reviewer: Reviewer, drafts: DraftKnowledge) -> None:
    """A post of some 200 words, which is longer than most: two of the labelled ones after each other."""
    long = sorted((post.text for post in drafts.posts), key=len, reverse=True)[:200]
    turn = itertools.cycle(f"{one} {other}" for one, other in zip(long[::2], long[1::2], strict=True))
    benchmark.pedantic(reviewer.review, setup=lambda: ((next(turn),), {}), rounds=600)
    _percentiles(benchmark)


def test_checking_any_labelled_post(benchmark: BenchmarkFixture, reviewer: Reviewer, drafts: DraftKnowledge) -> None:
    """As they are: some 45 words."""
    turn = itertools.cycle(post.text for post in drafts.posts)
    benchmark.pedantic(reviewer.review, setup=lambda: ((next(turn),), {}), rounds=600)
    _percentiles(benchmark)


@pytest.mark.parametrize("text", ["posts", "." * 5000 + "a" * 4999, "Aa 1 " * 2000, "1 " * 5000, "'" * 9999])
def test_checking_ten_thousand_characters(
    benchmark: BenchmarkFixture, reviewer: Reviewer, drafts: DraftKnowledge, text: str
) -> None:
    long = " ".join(post.text for post in drafts.posts)[:10_000] if text == "posts" else text
    benchmark.pedantic(reviewer.review, (long,), rounds=10)
    _percentiles(benchmark)


def _percentiles(benchmark: BenchmarkFixture) -> None:
    if benchmark.stats is None:
        return
    times = sorted(benchmark.stats.stats.data)
    p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
    print(f"\n{benchmark.name[:60]}: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


@pytest.fixture(scope="module")
def drafts(knowledge: Knowledge) -> DraftKnowledge:
    from bot.knowledge.draft_files import load_drafts
    from tests.conftest import UNICOZ

    return load_drafts(UNICOZ, knowledge.sections)


def test_reading_the_knowledge(benchmark: BenchmarkFixture, knowledge: Knowledge) -> None:
    """From its files, as at every start."""
    from bot.knowledge import load
    from tests.conftest import UNICOZ

    benchmark.pedantic(load, (UNICOZ,), rounds=5)


def test_loading_from_the_cache(benchmark: BenchmarkFixture, engine: Engine) -> None:
    """Knowledge and model of the questions, as at every start but the first."""
    from adapters.learning import load_engine
    from adapters.storage.cache import Cache
    from tests.conftest import UNICOZ

    benchmark.pedantic(load_engine, (UNICOZ, Cache()), rounds=5)
    _percentiles(benchmark)


@pytest.mark.parametrize("count", [9_000, 100_000])
def test_learning(benchmark: BenchmarkFixture, knowledge: Knowledge, count: int) -> None:
    """From so many example questions, or from all where there are fewer."""
    some = dataclasses.replace(knowledge, examples=knowledge.examples[:count])
    if benchmark.disabled:
        pytest.skip("takes half a minute and says something only when it is timed: make bench")
    benchmark.pedantic(lambda: train(lessons(some), Lexicon(some.concepts)), rounds=1)
    _percentiles(benchmark)


def test_memory_of_the_engine(knowledge: Knowledge, engine: Engine) -> None:
    """What knowledge and model hold, counted by allocation; the process around them takes some 60 MB."""
    from adapters.learning import load_engine
    from adapters.storage.cache import Cache
    from tests.conftest import UNICOZ

    tracemalloc.start()
    held = load_engine(UNICOZ, Cache())
    held.answer("mag ik dit plaatsen")
    size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"\nengine: {size / 1e6:.0f} MB held, {peak / 1e6:.0f} MB at most")


def test_ten_times_as_much(benchmark: BenchmarkFixture, knowledge: Knowledge, engine: Engine) -> None:
    """An engine with ten times as many sections, situations and examples, beside the one there is."""
    import statistics
    import time

    import numpy as np

    from bot.answering.model import Head, Model
    from bot.answering.neighbours import Neighbours

    def tenfold(head: Head) -> Head:
        more = [Head(head.labels, head.weights * (1 - n / 100), head.bias - n / 100) for n in range(10)]
        names = tuple(f"{label}@{n}" if n and label else label for n in range(10) for label in head.labels)
        return Head(names, np.hstack([h.weights for h in more]), np.hstack([h.bias for h in more]))

    def tenfold_neighbours(one: Neighbours) -> Neighbours:
        count = len(one.first)
        lists = [slice(begin, end) for begin, end in itertools.pairwise(one.starts)]
        questions = [one.questions[some] + n * count for some in lists for n in range(10)]
        values = [one.values[some] for some in lists for _ in range(10)]
        first, relevant = (np.kron(np.eye(10, dtype=np.float32), labels) for labels in (one.first, one.relevant))
        return Neighbours(one.starts * 10, np.concatenate(questions), np.concatenate(values), first, relevant)

    sections = {f"{name}@{n}" if n else name: s for n in range(10) for name, s in knowledge.sections.items()}
    situations = {f"{name}@{n}" if n else name: s for n in range(10) for name, s in knowledge.situations.items()}
    examples = tuple(e._replace(id=f"{e.id}-{n}", text=f"{e.text} {n}") for n in range(10) for e in knowledge.examples)
    heads = engine.model.heads
    model = Model(
        engine.model.encoder,
        {name: tenfold(head) if name in ("section", "situation") else head for name, head in heads.items()},
        tenfold_neighbours(engine.model.neighbours),
    )
    large = Engine(dataclasses.replace(knowledge, sections=sections, situations=situations, examples=examples), model)
    asked = [f"{example.text} vraag ik me af" for example in knowledge.examples[::60]]

    def milliseconds(of: Engine) -> float:
        times = []
        for question in asked:
            started = time.perf_counter()
            of.answer(question)
            times.append(time.perf_counter() - started)
        return statistics.median(times) * 1000

    for of in (engine, large):
        milliseconds(of)  # once through, so that both have looked up their words
    benchmark.pedantic(lambda: milliseconds(large), rounds=1)
    one, ten = milliseconds(engine), milliseconds(large)
    print(f"\nmedian with what there is {one:.2f} ms, with ten times as much {ten:.2f} ms: {ten / one:.1f} times")
