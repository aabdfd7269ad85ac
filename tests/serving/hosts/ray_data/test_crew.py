"""Through Ray Data a library is screened as by one process, and what goes wrong is told alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_lab import rows

from heuresis.errors import RequestError, ServiceError
from heuresis.serving.lab import Lab
from heuresis.serving.library.crew import Alone, Crew, Job
from heuresis.serving.library.files import Folder
from heuresis.serving.library.plan import Plan
from heuresis.serving.library.planning import Wish, plan_for
from heuresis.serving.library.records import Library, open_library
from heuresis.serving.library.screen import Screen
from heuresis.serving.library.summing import summed_up
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings
from heuresis.tools import registry

pytestmark = pytest.mark.ray

RINGS = ["c1ccccc1", "c1ccncc1 pyridine", "c1ccoc1", "c1ccsc1", "never", "(", "c1cc[nH]c1"]
TEXTS = "\n".join(RINGS * 3 + ["c1ccc2ccccc2c1"])


@pytest.fixture
def two_labs(
    ray_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Lab]]:
    """Two ledgers with the screens that workers have."""
    monkeypatch.setitem(registry.BUILT_IN, "test.letters", "letters:LETTERS")
    registry.places.cache_clear()
    labs = [
        open_lab(ray_settings.model_copy(update={"home": tmp_path / name, "host": "inprocess"}))
        for name in ("one", "two")
    ]
    yield labs
    for lab in labs:
        lab.ledger.close()
    registry.places.cache_clear()


def screened(lab: Lab, library: Library, folder: Path, crew: Crew) -> dict[str, object]:
    plan = plan_for(lab, library, Wish(("test.letters",), "mass > 7 Da"))
    work = Screen(lab, Folder(folder), plan)
    job = Job(plan, library, 3, work.begin())
    return summed_up(lab, work.folder, plan, work.work(crew, job, lambda _: None))


def test_ray_and_one_process_make_the_same_files(
    ray_settings: Settings, two_labs: list[Lab], tmp_path: Path
) -> None:
    from heuresis.serving.hosts.ray_data.crew import RayCrew

    place = tmp_path / "library.smi"
    place.write_text(TEXTS)
    library = open_library(place)
    one, two = two_labs
    alone = screened(one, library, tmp_path / "a", Alone(one.policies))
    by_ray = screened(two, library, tmp_path / "b", RayCrew(ray_settings))
    for name in ("records", "kept", "dropped", "failed", "shards"):
        assert alone[name] == by_ray[name]
    files = [
        {file.name: file.read_bytes() for file in (tmp_path / name / "shards").iterdir()}
        for name in ("a", "b")
    ]
    assert files[0] == files[1]
    assert (tmp_path / "a/failures.csv").read_bytes() == (tmp_path / "b/failures.csv").read_bytes()
    events = [
        sorted((row["rule_id"], row["subject"]) for row in rows(lab.ledger, "policy_event"))
        for lab in two_labs
    ]
    assert events[0] == events[1] != []
    again = screened(two, library, tmp_path / "b", RayCrew(ray_settings))
    assert again["shards_known"] == again["shards"]


def test_a_library_that_breaks_off_and_a_worker_that_differs_are_told(
    ray_settings: Settings, two_labs: list[Lab], tmp_path: Path
) -> None:
    from heuresis.serving.hosts.ray_data.crew import RayCrew

    place = tmp_path / "library.smi"
    place.write_text(TEXTS)
    library = open_library(place)
    plan = plan_for(two_labs[0], library, Wish(("test.letters",)))
    other: Plan = plan.model_copy(update={"rules": "other"})
    with pytest.raises(ServiceError, match="got other rules of screening"):
        [*RayCrew(ray_settings).results(Job(other, library, 3, frozenset()))]
    place.unlink()
    with pytest.raises(RequestError, match="No such file"):
        [*RayCrew(ray_settings).results(Job(plan, library, 3, frozenset()))]
