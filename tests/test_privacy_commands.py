"""`protocolwijzer privacy` as an operator uses it: the installed command on a real database file."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.knowledge_source import KnowledgeSource
from adapters.storage.sealing import new_key
from bot.actions import Action
from tests.conftest import FakeClock
from tests.offices import FATIMA, JOKE, KAREL, email, office
from tests.test_terminal import COMMAND

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the command on a database in a folder of its own."""

    def ran(*said: str, given: str = "", **chosen: str) -> subprocess.CompletedProcess[str]:
        settings = {"data": str(tmp_path / "data"), **chosen}
        environment = {**os.environ, **{f"PROTOCOLWIJZER_{name.upper()}": value for name, value in settings.items()}}
        return subprocess.run(
            [COMMAND, *said],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            timeout=120,
        )

    return ran


async def asked(source: KnowledgeSource, folder: Path) -> None:
    """Have Fatima ask, and Joke write a note and ask back."""
    url = f"sqlite:///{folder / 'data' / 'unicoz.sqlite3'}"
    async with office(url, source.engine, source.reviewer) as talking:
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "mag zebravink online?")
        await talking.words(JOKE, "note", "overlegd met de directie")
        await talking.step(JOKE, "claim")


async def test_an_administrator_exports_a_person_with_the_internal_notes(
    run: Run, source: KnowledgeSource, tmp_path: Path
) -> None:
    await asked(source, tmp_path)
    done = run("privacy", "export", email(FATIMA).upper())
    found = json.loads(done.stdout)
    assert found["cases"][0]["text"] == "mag zebravink online?"
    assert "overlegd met de directie" in done.stdout
    nobody = run("privacy", "export", "niemand@unicoz.nl")
    assert nobody.returncode == 1 and "niets bewaard" in nobody.stderr


async def test_an_administrator_forgets_a_person_after_a_question(
    run: Run, source: KnowledgeSource, tmp_path: Path
) -> None:
    await asked(source, tmp_path)
    refused = run("privacy", "forget", email(FATIMA), given="n\n")
    assert refused.returncode == 1 and "1 eigen zaken" in refused.stdout
    assert run("privacy", "export", email(FATIMA)).returncode == 0
    done = run("privacy", "forget", email(FATIMA), "--yes")
    assert done.stdout == "Gewist. Ingetrokken: 1. Terug naar communicatie: 0.\n", done.stderr
    assert run("privacy", "export", email(FATIMA)).returncode == 1
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert b"zebravink" not in kept and b"atima" not in kept


async def test_erasing_at_once_says_how_many(run: Run, source: KnowledgeSource, tmp_path: Path) -> None:
    await asked(source, tmp_path)
    done = run("privacy", "erase")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Gewist: 0 cases, 0 feedback, 0 proposals, 0 event-ids.\n"


