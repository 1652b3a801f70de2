"""The installed command, as a person and as a pipe use it."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.knowledge_source import KnowledgeSource

COMMAND = Path(sys.executable).with_name("protocolwijzer")


def run(*arguments: str | bytes, given: bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **{f"PROTOCOLWIJZER_{name.upper()}": value for name, value in settings.items()}}
    return subprocess.run(
        [COMMAND, *arguments], input=given, capture_output=True, check=False, env=environment, timeout=120
    )


@pytest.fixture(autouse=True)
def learnt(source: KnowledgeSource) -> None:
    """The model is in the cache before a command needs it."""


def test_a_question_gets_the_protocols_words_without_colours_in_a_pipe() -> None:
    done = run("ask", "wat zegt richtlijn 8?")
    assert done.returncode == 0
    said = done.stdout.decode()
    assert "> Bij de geringste twijfel" in said
    assert "[Vraag mijn leidinggevende] [Vraag communicatie]" in said
    assert "\x1b" not in said


def test_the_language_can_be_chosen() -> None:
    assert "(unofficial translation)" in run("ask", "--lang", "en", "richtlijn 8").stdout.decode()


def test_json_has_the_whole_answer() -> None:
    row = json.loads(run("ask", "--json", "een journalist belt over ons bericht").stdout)
    assert list(row) == [
        "id",
        "language",
        "route",
        "sections",
        "situation",
        "contact",
        "confidence",
        "certain",
        "reply",
    ]
    assert len(row["sections"]) >= 3
    assert 0 <= row["confidence"] <= 1


def test_rows_come_back_in_order_and_a_bad_row_is_not_lost() -> None:
    rows = [
        b'{"id": "a", "text": "mag ik foto\'s plaatsen"}',
        b'{"id": "b"',
        b'{"id": "c", "text": 7}',
        b'{"text": "x"}',
        b'{"id": "d", "text": "\xff"}',
        b"",
        b'{"id": "e", "text": ""}',
        b'{"id": 6, "text": "hallo"}',
        b"[" * 100_000,
        b'{"id": "\\ud800", "text": "hallo"}',
    ]
    done = run("ask", "--jsonl", given=b"\n".join(rows))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [(a["id"], "error" in a) for a in answers] == [
        ("a", False),
        (None, True),
        ("c", True),
        (None, True),
        (None, True),
        ("e", False),
        (6, False),
        (None, True),
        ("\ud800", False),
    ]
    assert answers[2]["error"] == 'line 3: has no "text"; write {"id": "1", "text": "…"}'


def test_rows_without_a_mistake_end_well() -> None:
    done = run("ask", "--jsonl", given=b'{"id": "a", "text": "hoi"}\n')
    assert done.returncode == 0
    assert json.loads(done.stdout)["route"] == "chitchat"


def test_an_argument_that_is_no_utf8_is_answered() -> None:
    done = run("ask", b"mag \xff\xfe foto plaatsen")
    assert done.returncode == 0


def test_asking_nothing_says_how_to_ask() -> None:
    done = run("ask")
    assert done.returncode == 2
    assert 'protocolwijzer ask "mag ik' in done.stderr.decode()


def test_a_conversation_in_the_terminal_takes_words_and_numbers() -> None:
    said = run("chat", given=b"richtlijn 8\n1\n\n").stdout.decode()
    assert "Waar twijfel je over?" in said
    assert "Leg je vraag voor aan je leidinggevende." in said


@pytest.mark.parametrize("command", [[], ["ask"], ["chat"], ["serve"], ["knowledge"], ["knowledge", "check"]])
def test_help_is_there(command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert len(done.stdout) > 150


def test_knowledge_check_says_what_there_is() -> None:
    done = run("knowledge", "check")
    assert done.returncode == 0
    assert "22 sections" in done.stdout.decode()


def test_broken_knowledge_is_named_and_the_server_does_not_start(knowledge_copy: Path) -> None:
    (knowledge_copy / "sections.yaml").write_text("inleiding: [", encoding="utf-8")
    for command in (["knowledge", "check"], ["serve", "--port", "0"], ["ask", "hoi"]):
        done = run(*command, knowledge=str(knowledge_copy.parent))
        assert done.returncode == 1
        assert "knowledge/unicoz/sections.yaml: line" in done.stderr.decode()


def test_half_set_credentials_are_refused_with_what_to_set() -> None:
    done = run("serve", slack_bot_token="xoxb-secret")
    assert done.returncode == 1
    assert "PROTOCOLWIJZER_SLACK_SIGNING_SECRET" in done.stderr.decode()
    assert "xoxb-secret" not in done.stderr.decode()


def test_a_port_in_use_is_said_with_a_way_out() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "make run PORT=" in done.stderr.decode()


def test_the_server_says_where_it_listens_and_ends_on_a_signal() -> None:
    server = subprocess.Popen([COMMAND, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert server.stdout is not None
    said = list(itertools.takewhile(lambda line: b"luistert op" not in bytes(line), server.stdout))
    assert server.poll() is None, said
    server.send_signal(signal.SIGTERM)
    _, complaints = server.communicate(timeout=30)
    assert server.returncode == 0, complaints


DRAFT = "Sanne uit groep 6 heeft epilepsie. Vandaag gingen we naar het museum."


def test_a_draft_in_a_file_is_checked(tmp_path: Path) -> None:
    (tmp_path / "bericht.txt").write_text(DRAFT, encoding="utf-8")
    done = run("check", str(tmp_path / "bericht.txt"))
    assert done.returncode == 0
    said = done.stdout.decode()
    assert "Zet dit nog niet online." in said
    assert "[Sanne uit groep 6 heeft epilepsie]" in said
    assert "Werknemers mogen geen vertrouwelijke" in said


def test_a_draft_comes_through_a_pipe_and_in_english() -> None:
    said = run("check", "-", "--lang", "en", given=DRAFT.encode()).stdout.decode()
    assert "Do not post this yet." in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run("check", str(tmp_path / "geen.txt"))
    assert done.returncode == 1
    assert "geen.txt" in done.stderr.decode()


def test_drafts_as_rows_come_back_in_order() -> None:
    rows = [{"id": 1, "text": DRAFT, "channel": "x"}, {"id": "b", "text": ""}, {"id": 3}]
    done = run("check", "--jsonl", given="\n".join(map(json.dumps, rows)).encode())
    first, empty, broken = map(json.loads, done.stdout.splitlines())
    assert list(first) == ["id", "verdict", "findings", "hints", "safe_text"]
    assert first["verdict"] == "stop"
    for finding in first["findings"]:
        assert list(finding) == ["rule", "start", "end", "quote", "section", "message", "score"]
        assert DRAFT[finding["start"] : finding["end"]] == finding["quote"]
    assert (empty["id"], empty["notice"]) == ("b", "nothing-written")
    assert 'has no "text"' in broken["error"]
    assert done.returncode == 1
