"""The ledger: transactions, what it says when the disk or the file is bad, and its migrations."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_lab import Job, MakeLab, rows
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from heuresis.errors import RequestError, ServiceError
from heuresis.memory import campaigns, runs, tables
from heuresis.memory.earlier import earlier_values
from heuresis.memory.ledger import Ledger, new_id, now
from heuresis.serving.lab import Lab
from heuresis.settings import Settings

pytestmark = pytest.mark.both_stores


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A sound ledger, closed."""
    path = tmp_path / "store" / "ledger.sqlite3"
    Ledger(url_of(path)).close()
    yield path


# --- transactions ---


@pytest.mark.sqlite_only
def test_the_database_is_in_wal_mode_and_writes_begin_immediately(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    with ledger.write(), sqlite3.connect(str(ledger.file), timeout=0) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.rollback()
    other.close()


def test_a_reader_blocks_no_writer_and_sees_its_own_snapshot(lab: Lab) -> None:
    lab.run("test.echo", {"number": 1})
    count = text("SELECT count(*) FROM run")
    with lab.ledger.read() as reader:
        assert reader.execute(count).scalar_one() == 1
        lab.run("test.echo", {"number": 2})
        assert reader.execute(count).scalar_one() == 1
    assert len(rows(lab.ledger, "run")) == 2


def test_a_writer_blocks_no_reader(lab: Lab) -> None:
    lab.run("test.echo", {"number": 1})
    with lab.ledger.write() as writer:
        writer.execute(text("DELETE FROM outbox"))
        assert len(rows(lab.ledger, "outbox")) == 1


def test_a_transaction_lands_whole_or_not_at_all(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.write() as connection:
        connection.execute(text("INSERT INTO source VALUES ('a', 'n', '1', 'd', 'unknown', 'now')"))
        raise ZeroDivisionError
    assert rows(ledger, "source") == []


def test_a_number_of_no_run_cannot_be_written(ledger: Ledger) -> None:
    number = {"run_id": "nobody", "path": "p", "value": 1.0, "unit": "1"}
    with pytest.raises(IntegrityError, match="(?i)foreign key"), ledger.write() as connection:
        connection.execute(runs.QUANTITY.insert(), [number])


def test_many_threads_may_write(ledger: Ledger) -> None:
    def write(i: int) -> None:
        with ledger.write() as connection:
            values = {"i": f"s{i}"}
            connection.execute(
                text("INSERT INTO source VALUES (:i, 'n', '1', 'd', 'unknown', 'now')"), values
            )

    threads = [threading.Thread(target=write, args=(i,)) for i in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(ledger, "source")) == 24


def test_times_are_utc_and_ids_sort_by_time() -> None:
    assert now().endswith("Z")
    assert len(new_id()) == 26
    assert now() <= now()


# --- bad places, bad files, full disks ---


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(RequestError, match="got 'mysql', allowed: sqlite, postgresql"):
        Ledger("mysql://somewhere/else")


def test_a_place_that_is_no_folder_is_named_with_the_fix(tmp_path: Path) -> None:
    (tmp_path / "wall").write_text("")
    with pytest.raises(ServiceError, match=r"ledger '.*wall/.*set HEURESIS_HOME"):
        Ledger(url_of(tmp_path / "wall/ledger.sqlite3"))


OPEN_AS_NOBODY = """
import os, sys
from heuresis.memory.ledger import Ledger
from heuresis.errors import ServiceError
import heuresis.memory.migrations, sqlalchemy.dialects.sqlite, alembic.command  # while it may read
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    ledger = Ledger(sys.argv[1])
    with ledger.write() as connection:
        pass
except ServiceError as error:
    print(error)
"""


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "old"])
def test_a_read_only_folder_is_named_with_the_fix(file: Path, is_new: bool) -> None:
    if is_new:
        file.unlink()
    folder = file.parent
    places = [folder, *folder.parents[:3]]
    modes = {place: place.stat().st_mode for place in places}
    try:
        for place in places:
            place.chmod(modes[place] | 0o555)
        for inside in folder.iterdir():
            inside.chmod(0o444)
        folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", OPEN_AS_NOBODY, url_of(file)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    finally:
        for place in places:
            place.chmod(modes[place])
    assert "make the folder writable, or set HEURESIS_HOME" in done.stdout, done


