"""A crate holds the whole campaign, the same each time, and nothing of a machine or a person."""

import getpass
import hashlib
import json
import os
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import rocrate
from fixtures_crate import HAZARD, SPEC, files_of, finished_campaign, graph_of
from rocrate.rocrate import ROCrate

from heuresis.agent.nodes import screen
from heuresis.agent.spec import parse_spec
from heuresis.contract import digest_of
from heuresis.errors import RequestError
from heuresis.memory import campaigns
from heuresis.memory.extract import HAZARD_GATE, SOURCE, WITHHELD
from heuresis.memory.ledger import now
from heuresis.serving.crate.export import Terms, export_campaign
from heuresis.serving.crate.metadata import PROFILES
from heuresis.serving.crate.privacy import PLACE, without_places
from heuresis.serving.lab import Lab

STATUSES = {"ok", "empty", "failed", "out_of_domain"}


def rows(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[f"ledger/{name}.jsonl"].splitlines()]


def test_a_crate_holds_every_run_with_request_response_and_files(made: Path) -> None:
    files = files_of(made)
    runs = rows(files, "runs")
    assert {run["status"] for run in runs} == STATUSES
    assert {run["tool"] for run in runs} == {"test.echo", "test.sum", "molecule.describe"}
    for run in runs:
        assert run["request"] in files
        assert (run["response"] in files) == (run["status"] in ("ok", "empty"))
    for row in rows(files, "artifacts"):
        (path,) = (name for name in files if row["digest"].removeprefix("sha256:") in name)
        assert digest_of(files[path]) == row["digest"]
        assert path.endswith(Path(row["name"]).suffix)
    numbers = {row["path"] for row in rows(files, "quantities")}
    assert {"double", "total", "qed"} <= numbers


def test_a_crate_holds_what_a_run_leaned_on_also_where_it_was_cached(lab: Lab, tmp_path) -> None:
    lab.run("test.sum", {"numbers": [4, 5]})  # before the campaign, for somebody else
    export_campaign(lab, finished_campaign(lab), tmp_path / "c.zip")
    runs = rows(files_of(tmp_path / "c.zip"), "runs")
    requests = [json.loads(files_of(tmp_path / "c.zip")[run["request"]]) for run in runs]
    assert {"number": 5} in requests


def test_the_campaign_file_in_a_crate_is_the_campaign(made: Path) -> None:
    text = files_of(made)["campaign.yaml"].decode()
    assert parse_spec(text, "campaign.yaml", Path()).digest() == SPEC.digest()


def test_every_action_says_who_did_what_with_what_and_how_it_ended(made: Path) -> None:
    graph = graph_of(files_of(made))
    runs = rows(files_of(made), "runs")
    for run in runs:
        action = graph[f"#run-{run['id']}"]
        tool = graph[action["instrument"]["@id"]]
        values = {graph[one["@id"]]["name"]: graph[one["@id"]]["value"]
                  for one in tool["additionalProperty"]}  # fmt: skip
        assert tool["softwareVersion"] == run["tool_version"]
        assert values["weights_digest"] == run["weights_digest"]
        assert action["object"]["@id"] == run["request"]
        assert ("error" in action) == (run["status"] == "failed")
    assert "BSD-3-Clause" in graph["#tool-1-molecule.describe"]["license"]


def test_a_crate_names_no_machine_no_person_and_no_place(made: Path) -> None:
    everything = b"\n".join(files_of(made).values()).decode()
    owner_columns = {"owner", "lease_until"}
    for name in ("runs", "campaign"):
        assert not owner_columns & rows(files_of(made), name)[0].keys()
    assert str(made.parent) not in everything
    assert str(Path.home()) not in everything
    assert f"{socket.gethostname()}:" not in everything  # as owners of runs begin
    assert f"/{getpass.getuser()}/" not in everything
    assert f"written to {PLACE} today" in everything


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no '/home/ann/w.pt': run it", f"no '{PLACE}': run it"),
        ("see /tmp/x/y.log, please", f"see {PLACE}, please"),
        (r"no C:\Users\ann\w.pt here", f"no {PLACE} here"),
        (f"no {tempfile.gettempdir()}/a/b.txt: gone", f"no {PLACE}: gone"),
        (f"no '{Path.home()}/secret/w.pt'", f"no '{PLACE}'"),
        ("F/C=C/F and /C=C\\C stay", "F/C=C/F and /C=C\\C stay"),
        ("eV/atom and https://x.org/home/a", "eV/atom and https://x.org/home/a"),
    ],
)
def test_places_are_taken_out_and_science_stays(text: str, left: str) -> None:
    assert without_places(text) == left


