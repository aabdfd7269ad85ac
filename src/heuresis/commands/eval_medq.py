"""`heuresis eval medq`: the protocol of MedQ-Bench on a model, a tool, or baselines alone."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from heuresis.commands import output
from heuresis.commands.opened import home_option, json_option, lab_at, read_settings

if TYPE_CHECKING:
    from heuresis.evals.medq_bench.dataset import Split
    from heuresis.evals.medq_bench.judgement import JudgeKind, Mean, ReasoningResult
    from heuresis.evals.medq_bench.perception import PerceptionResult, Share
    from heuresis.evals.medq_bench.run import Candidate, Found
    from heuresis.tools.chat import Chat

FOLDER = click.Path(path_type=Path, file_okay=False)
TOOL = "medical.quality"


@click.command("medq")
@click.argument("folder", type=FOLDER)
@click.option("--model", default="", help="Language model that takes it, as litellm names it.")
@click.option("--tool", type=click.Choice([TOOL]), help="Tool that takes it, with its comparison.")
@click.option("--backend", default=None, help="Backend of the tool; default: the tool's own.")
@click.option("--judge", type=click.Choice(["rule", "llm"]), default="rule", show_default=True,
              help="Judge of texts; 'llm' asks a language model beside the rule.")  # fmt: skip
@click.option("--judge-model", default="", help="Model that judges; default: the settings' one.")
@click.option("--base-url", default=None, help="Server of both models; default: the settings' one.")
@click.option("--split", type=click.Choice(["dev", "test"]), default="test", show_default=True,
              help="Which tables.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), default=None, help="Items of each table.")
@home_option
@json_option
def medq(  # noqa: PLR0913, PLR0917  # one parameter per option
    folder: Path,
    model: str,
    tool: str | None,
    backend: str | None,
    judge: "JudgeKind",
    judge_model: str,
    base_url: str | None,
    split: "Split",
    limit: int | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Run MedQ-Bench's protocol on FOLDER, which holds its tables.

    FOLDER holds medqbench_QA_test.tsv and the like, as published, or as `heuresis eval medq-set`
    writes them. Without --model or --tool only the baselines are run.
    """
    from heuresis.evals.medq_bench.run import Plan, run

    if model and tool:
        raise click.UsageError("got --model and --tool, allowed: one of them")
    plan = Plan(
        folder=folder,
        split=split,
        candidate=_candidate(model, tool, backend, base_url, home),
        judge_kind=judge,
        judge=_chat(judge_model, base_url, home) if judge == "llm" else None,
        limit=limit,
    )
    found = run(plan)
    if as_json:
        output.emit(found.model_dump(mode="json"))
    else:
        _show(found)


@click.command("medq-set")
@click.argument("folder", type=FOLDER)
@click.option("--data", type=FOLDER, default=None,
              help="Folder of clean images, as recipes take it; default: drawings.")  # fmt: skip
@click.option("--per-modality", type=click.IntRange(min=1), default=10, show_default=True,
              help="Clean images of each modality.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of everything random.")
@json_option
def medq_set(folder: Path, data: Path | None, per_modality: int, seed: int, as_json: bool) -> None:
    """Write a simulated set of the same form into FOLDER: known losses, known slots."""
    from heuresis.evals.imaging.quality_sources import bases
    from heuresis.evals.medq_bench.simulated import write_set

    clean = None if data is None else [one for one in bases(data) if one.part in HELD_OUT]
    counts = write_set(folder, per_modality, seed, clean)
    if as_json:
        output.emit(counts)
    else:
        output.table(("table", "items"), list(counts.items()))


HELD_OUT = ("test", "unseen")  # no image that our models learned from


def _candidate(
    model: str, tool: str | None, backend: str | None, base_url: str | None, home: Path | None
) -> "Candidate | None":
    if tool is not None:
        from heuresis.evals.medq_bench.tools import ToolAnswers

        return ToolAnswers(lab_at(home), backend)
    if model:
        from heuresis.evals.medq_bench.models import ModelAnswers

        return ModelAnswers(_chat(model, base_url, home))
    return None


def _chat(model: str, base_url: str | None, home: Path | None) -> "Chat":
    """Open a language model.

    Raises:
        ServiceError: It cannot be asked; the message says what would make it possible.
    """
    from heuresis.errors import ServiceError
    from heuresis.tools.chat import Chat

    settings = read_settings(home)
    changes = {name: value for name, value in (("model", model), ("base_url", base_url)) if value}
    chat = Chat.of(settings, **changes)
    if (why := chat.missing()) is not None:
        raise ServiceError(f"language model: {why}")
    return chat


def _show(found: "Found") -> None:
    if found.perception:
        columns = ("method", "n", "accuracy", *_kinds(found.perception), "unparsed", "failed")
        output.table(columns, [_perception_row(one, found) for one in found.perception],
                     "Perception: share answered rightly, 95 % interval")  # fmt: skip
        output.line("By modality and severity: --json.")
    for title, results in (
        ("One image, described", found.description),
        ("Two images, compared", found.comparison),
    ):
        if results:
            columns = ("method", "judge", "n", *_axes(results), "sum of 8", "failures as 0",
                       "failed", "no text", "no verdict", "read")  # fmt: skip
            output.table(columns, [_reasoning_row(one) for one in results], title)
    for name, kappas in found.judges_agree.items():
        told = ", ".join(f"{axis} {_number(value)}" for axis, value in kappas.items())
        output.line(f"Judges agree (weighted kappa), {name}: {told}")
    output.line(f"Note: {found.note}.")


def _perception_row(one: "PerceptionResult", found: "Found") -> list[Any]:
    kinds = [_percent(one.by_kind.get(kind)) for kind in _kinds(found.perception)]
    whole = one.overall
    return [one.method, whole.n, _percent(whole), *kinds, whole.n_unparsed, whole.n_failed]


def _reasoning_row(one: "ReasoningResult") -> list[Any]:
    judge = f"{one.judge_kind}: {one.judge}{f' ({one.note})' if one.note else ''}"
    axes = [_number(mean.answered) for mean in one.axes.values()]
    total: Mean = one.total
    return [one.method, judge, one.n, *axes, _number(total.answered),
            _number(total.failed_as_zero), total.n_failed, one.n_without_text,
            one.n_without_verdict, f"{one.coverage:.0%}"]  # fmt: skip


def _kinds(results: "Iterable[PerceptionResult]") -> list[str]:
    return sorted({kind for one in results for kind in one.by_kind})


def _axes(results: "Iterable[ReasoningResult]") -> list[str]:
    return next((list(one.axes) for one in results), [])


def _percent(share: "Share | None") -> str:
    if share is None:
        return ""
    score = share.accuracy
    if score.low is None or score.high is None:
        return f"{score.value:.1%}"
    return f"{score.value:.1%} [{score.low:.1%}, {score.high:.1%}]"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
