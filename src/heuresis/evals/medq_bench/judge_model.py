"""A language model as judge: one call per axis, three tries, and what fails stays a failure.

The wording is ours with the published demands, and so are the scores' digest and name: they compare
with published rows, judged by GPT-4o with another wording, only approximately.
"""

import json
import re
from dataclasses import dataclass

from heuresis.contract import digest_of
from heuresis.errors import ServiceError
from heuresis.evals.medq_bench.judgement import AXES, Axis, Judgement
from heuresis.tools.chat import Chat
from heuresis.tools.conversation import Message

TRIES = 3
MAX_SENTENCES = 5  # longer texts are cut, as judges like length
ASK = """You compare two texts about the quality of {subject}.
The reference was written by an expert.

Reference:
{reference}

Candidate:
{candidate}

{demand}

Reply with one line only: "Score: 0", "Score: 1" or "Score: 2"."""
AGAIN = 'That was no score. Reply with "Score: 0", "Score: 1" or "Score: 2" and nothing else.'
SUBJECTS = {False: "one medical image", True: "two medical images"}
DEMANDS: dict[Axis, str] = {
    "completeness": "How much of the low-level visual content of the reference does the candidate "
    "cover? 2: all or nearly all of it; 1: a part of it; 0: nothing of it.",
    "preciseness": "Does the candidate contradict the reference, such as calling blurred what is "
    "sharp or clean what is noisy? Other words for the same thing and small gaps are no "
    "contradiction. 2: no contradiction; 1: some; 0: it mostly contradicts.",
    "consistency": "Judge the candidate by itself: does its final verdict follow from the problems "
    "it describes? Several serious problems call for reject, minor ones for usable, none for good. "
    "2: it follows; 1: with small gaps; 0: it does not follow.",
    "quality_accuracy": "Compare only the final verdicts, on the scale reject < usable < good. "
    "2: the same; 1: neighbours on the scale; 0: good against reject, or no verdict.",
}
DEMANDS_PAIR: dict[Axis, str] = {
    **DEMANDS,
    "consistency": "Judge the candidate by itself: is the image that it names the better one also "
    "the one in which it describes less wrong? 2: yes; 1: with small gaps; 0: no.",
    "quality_accuracy": "Compare only which image is called the better one. 2: the same image; "
    "0: the other image, or none is named.",
}
_SCORE = re.compile(r"score\W{0,4}([012])(?![\d.]*[1-9])", re.IGNORECASE)


@dataclass(frozen=True)
class ModelJudge:
    """Ask a language model for the four scores.

    Attributes:
        chat: The model.
        is_pair: Whether the texts are about two images.
    """

    chat: Chat
    is_pair: bool = False

    @property
    def name(self) -> str:
        """The model, and the digest of what it is asked."""
        return f"{self.chat.identity}, prompts {digest()[:19]}"

    def __call__(self, reference: str, candidate: str) -> Judgement:
        """Judge a candidate; an axis without a score after three tries is None."""
        scores = {axis: self._ask(axis, reference, shortened(candidate)) for axis in AXES}
        return Judgement(**scores)

    def _ask(self, axis: Axis, reference: str, candidate: str) -> int | None:
        demand = (DEMANDS_PAIR if self.is_pair else DEMANDS)[axis]
        text = ASK.format(
            subject=SUBJECTS[self.is_pair], reference=reference, candidate=candidate, demand=demand
        )
        messages = [Message(role="user", text=text)]
        for _ in range(TRIES):
            try:
                reply = self.chat.ask(messages)
            except ServiceError as error:
                if not error.transient:
                    raise  # a wrong key or name fails on every item: the eval cannot go on
                continue
            if (score := parse_score(reply.text)) is not None:
                return score
            messages += [reply.as_message(), Message(role="user", text=AGAIN)]
        return None


def parse_score(reply: str) -> int | None:
    """Read 'Score: x', a bare number, or JSON with a score; only 0, 1 and 2 are scores."""
    text = re.sub(r"[*_`]+", "", reply).strip()
    if (match := _SCORE.search(text)) is not None:
        return int(match[1])
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return None
    if isinstance(found, dict):
        found = found.get("score", found.get("Score"))
    is_score = isinstance(found, int | float) and not isinstance(found, bool) and found in (0, 1, 2)
    return int(found) if is_score else None


def shortened(text: str) -> str:
    """Keep the first four sentences and the last, which holds the verdict."""
    sentences = re.split(r"(?<=[.!?])\s+", text.strip())
    if len(sentences) <= MAX_SENTENCES:
        return text.strip()
    return " ".join([*sentences[: MAX_SENTENCES - 1], sentences[-1]])


def digest() -> str:
    """Identify what a judge is asked."""
    words = [ASK, AGAIN, *DEMANDS.values(), *DEMANDS_PAIR.values()]
    return digest_of("\n".join(words).encode())
