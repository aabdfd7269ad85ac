"""The hazard screen as a policy of the lab: every molecule that goes in, comes out, or is proposed.

Free text that a tool has yet to read is judged by what the tool reads in it: its answer is
screened before anybody sees it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from heuresis.contract import Frozen, InChI, IupacName, Request, Response, Selfies, Smiles, texts_in
from heuresis.serving.hazard.names import screen_names
from heuresis.serving.hazard.rules import rules_digest
from heuresis.serving.hazard.screening import screen
from heuresis.serving.hazard.verdict import told
from heuresis.serving.policy import OK, Verdict, worst

STRUCTURES = (Smiles, InChI, Selfies)
Screen = Callable[[Sequence[str]], list[Verdict]]


class HazardPolicy:
    """Judges molecules; crystals and tools without molecules pass."""

    name = "hazard"

    def digest(self) -> str:
        """Identify the rules in force."""
        return rules_digest()

    def judge(self, kind: str, forms: Sequence[str]) -> list[Verdict]:
        """Judge candidates, in order."""
        return screen(forms) if kind == "molecule" else [OK] * len(forms)

    def before(self, tool: str, requests: Sequence[Request]) -> list[Verdict]:
        """Judge requests, in order."""
        return _judge(requests)

    def after(
        self, tool: str, requests: Sequence[Request], responses: Sequence[Response]
    ) -> list[Verdict]:
        """Judge answers, in order."""
        return _judge(responses)


def _judge(models: Sequence[Frozen]) -> list[Verdict]:
    """Judge all texts of all models at once, names in one batch: reading them starts a JVM."""
    structures = [texts_in(model, *STRUCTURES) for model in models]
    names = [texts_in(model, IupacName) for model in models]
    said = {**_said(screen, structures), **_said(screen_names, names)}
    verdicts = [
        worst([said[text] for text in (*texts, *called)])
        for texts, called in zip(structures, names, strict=True)
    ]
    return [_for_caller(verdict) for verdict in verdicts]


def _for_caller(verdict: Verdict) -> Verdict:
    return verdict if verdict.level == "ok" else replace(verdict, told=told(verdict))


def _said(ask: Screen, texts: Sequence[Sequence[str]]) -> dict[str, Verdict]:
    asked = sorted({text for group in texts for text in group})
    return dict(zip(asked, ask(asked), strict=True)) if asked else {}
