"""A tool of ours takes the benchmark: every answer is a run through the lab, refusals included."""

from dataclasses import dataclass
from typing import Any

from heuresis.contract import ImageRef, Outcome
from heuresis.evals.medq_bench.dataset import Item, Question, Reference, Source
from heuresis.evals.medq_bench.models import as_pixels
from heuresis.evals.medq_bench.tool_answers import letter
from heuresis.serving.context import Context
from heuresis.serving.lab import Lab
from heuresis.tools.image.pixels import encode
from heuresis.tools.medical.medq.findings import MODALITIES, level

QUALITY, COMPARE = "medical.quality", "medical.compare_quality"
# The benchmark's words for what our tools call otherwise; endoscopy they do not know.
MODALITY_WORDS = {
    "histology": "microscopy",
    "histopathology": "microscopy",
    "pathology": "microscopy",
}


@dataclass(frozen=True)
class ToolAnswers:
    """Put items to `medical.quality`, and pairs to `medical.compare_quality`.

    Attributes:
        lab: Where they run.
        backend: Name of the backend of both; None for the default.
    """

    lab: Lab
    backend: str | None = None

    @property
    def name(self) -> str:
        """The tools and their backend."""
        return f"{QUALITY} and {COMPARE}, backend {self.backend or 'default'}"

    def answer(self, question: Question) -> str | None:
        """Choose a letter by rule from what the tool finds; None where it does not answer."""
        (image,) = (self._stored(source) for source in question.sources)
        response = self._run(QUALITY, {"image": image}, question)
        if response is None:
            return None
        levels = {one.kind: level(one.severity) for one in response.attributes}
        return letter(question, levels, response.verdict)

    def describe(self, reference: Reference) -> str | None:
        """Return the tool's text; None where it does not answer."""
        images = [self._stored(source) for source in reference.sources]
        if len(images) == 1:
            response = self._run(QUALITY, {"image": images[0]}, reference)
        else:
            fields = {"first": images[0], "second": images[1]}
            response = self._run(COMPARE, fields, reference)
        return None if response is None else str(response.text)

    def _run(self, tool: str, fields: dict[str, Any], item: Item) -> Any:
        if (modality := _modality(item.modality)) is not None:
            fields["modality"] = modality
        context = Context(origin=f"eval:medq:{tool}")
        outcome: Outcome = self.lab.run(tool, fields, context, self.backend)
        return outcome.response if outcome.is_usable else None

    def _stored(self, source: Source) -> ImageRef:
        return ImageRef(self.lab.vault.put(encode(as_pixels(source.read()))))


def _modality(word: str) -> str | None:
    """Return the tools' word for a modality; None lets the tool tell it itself."""
    known = word.lower().replace(" ", "_")
    known = MODALITY_WORDS.get(known, known)
    return known if known in MODALITIES else None