async def test_a_server_erases_by_itself_and_logs_how_many_and_nothing_else(
    source: KnowledgeSource, tmp_path: Path
) -> None:
    long_ago = FakeClock()
    long_ago.advance(days=-400)
    url = f"sqlite:///{tmp_path / 'data' / 'unicoz.sqlite3'}"
    async with office(url, source.engine, source.reviewer, clock=long_ago) as talking:
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "mag zebravink online?")
        await talking.step(FATIMA, "withdraw")
    chosen = {"DATA": str(tmp_path / "data"), "LOG_FORMAT": "json", "PORT": "0"}
    environment = {**os.environ, **{f"PROTOCOLWIJZER_{name}": value for name, value in chosen.items()}}
    server = await asyncio.create_subprocess_exec(
        COMMAND, "serve", env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        assert server.stderr is not None
        while "erased" not in (said := json.loads(await server.stderr.readline()))["event"]:
            pass
    finally:
        server.terminate()
        await server.communicate()
    assert {key: value for key, value in said.items() if key != "timestamp"} == {
        "event": "erased what was kept long enough", "level": "info",
        "cases": 1, "feedback": 0, "proposals": 0, "event_ids": 1}  # fmt: skip


async def test_a_key_is_made_and_used_and_rotated(run: Run, source: KnowledgeSource, tmp_path: Path) -> None:
    await asked(source, tmp_path)
    key = run("privacy", "new-key").stdout.strip()
    without = run("privacy", "rotate")
    assert without.returncode == 1 and "PROTOCOLWIJZER_ENCRYPTION_KEY_FILE" in without.stderr
    (tmp_path / "keys").write_text(f"{key}\n")
    asks = run("privacy", "rotate", encryption_key_file=str(tmp_path / "keys"))
    assert asks.returncode == 1 and "start eerst alle servers opnieuw" in asks.stdout, asks.stderr
    assert b"zebravink" in b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    done = run("privacy", "rotate", "--yes", encryption_key_file=str(tmp_path / "keys"))
    assert done.returncode == 0 and "versleuteld met sleutel" in done.stdout, done.stderr
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert b"zebravink" not in kept and b"directie" not in kept
    for command in (("privacy", "export", email(FATIMA)), ("cases", "show", "1"), ("serve", "--port", "0")):
        refused = run(*command)
        assert refused.returncode == 1 and "versleutelde teksten, en er is geen sleutel" in refused.stderr, (
            refused.stderr
        )
    read = run("cases", "show", "1", encryption_keys=f"{new_key()},{key}")
    assert json.loads(read.stdout)["text"] == "mag zebravink online?"


async def test_keys_and_texts_are_looked_at_before_anybody_says_that_they_are_in_order(
    run: Run, source: KnowledgeSource, tmp_path: Path
) -> None:
    await asked(source, tmp_path)
    key, sealed = new_key(), "teksten en namen zijn in de database versleuteld"
    for command in ("privacy", "doctor"):
        broken = run(command, encryption_keys="geen-sleutel")
        assert broken.returncode == 1 and "privacy new-key maakt er een" in broken.stdout + broken.stderr
        assert "worden versleuteld" not in broken.stdout and sealed not in broken.stdout
        assert "geen-sleutel" not in broken.stdout + broken.stderr
    bare = run("privacy", encryption_keys=key).stdout
    assert "oudere staan nog onversleuteld in de database" in bare and sealed not in bare
    assert "teksten en namen staan nog onversleuteld in de database" in run("doctor", encryption_keys=key).stdout
    assert run("privacy", "rotate", "--yes", encryption_keys=key).returncode == 0
    assert sealed in run("privacy", encryption_keys=key).stdout
    assert "ok      Alle teksten en namen" in run("doctor", encryption_keys=key).stdout
    newer = run("doctor", encryption_keys=f"{new_key()},{key}").stdout
    assert "met een oudere sleutel versleuteld" in newer and "ok      Alle teksten" not in newer
    lost = run("privacy", encryption_keys=new_key())
    assert lost.returncode == 1 and "openen niet alles" in lost.stderr


@pytest.mark.parametrize(
    "command", [("report", "--month", "2026-11"), ("knowledge", "export"), ("cases", "list"), ("privacy", "erase")]
)
async def test_a_command_says_what_is_wrong_with_the_database(
    run: Run, source: KnowledgeSource, tmp_path: Path, command: tuple[str, ...]
) -> None:
    early = run(*command)
    assert early.returncode == 1 and "start de server een keer" in early.stderr and "Error:" in early.stderr
    await asked(source, tmp_path)
    key = new_key()
    assert run("privacy", "rotate", "--yes", encryption_keys=key).returncode == 0
    for keys, said in ((new_key(), "openen niet alles"), ("geen-sleutel", "privacy new-key maakt er een")):
        wrong = run(*command, encryption_keys=keys)
        assert wrong.returncode == 1 and said in wrong.stderr and "Unreadable" not in wrong.stderr, wrong.stderr


async def test_cases_of_who_is_forgotten_are_told_to_the_desk_of_the_settings(
    run: Run, source: KnowledgeSource, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'data' / 'unicoz.sqlite3'}"
    async with office(url, source.engine, source.reviewer) as talking:
        await talking.hand_off_to(Action.ASK_MANAGER, manager=email(KAREL))
    done = run(
        "privacy", "forget", email(KAREL), "--yes",
        identity_header="X-Email", identity_proxies='["10.0.0.1"]', desk_members=f'["{email(JOKE).upper()}"]',
    )  # fmt: skip
    assert "Terug naar communicatie: 1." in done.stdout, done.stderr
    async with office(url, source.engine, source.reviewer) as talking:
        assert ("card", email(JOKE)) in await talking.told()


async def test_cases_of_who_is_forgotten_are_told_to_the_invented_desk(
    run: Run, source: KnowledgeSource, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'data' / 'unicoz.sqlite3'}"
    async with office(url, source.engine, source.reviewer) as talking:
        await talking.hand_off_to(Action.ASK_MANAGER, manager=email(KAREL))
    assert "Terug naar communicatie: 1." in run("privacy", "forget", email(KAREL), "--yes").stdout
    async with office(url, source.engine, source.reviewer) as talking:
        assert ("card", "communicatie@demo.unicoz.nl") in await talking.told()


def test_the_doctor_speaks_of_encryption(run: Run, tmp_path: Path) -> None:
    assert "onversleuteld" in run("doctor").stdout
    (tmp_path / "keys").write_text(new_key())
    (tmp_path / "keys").chmod(0o644)
    said = run("doctor", encryption_key_file=str(tmp_path / "keys")).stdout
    assert "worden versleuteld; 1 sleutel." in said and "chmod 600" in said
    assert "fout" in run("doctor", encryption_keys="geen-sleutel").stdout


def test_the_record_of_processing_follows_the_settings(run: Run, tmp_path: Path) -> None:
    plain = run("privacy")
    assert plain.returncode == 0, plain.stderr
    for said in (
        "Unicoz onderwijsgroep",
        "90 dagen",
        "365 dagen",
        "7 dagen",
        "niet versleuteld",
        "unicoz.sqlite3",
        "wie besloot",
        "ten hoogste een uur",
        "ingetrokken, 90 dagen na het besluit",
    ):
        assert said in plain.stdout, said
    (tmp_path / "keys").write_text(new_key())
    other = run(
        "privacy", "record", keep_cases="30", keep_proposals="14", database="postgresql://user:very-secret@db.school.nl/protocol",
        encryption_key_file=str(tmp_path / "keys"), slack_bot_token="xoxb-1", slack_signing_secret="very-secret",
    )  # fmt: skip
    for said in (
        "30 dagen na de laatste stap",
        "14 dagen na het besluit",
        "db.school.nl",
        "niet nagekeken",
        "Slack, als kanaal",
        "HMAC",
    ):
        assert said in other.stdout, said
    assert "very-secret" not in other.stdout and "niet versleuteld" not in other.stdout
