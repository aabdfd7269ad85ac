"""A PostgreSQL of the tests' own: in a folder for now, behind a socket there, no port at all."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ADMIN = "postgres"  # the account that Debian's package makes; the server will not run as root
ROLE = "heuresis"
ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "migrated"
CALM = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off", "max_connections": "60"}


class Server:
    """A server that can be stopped, killed and started again on the same data."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is short
        self._programs = programs
        self._n_made = 0
        if os.getuid() == 0:
            shutil.chown(self.folder, ADMIN)
        self._do("initdb", "--no-sync", "--auth=trust", f"--username={ROLE}", "--encoding=UTF8",
                 "--locale=C.UTF-8", f"--pgdata={self.data}")  # fmt: skip

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        options = {**CALM, "listen_addresses": "", "unix_socket_directories": str(self.folder)}
        words = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in options.items())
        log = str(self.folder / "log")
        self._do("pg_ctl", "start", "-w", f"--pgdata={self.data}", f"--log={log}", f"-o {words}")

    def stop(self, mode: str = "fast") -> None:
        """Stop: fast ends connections politely, immediate is as a crash."""
        self._do("pg_ctl", "stop", "-w", f"--mode={mode}", f"--pgdata={self.data}")

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.folder}"

    def say(self, statement: str, database: str = "postgres") -> None:
        import psycopg

        place = f"host={self.folder} user={ROLE} dbname={database}"
        with psycopg.connect(place, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # not written by users

    def new_database(self, template: str = "template0") -> str:
        """Make a database and return its name."""
        self._n_made += 1
        name = f"t{self._n_made}"
        self.say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        self.say(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def remove(self) -> None:
        stop = self._as_admin("pg_ctl", "stop", "--mode=immediate", f"--pgdata={self.data}")
        subprocess.run(stop, capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_admin(self, program: str, *words: str) -> list[str]:
        who = ["runuser", "-u", ADMIN, "--"] if os.getuid() == 0 else []
        return [*who, str(self._programs / program), *words]

    def _do(self, program: str, *words: str) -> None:
        # Not through pipes: the server keeps what pg_ctl had open.
        with (self.folder / f"{program}.out").open("w") as out:
            command = self._as_admin(program, *words)
            done = subprocess.run(command, stdout=out, stderr=out, cwd="/tmp", check=False)
        assert done.returncode == 0, Path(out.name).read_text()


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest; None where it is not installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    there = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: len(str(p)))
    return there[-1].parent if there else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running server whose database `migrated` is an empty ledger."""
    from heuresis.memory.ledger import Ledger

    found = programs()
    if found is None:
        subprocess.run(["bash", str(ROOT / "scripts/postgres.sh")], check=False)
        found = programs()
    if found is None:
        why = "no PostgreSQL: Debian's package postgresql; see scripts/postgres.sh"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
        return
    server = Server(found)
    try:
        server.start()
        server.say(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        Ledger(server.url(TEMPLATE)).close()
        yield server
    finally:
        server.remove()


@pytest.fixture
def empty_ledger(postgres: Server) -> Iterator[str]:
    """URL of a ledger without a row, in a database of its own."""
    name = postgres.new_database(TEMPLATE)
    yield postgres.url(name)
    postgres.drop(name)