def test_a_file_that_is_no_database_is_named_with_the_fix(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    file.write_bytes(b"Dear diary, " * 400)
    with pytest.raises(ServiceError, match="not a database.*heuresis memory recover"):
        Ledger(url_of(file))
    assert file.read_bytes().startswith(b"Dear diary")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("kept", [0.9, 0.5, 0.1])
def test_a_truncated_file_is_named_with_the_fix(lab: Lab, tmp_path: Path, kept: float) -> None:
    lab.run_many("test.echo", [{"number": n} for n in range(1000, 1300)])
    with lab.ledger.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    lab.ledger.close()
    whole = lab.ledger.file
    assert whole is not None
    torn = tmp_path / "torn.sqlite3"
    shutil.copy(whole, torn)
    os.truncate(torn, int(torn.stat().st_size * kept))
    with pytest.raises(ServiceError, match="malformed.*heuresis memory recover"):
        ledger = Ledger(url_of(torn))
        assert ledger.check() is not None
        rows(ledger, "run")
        rows(ledger, "quantity")


def test_a_sound_database_has_nothing_to_say(ledger: Ledger) -> None:
    assert ledger.check() is None


@pytest.mark.sqlite_only
def test_a_full_disk_says_so_and_what_was_recorded_stays(
    make_lab: MakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = make_lab()
    first = lab.run("test.echo", {"number": 1})
    lab.ledger.close()
    with lab.ledger.engine.connect() as connection:  # the pool hands this connection out again
        n_pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {n_pages}")
    with pytest.raises(ServiceError, match="database or disk is full.*free some space"):
        lab.run_many("test.echo", [{"number": n} for n in range(2, 400)])
    assert lab.run("test.echo", {"number": 1}).run_id == first.run_id
    assert lab.ledger.check() is None
    with lab.ledger.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
    outcomes = lab.run_many("test.echo", [{"number": n} for n in range(1, 400)])
    assert {o.status for o in outcomes} == {"ok"}


FILL = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from heuresis.errors import ServiceError
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings
from heuresis.tools import registry
registry.BUILT_IN["test.echo"] = "noop:ECHO"
lab = open_lab(Settings(home=Path(sys.argv[1])))
print(lab.run("test.echo", {"number": 1}).run_id)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    for start in range(2, 20000, 200):
        lab.run_many("test.echo", [{"number": -n - 20} for n in range(start, start + 200)])
except ServiceError as error:
    print(error)
"""


@pytest.mark.sqlite_only
def test_a_file_that_may_not_grow_says_so_and_what_was_recorded_stays(
    home: Path, make_lab: MakeLab
) -> None:
    """The kernel itself refuses the write."""
    tests = Path(__file__).resolve().parent.parent
    limit = resource.getpagesize() * 256
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(home), str(tests), str(limit)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    run_id, message = done.stdout.splitlines()
    assert "free some space" in message
    lab = make_lab()
    assert lab.ledger.check() is None
    hit = lab.run("test.echo", {"number": 1})
    assert (hit.run_id, hit.cached) == (run_id, True)
    left = [row for row in rows(lab.ledger, "run") if row["status"] == "running"]
    outcomes = lab.run_many("test.echo", [json.loads(row["request"]) for row in left])
    assert {o.status for o in outcomes} <= {"ok"}
    assert {row["status"] for row in rows(lab.ledger, "run")} == {"ok"}


def test_a_locked_ledger_says_so(file: Path) -> None:
    ledger = Ledger(url_of(file))
    with ledger.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(ServiceError, match="locked.*another process holds") as caught:
        with ledger.write():
            pass
    assert caught.value.transient
    holder.rollback()
    holder.close()
    with ledger.write():
        pass
    ledger.close()


def test_a_server_that_is_not_there_is_an_error_without_its_password() -> None:
    """Nothing listens on port 1; where there is no driver, that is said."""
    with pytest.raises(ServiceError, match="ledger") as caught:
        Ledger("postgresql://me:secret@localhost:1/x")
    assert "secret" not in str(caught.value)


# --- migrations ---


def test_a_fresh_database_is_what_the_tables_say(ledger: Ledger) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.Run.metadata) == []


def test_a_database_newer_than_the_program_is_refused_untouched(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(ServiceError, match=r"got revision '9999', allowed: \['0001'.*; update"):
        Ledger(url_of(file))
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [("9999",)]
    connection.close()


def test_a_migration_that_is_locked_by_another_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    from heuresis.memory import migrations

    monkeypatch.setattr(migrations, "LOCK_S", 0.05)
    path = tmp_path / "ledger.sqlite3"
    with FileLock(f"{path}.migrate"):
        with pytest.raises(ServiceError, match="another process .*repeat when it is done"):
            Ledger(url_of(path))


def test_processes_that_open_a_new_ledger_at_once_all_succeed(home: Path) -> None:
    jobs = [Job(home, [[{"number": i}]], origin=f"test:{i}") for i in range(1, 4)]
    assert [job.outcomes()[0][0] for job in jobs] == ["ok", "ok", "ok"]
    opened = Ledger(Settings(home=home).ledger)
    assert len(rows(opened, "run")) == 3
    opened.close()  # a driver of PostgreSQL complains of what is left open


def test_threads_that_open_a_new_ledger_at_once_all_succeed(tmp_path: Path) -> None:
    gate, opened = threading.Barrier(4), []

    def open_it() -> None:
        gate.wait()
        opened.append(Ledger(url_of(tmp_path / "ledger.sqlite3")))

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4


# --- append-only ---


@pytest.fixture
def measured(lab: Lab) -> tuple[Lab, str, str]:
    """A candidate whose objective was measured; (lab, campaign id, candidate id)."""
    row = {"name": "n", "goal": "g", "kind": "molecule", "seed": 1, "spec": "{}",
           "spec_digest": "d", "cards": "{}", "code_version": "0"}  # fmt: skip
    campaign_id = campaigns.start(lab.ledger, row)
    campaign = campaigns.get(lab.ledger, campaign_id)
    new = campaigns.NewCandidate("C", (), "test", "none", None, "")
    campaigns.open_round(lab.ledger, campaign, 1, [new], {"goal": {"text": "g"}})
    (candidate,) = campaigns.view(lab.ledger, campaign_id)
    run = lab.run("test.echo", {"number": 1})
    campaigns.note_measurements(lab.ledger, [(candidate.id, "size", run.run_id, "double")])
    return lab, campaign_id, candidate.id


def test_a_correction_keeps_the_old_row_and_names_it(measured: tuple[Lab, str, str]) -> None:
    lab, campaign_id, _ = measured
    (old,) = rows(lab.ledger, "measurement")
    right = lab.run("test.echo", {"number": 2})
    new_id_ = campaigns.correct_measurement(lab.ledger, old["id"], right.run_id, "double")
    before, after = rows(lab.ledger, "measurement")
    assert before == old
    assert (after["id"], after["corrects_id"]) == (new_id_, old["id"])
    (candidate,) = campaigns.view(lab.ledger, campaign_id)
    assert candidate.values["size"].value == 4
    assert candidate.values["size"].run_id == right.run_id


def test_a_row_is_corrected_once_and_its_successor_may_be(
    measured: tuple[Lab, str, str],
) -> None:
    lab, campaign_id, _ = measured
    (old,) = rows(lab.ledger, "measurement")
    two, three = (lab.run("test.echo", {"number": n}).run_id for n in (2, 3))
    second = campaigns.correct_measurement(lab.ledger, old["id"], two, "double")
    with pytest.raises(RequestError, match=f"measurement {old['id']}: corrected by {second}"):
        campaigns.correct_measurement(lab.ledger, old["id"], three, "double")
    campaigns.correct_measurement(lab.ledger, second, three, "double")
    (candidate,) = campaigns.view(lab.ledger, campaign_id)
    assert candidate.values["size"].value == 6


def test_a_correction_must_name_a_number_that_exists(measured: tuple[Lab, str, str]) -> None:
    lab, _, _ = measured
    (old,) = rows(lab.ledger, "measurement")
    with pytest.raises(RequestError, match="got no quantity 'treble'"):
        campaigns.correct_measurement(lab.ledger, old["id"], old["run_id"], "treble")
    with pytest.raises(RequestError, match="got an unknown id"):
        campaigns.correct_measurement(lab.ledger, 999, old["run_id"], "double")


def test_a_correction_by_a_number_that_stands_already_is_refused(
    measured: tuple[Lab, str, str],
) -> None:
    lab, _, _ = measured
    (old,) = rows(lab.ledger, "measurement")
    with pytest.raises(RequestError, match="is the value already"):
        campaigns.correct_measurement(lab.ledger, old["id"], old["run_id"], "double")
    assert rows(lab.ledger, "measurement") == [old]


def test_a_warm_start_hears_the_correction_and_not_what_it_corrects(
    measured: tuple[Lab, str, str],
) -> None:
    lab, _, _ = measured
    (old,) = rows(lab.ledger, "measurement")
    other = lab.run("test.odd", {"number": 7})
    wanted = {"size": ("test.echo", "1.0.0", "double")}
    assert earlier_values(lab.ledger, "molecule", wanted, "9") == {"C": {"size": 2.0}}
    campaigns.correct_measurement(lab.ledger, old["id"], other.run_id, "value")
    assert earlier_values(lab.ledger, "molecule", wanted, "9") == {}


def test_what_was_recorded_of_a_round_stands(measured: tuple[Lab, str, str]) -> None:
    lab, campaign_id, candidate_id = measured
    campaign = campaigns.get(lab.ledger, campaign_id[:20])
    other = campaigns.NewCandidate("CC", (), "test", "none", None, "")
    campaigns.open_round(lab.ledger, campaign, 1, [other], {"goal": {"text": "another"}})
    assert [one.form for one in campaigns.view(lab.ledger, campaign_id)] == ["C"]
    for passed in (True, False):
        verdict = campaigns.Verdict(candidate_id, "size", passed, "said so")
        campaigns.note_verdicts(lab.ledger, [verdict])
    campaigns.note_stages(lab.ledger, campaign_id, 1, {"goal": {"text": "third"}, "plan": {}})
    assert [gate.passed for gate in campaigns.view(lab.ledger, campaign_id, 1)[0].gates] == [True]
    goal, plan = campaigns.stages_of(lab.ledger, campaign_id)
    assert goal["body"] == {"text": "g"}
    assert plan["reason"] == "nothing at this stage"
    campaigns.end(lab.ledger, campaign_id, "goal met")
    campaigns.end(lab.ledger, campaign_id, "error")
    assert campaigns.get(lab.ledger, campaign_id).stop_reason == "goal met"


@pytest.mark.parametrize(("prefix", "n"), [("", "several"), ("nothing", "none"), ("%", "none")])
def test_a_campaign_must_be_named_without_doubt(
    measured: tuple[Lab, str, str], prefix: str, n: str
) -> None:
    lab, _, _ = measured
    with pytest.raises(RequestError, match=f"got {n}, see `heuresis campaign list`"):
        campaigns.get(lab.ledger, prefix)