def test_a_form_that_the_screen_stopped_does_not_travel(made: Path) -> None:
    assert HAZARD_GATE == screen.GATE  # memory may not ask the agent for its name
    everything = b"\n".join(files_of(made).values()).decode()
    assert HAZARD not in everything
    assert WITHHELD in everything


def test_the_same_ledger_gives_the_same_bytes(lab: Lab, tmp_path: Path) -> None:
    campaign_id = finished_campaign(lab)
    for name in ("a.zip", "b.zip", "folder"):
        export_campaign(lab, campaign_id, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    folder = tmp_path / "folder"
    in_folder = {p.relative_to(folder).as_posix(): p.read_bytes()
                 for p in folder.rglob("*") if p.is_file()}  # fmt: skip
    assert in_folder == files_of(tmp_path / "a.zip")


def test_an_export_that_cannot_be_is_refused_and_leaves_nothing(lab: Lab, tmp_path) -> None:
    campaign_id = finished_campaign(lab)
    (tmp_path / "there.zip").write_text("mine")
    with pytest.raises(RequestError, match="exists already, allowed: a new file"):
        export_campaign(lab, campaign_id, tmp_path / "there.zip")
    assert (tmp_path / "there.zip").read_text() == "mine"
    row = {"name": "n", "goal": "g", "kind": "molecule", "seed": 0, "spec": "{}",
           "spec_digest": "d", "cards": "{}", "code_version": "c"}  # fmt: skip
    running = campaigns.start(lab.ledger, row)
    with pytest.raises(RequestError, match="not at its end"):
        export_campaign(lab, running, tmp_path / "new.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "there.zip"]


def test_a_source_of_unknown_licence_blocks_an_export_until_a_person_allows_it(
    lab: Lab, tmp_path: Path
) -> None:
    digest = lab.vault.put(b"a table from somewhere")
    campaign_id = finished_campaign(lab)
    with lab.ledger.write() as connection:
        values = {"id": "S1", "name": "table.csv", "version": "1", "digest": digest,
                  "licence": "unknown", "at": now()}  # fmt: skip
        connection.execute(SOURCE.insert(), [values])
        change = "UPDATE campaign SET spec = json_set(spec, '$.goal', ?)"
        connection.exec_driver_sql(change, (f"as in {digest}",))
    with pytest.raises(RequestError, match=r"unknown licence: got 1 \('table.csv'\)"):
        export_campaign(lab, campaign_id, tmp_path / "no.zip")
    export_campaign(lab, campaign_id, tmp_path / "yes.zip", None, Terms("CC-BY-4.0", True))
    files = files_of(tmp_path / "yes.zip")
    assert files[f"artifacts/{digest.removeprefix('sha256:')}"] == b"a table from somewhere"
    assert graph_of(files)["./"]["license"] == {"@id": "https://spdx.org/licenses/CC-BY-4.0"}


# --- does it conform? ---


def test_the_reference_library_reads_a_crate_back(made: Path) -> None:
    crate = ROCrate(made)
    assert crate.mainEntity["@type"][-2:] == ["ComputationalWorkflow", "HowTo"]
    actions = [one for one in crate.get_entities() if one.type == "CreateAction"]
    runs = [one for one in actions if one.id.startswith("#run-")]
    assert len(runs) == len(rows(files_of(made), "runs"))
    assert {one["instrument"].type for one in runs} == {"SoftwareApplication"}
    profiles = {one.id for one in crate.root_dataset["conformsTo"]}
    assert profiles == {url for url, _, _ in PROFILES}
    for item in crate.data_entities:
        if item.type == "File":
            assert hashlib.sha256(files_of(made)[item.id]).hexdigest() == item["sha256"]


def of_type(graph: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [one for one in graph.values() if name in _listed(one["@type"])]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def targets(graph: dict[str, Any], one: dict[str, Any], name: str) -> list[set[str]]:
    """Types of the entities that a property points at; it must point at some."""
    refs = _listed(one[name])
    assert refs, (one["@id"], name)
    return [set(_listed(graph[ref["@id"]]["@type"])) for ref in refs]


def test_a_crate_keeps_every_must_of_the_provenance_run_profile(made: Path) -> None:
    """Source: https://w3id.org/ro/wfrun/provenance/0.5 and the SHACL shapes of roc-validator."""
    files = files_of(made)
    graph = graph_of(files)
    root, workflow = graph["./"], graph["campaign.yaml"]
    software = {"SoftwareApplication", "SoftwareSourceCode", "ComputationalWorkflow"}
    assert root["mainEntity"] == {"@id": "campaign.yaml"}
    assert {"name", "description", "datePublished", "license"} <= root.keys()
    assert {"File", "SoftwareSourceCode", "ComputationalWorkflow"} <= set(workflow["@type"])
    assert targets(graph, workflow, "programmingLanguage") == [{"ComputerLanguage"}]
    assert all(kinds & software for kinds in targets(graph, workflow, "hasPart"))
    used = {ref["@id"] for one in of_type(graph, "CreateAction") for ref in [one["instrument"]]}
    assert {ref["@id"] for ref in workflow["hasPart"]} | {"campaign.yaml"} == used
    assert "HowTo" in workflow["@type"]
    for step in of_type(graph, "HowToStep"):
        assert {"@id": step["@id"]} in workflow["step"]
        assert all(kinds & software for kinds in targets(graph, step, "workExample"))
    for action in of_type(graph, "CreateAction"):
        assert all(kinds & software for kinds in targets(graph, action, "instrument"))
        assert {"@id": action["@id"]} in root["mentions"]
    for control in of_type(graph, "ControlAction"):
        assert targets(graph, control, "instrument") == [{"HowToStep"}]
        assert all(kinds == {"CreateAction"} for kinds in targets(graph, control, "object"))
    (whole,) = of_type(graph, "OrganizeAction")
    assert targets(graph, whole, "instrument") == [{"SoftwareApplication"}]
    assert targets(graph, whole, "result") == [{"CreateAction"}]
    assert all(kinds == {"ControlAction"} for kinds in targets(graph, whole, "object"))
    assert {one["@id"] for one in of_type(graph, "File")} == files.keys() - {
        "ro-crate-metadata.json"
    }
    assert {ref["@id"] for ref in root["hasPart"]} == {f["@id"] for f in of_type(graph, "File")}
    pointed = {ref["@id"] for one in graph.values() for ref in _references(one)}
    assert {p for p in pointed if not p.startswith("http")} <= graph.keys()


def _references(value: Any) -> list[dict[str, str]]:
    if isinstance(value, dict) and value.keys() == {"@id"}:
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [ref for part in parts for ref in _references(part)]


@pytest.mark.skipif(
    "ROC_VALIDATOR_PYTHON" not in os.environ,
    reason="name a Python that has roc-validator (which pins rich below ours) in "
    "ROC_VALIDATOR_PYTHON to run the CRS4 validator too",
)
@pytest.mark.parametrize("is_broken", [False, True])
def test_the_crs4_validator_finds_nothing_that_is_required(
    made: Path, altered: Any, tmp_path: Path, is_broken: bool
) -> None:
    def break_it(files: dict[str, bytes]) -> None:
        text = files["ro-crate-metadata.json"]
        files["ro-crate-metadata.json"] = text.replace(b'"workExample"', b'"workExampel"')

    context = json.loads((Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_text())
    context["@context"] |= {  # the library ships 1.3, which moved four terms of 1.1
        "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
        "FormalParameter": "https://bioschemas.org/FormalParameter",
        "input": "https://bioschemas.org/ComputationalWorkflow#input",
        "output": "https://bioschemas.org/ComputationalWorkflow#output",
    }
    (tmp_path / "context.json").write_text(json.dumps(context))
    crate = altered(break_it, seal=False) if is_broken else made
    script = Path(__file__).with_name("official_validator.py")
    done = subprocess.run(
        [os.environ["ROC_VALIDATOR_PYTHON"], script, crate, tmp_path / "context.json",
         "provenance-run-crate-0.5", "REQUIRED"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    (line,) = (one for one in done.stdout.splitlines() if one.startswith("RESULT "))
    found = json.loads(line.removeprefix("RESULT "))
    assert found["passed"] is not is_broken, found["issues"]
