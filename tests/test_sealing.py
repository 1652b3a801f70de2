"""Texts and names are unreadable on disk, only with their keys readable again, and never lost by a change of keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from adapters.knowledge_source import KnowledgeSource
from adapters.settings import SettingsError, read_encryption_keys, read_settings
from adapters.storage.database import Database, DatabaseError, database_of, personal_columns
from adapters.storage.rotating import Unsealed, rotate, to_rotate
from adapters.storage.sealing import Seal, SealError, UnreadableError, new_key
from adapters.storage.tables import chosen_managers
from bot.actions import Action
from bot.ports import StoreError
from tests.conftest import Server, settings
from tests.offices import office

QUESTION = "mag ik een klassenfoto plaatsen?"


async def raw(database: Database) -> list[str]:
    """Return what stands in the columns of texts and names, as it is kept."""
    found: list[str] = []
    async with database.reading() as connection:
        for column in personal_columns():
            query = text(f'SELECT "{column.name}" FROM "{column.table.name}" WHERE "{column.name}" <> \'\'')
            found += (await connection.execute(query)).scalars()
    return found


async def test_with_a_key_all_texts_and_names_are_sealed_and_read_as_before(
    source: KnowledgeSource, database_url: str
) -> None:
    async with office(database_url, source.engine, source.reviewer, keys=[new_key()]) as talking:
        await talking.hand_off_to(Action.ASK_MANAGER, QUESTION, manager="karel@unicoz.nl", note="alvast dank")
        kept = await raw(talking.store._database)
        assert len(kept) == 7 and all(value.startswith("sealed1:") for value in kept), kept
        case = await talking.case()
        assert (case.text, case.note, case.asker.name) == (QUESTION, "alvast dank", "Fatima")


async def test_plain_rows_of_before_are_read_beside_sealed_ones(source: KnowledgeSource, database_url: str) -> None:
    async with office(database_url, source.engine, source.reviewer) as talking:
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "eerste vraag")
    async with office(database_url, source.engine, source.reviewer, keys=[new_key()]) as talking:
        talking.numbers = count(100)  # other events than those of before
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "tweede vraag")
        assert [case.text for case in await talking.all()] == ["eerste vraag", "tweede vraag"]


@pytest.mark.parametrize(("keys", "said"), [([], "geen sleutel ingesteld"), ([new_key()], "openen niet alles")])
async def test_a_sealed_database_without_its_key_refuses_to_start_with_the_remedy(
    source: KnowledgeSource, database_url: str, keys: list[str], said: str
) -> None:
    right = new_key()
    async with office(database_url, source.engine, source.reviewer, keys=[right]) as talking:
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, QUESTION)
    database = Database(database_url, Seal(keys))
    with pytest.raises(DatabaseError, match=said) as refused:
        await database.upgrade()
    assert "PROTOCOLWIJZER_ENCRYPTION_KEY_FILE" in str(refused.value) and right not in str(refused.value)
    await database.close()


async def test_an_older_key_still_opens_and_the_first_one_seals(source: KnowledgeSource, database_url: str) -> None:
    old, new = new_key(), new_key()
    async with office(database_url, source.engine, source.reviewer, keys=[old]) as talking:
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "eerste vraag")
    async with office(database_url, source.engine, source.reviewer, keys=[new, old]) as talking:
        talking.numbers = count(100)
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "tweede vraag")
        assert [case.text for case in await talking.all()] == ["eerste vraag", "tweede vraag"]
        assert await talking.store._database.key_ids() == set(talking.store._database.seal.key_ids)


@pytest.mark.parametrize("keys", [[], [new_key()]])
async def test_nobody_can_write_what_passes_for_sealed(
    source: KnowledgeSource, database_url: str, keys: list[str]
) -> None:
    said = ["sealed1:deadbeef:gAAAA", "plain1:sealed1:deadbeef:x", "plain1:"]
    async with office(database_url, source.engine, source.reviewer, keys=keys) as talking:
        for words in said:
            await talking.hand_off_to(Action.ASK_COMMUNICATIONS, words)
        assert [case.text for case in await talking.all()] == said
        await talking.store._database.check_keys()


def test_a_value_that_was_tampered_with_is_not_read() -> None:
    seal = Seal([new_key()])
    kept = seal.close(QUESTION)
    with pytest.raises(UnreadableError):
        seal.open(f"{kept[:-6]}AAAA==")
    with pytest.raises(UnreadableError):
        Seal().open(kept)


def test_what_is_no_key_is_refused_without_being_shown() -> None:
    with pytest.raises(SealError, match="new-key") as refused:
        Seal(["no-key-of-ours"])
    assert "no-key-of-ours" not in str(refused.value)


def test_keys_come_from_a_setting_or_from_a_file(tmp_path: Path) -> None:
    one, two = new_key(), new_key()
    file = tmp_path / "keys"
    file.write_text(f"# the newest first\n{two}\n\n{one}\n")
    assert read_encryption_keys(settings(encryption_keys=f"{two}, {one}")) == (two, one)
    assert read_encryption_keys(settings(encryption_key_file=file)) == (two, one)
    assert read_encryption_keys(settings()) == ()


def test_a_key_beside_the_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "keys").write_text(new_key())
    (tmp_path / "link").symlink_to(tmp_path / "data" / "keys")
    for file in (tmp_path / "data" / "keys", tmp_path / "link"):
        with pytest.raises(SettingsError, match="lies in the data folder"):
            read_settings(_env_file=None, data=tmp_path / "data", encryption_key_file=file)
    with pytest.raises(SettingsError, match="not both"):
        read_settings(_env_file=None, encryption_keys=new_key(), encryption_key_file=tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("content", "said"), [(None, "niet te lezen"), (b"\n", "geen sleutel in"), (b"\xff", "geen tekst")]
)
def test_a_key_file_that_cannot_be_used_is_named_with_the_remedy(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "keys").write_bytes(content)
    with pytest.raises(DatabaseError, match=said):
        database_of(settings(encryption_key_file=tmp_path / "keys"))


async def test_rotating_seals_everything_with_the_first_key_also_what_was_plain(
    source: KnowledgeSource, database_url: str
) -> None:
    old, new = new_key(), new_key()
    begun = count(1)
    for keys, words in (([], "een"), ([old], "twee"), ([new, old], "drie")):
        async with office(database_url, source.engine, source.reviewer, keys=keys) as talking:
            talking.numbers = count(100 * next(begun))  # other events than those of before
            await talking.hand_off_to(Action.ASK_COMMUNICATIONS, words)
    database = Database(database_url, Seal([new, old]))
    before = await to_rotate(database)
    # of two cases the text, the asker and who took the first step; the third is done already, and the account with it
    assert before == Unsealed(plain=3, older=3) and await rotate(database) == 6
    assert (await to_rotate(database)).all == 0 and await rotate(database) == 0
    await database.close()
    async with office(database_url, source.engine, source.reviewer, keys=[new]) as talking:
        assert [case.text for case in await talking.all()] == ["een", "twee", "drie"]


async def test_a_server_without_the_key_of_a_rotation_notices_and_names_it(
    source: KnowledgeSource, database_url: str
) -> None:
    old, new = new_key(), new_key()
    async with office(database_url, source.engine, source.reviewer, keys=[old]) as talking:
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, "eerste vraag")
        database = talking.store._database
        assert await database.unreadable_key() == ""
        other = Database(database_url, Seal([new, old]))
        await rotate(other)
        newest = other.seal.key_ids[0]
        assert await other.unreadable_key() == ""
        assert await database.unreadable_key() == newest
        with pytest.raises(StoreError, match=f"sealed with key {newest}") as refused:
            await talking.case()
        assert "away" not in str(refused.value)
        async with database.writer.begin() as connection:  # what it still adds hides nothing
            await connection.execute(insert(chosen_managers).values(person="p", manager="m", manager_name="Karel"))
            await connection.execute(insert(chosen_managers).values(person="z", manager="m", manager_name="Karel"))
        assert await database.unreadable_key() == newest
        await other.close()


async def test_ready_says_which_key_is_missing(
    start: Callable[..., Awaitable[Server]], source: KnowledgeSource, database_url: str
) -> None:
    new = new_key()
    server = await start(database=database_url)
    async with server.client.get("/readyz") as response:
        assert response.status == 200
    async with office(database_url, source.engine, source.reviewer, keys=[new]) as talking:
        await talking.hand_off_to(Action.ASK_COMMUNICATIONS, QUESTION)
    async with server.client.get("/readyz") as response:
        assert response.status == 503
        assert (await response.json())["status"] == f"encryption key {Seal([new]).key_ids[0]} is missing"
