"""A finished campaign with every kind of ending, and ways to alter its crate."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures_lab import TEST_TOOLS

from heuresis.agent.spec import CampaignSpec
from heuresis.memory import campaigns
from heuresis.memory.campaigns import NewCandidate, Verdict
from heuresis.serving.context import Context
from heuresis.serving.crate.export import export_campaign
from heuresis.serving.crate.opening import METADATA_FILE
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings
from heuresis.tools import registry

HAZARD = "CCOP(C)(F)=O"
SPEC = CampaignSpec.model_validate(
    {
        "name": "doubles",
        "goal": "ever larger doubles",
        "seed": 5,
        "space": {"kind": "molecule", "start": ["CCO"]},
        "objectives": [{"name": "double", "direction": "maximise", "tool": "test.echo",
                        "path": "double", "unit": "1", "worst": 0, "best": 100}],
        "proposer": {"kind": "random"},
        "budget": {"rounds": 1, "per_round": 4},
    }
)  # fmt: skip
ASKED: tuple[tuple[str, list[dict[str, Any]]], ...] = (
    ("test.echo", [{"number": n} for n in (3, 4, 2000, 0, -1, -2, -3)]),
    ("test.sum", [{"numbers": [4, 5]}]),
    ("molecule.describe", [{"smiles": "CCO", "depict": True}, {"smiles": "c1ccccc1O"}]),
)


def finished_campaign(lab: Lab) -> str:
    """Record a campaign as the loop would: runs of three tools, a hazard, a measured candidate."""
    row = {"name": SPEC.name, "goal": SPEC.goal, "kind": SPEC.kind, "seed": SPEC.seed,
           "spec": SPEC.model_dump_json(), "spec_digest": SPEC.digest(), "cards": "{}",
           "code_version": "0.1.0+src.test"}  # fmt: skip
    campaign = campaigns.get(lab.ledger, campaigns.start(lab.ledger, row))
    new = [NewCandidate(form, (), "random", "made", None, "") for form in ("CCO", HAZARD)]
    campaigns.open_round(lab.ledger, campaign, 1, new, {"goal": {"text": SPEC.goal}})
    origin = f"campaign:{campaign.id}:1:measure"
    for tool, requests in ASKED:
        lab.run_many(tool, requests, Context(origin=f"{origin}_{tool}", campaign_id=campaign.id))
    one = lab.run("test.echo", {"number": 3}, Context(origin=origin, campaign_id=campaign.id))
    for candidate in campaigns.view(lab.ledger, campaign.id):
        is_good = candidate.form == "CCO"
        verdicts = [Verdict(candidate.id, "hazard", is_good, "ok" if is_good else "blocked")]
        if is_good:
            verdicts.append(Verdict(candidate.id, "measure", True, "measured", one.run_id))
            row_of = (candidate.id, "double", one.run_id, "double")
            campaigns.note_measurements(lab.ledger, [row_of])
        campaigns.note_verdicts(lab.ledger, verdicts)
    campaigns.end(lab.ledger, campaign.id, "budget")
    return str(campaign.id)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The crate of such a campaign, exported once."""
    folder = tmp_path_factory.mktemp("crate")
    with pytest.MonkeyPatch.context() as patch:
        for name, place in TEST_TOOLS.items():
            patch.setitem(registry.BUILT_IN, name, place)
        registry.places.cache_clear()
        lab = open_lab(Settings(home=folder / "home"))
        report = folder / "report"
        report.mkdir()
        (report / "report.html").write_text(f"<p>written to {report / 'x.html'} today</p>")
        export_campaign(lab, finished_campaign(lab), folder / "crate.zip", report)
        lab.ledger.close()
        registry.places.cache_clear()
    yield folder / "crate.zip"


Files = dict[str, bytes]


def files_of(path: Path) -> Files:
    """Read all files of a zip, in their order."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_zip(files: Files, path: Path) -> Path:
    """Write a zip as anybody would."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def graph_of(files: Files) -> dict[str, dict[str, Any]]:
    """Return the entities of a crate's metadata by id."""
    return {one["@id"]: one for one in json.loads(files[METADATA_FILE])["@graph"]}


def sealed(files: Files) -> Files:
    """Write the digests of altered files into the metadata, as a careful forger would."""
    document = json.loads(files[METADATA_FILE])
    for one in document["@graph"]:
        if "sha256" in one and one["@id"] in files:
            one["sha256"] = hashlib.sha256(files[one["@id"]]).hexdigest()
    return {**files, METADATA_FILE: json.dumps(document).encode()}


Alter = Callable[[Callable[[Files], None]], Path]


@pytest.fixture
def altered(made: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of altered crates."""

    def make(change: Callable[[Files], None], *, seal: bool) -> Path:
        files = files_of(made)
        change(files)
        return write_zip(sealed(files) if seal else files, tmp_path / "altered.zip")

    return make
