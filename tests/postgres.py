"""A PostgreSQL of our own: Debian's, on a free loopback port, in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

_USER = "postgres"
_names = count(1)


class Postgres:
    """A running server; each database in it is new."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self.port = port

    def database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"protocolwijzer_{os.getpid()}_{next(_names)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k {self._folder}"
        _run("pg_ctl", "-D", str(self._folder / "data"), "-o", options, "-l", str(self._folder / "log"), "-w", "start")

    def stop(self) -> None:
        """Stop at once, as a machine does that loses its power."""
        _run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def _url(self, name: str) -> str:
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{name}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="protocolwijzer-pg-") as made:
        folder = Path(made)
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(folder, _USER)
        _run("initdb", "-D", str(folder / "data"), "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            server = Postgres(folder, free.getsockname()[1])
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _run(program: str, *arguments: str) -> None:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    path = shutil.which(program) or next(map(str, installed), "")
    if not path:
        raise RuntimeError(f"{program} is not installed: apt-get install postgresql")
    as_user = ["setpriv", "--reuid", _USER, "--regid", _USER, "--clear-groups"] if os.geteuid() == 0 else []
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run([*as_user, path, *arguments], check=False, capture_output=True, env=environment, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')[-400:]}")
