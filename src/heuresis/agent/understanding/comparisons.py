"""Whether things are to be set against each other: 'than', 'difference', 'how many times'."""

import re

from heuresis.agent.understanding.entities import Comparison

_RATIO = re.compile(
    r"(?i)\b(?:ratio|how\s+many\s+times|(?:times|fold)\s+(?:as|more|less|higher|lower|\w+er)|"
    r"\w*fold|what\s+factor|by\s+a\s+factor|relative\s+to)\b"
)
_DIFFERENCE = re.compile(
    r"(?i)\b(?:differences?|differ|differs|different|how\s+much\s+(?:more|less|\w+er)|by\s+how\s+much|by\s+what\s+(?:margin|amount)|how\s+far\s+apart|margin|separates?|"
    r"gap\s+between|than|compare|compares|comparing|compared|comparison|versus|vs|against|"
    r"which|whichever|who|contrast|minus|exceeds?|outweighs?)\b"
)
_PIVOT = re.compile(
    r"(?i)\b(?:than|versus|vs\.?|compared?\s+(?:to|with)|relative\s+to|against|minus|from|exceeds?|"
    r"outweighs?)\b"
)
_NUMBER_NEXT = re.compile(
    r"(?i)\s*(?:or\s+equal\s+to\s+)?(?:about\s+|around\s+)?[-\N{MINUS SIGN}]?[\d.]"
)
_YES_NO = re.compile(
    r"(?i)(?:^|[.;:!?,]\s*|\b(?:and|but|so|then|please|whether|if|that)\s+)"
    r"(?:is|are|does|do|will|would|can|has|have)\b[^.?!]*\bthan\b"
)
_HOW = re.compile(r"(?i)\b(?:how|which|what|who)\b")


def comparison_in(text: str) -> Comparison | None:
    """Return the comparison that a message asks for; None where it asks for none."""
    ratio, difference = _RATIO.search(text), _DIFFERENCE.search(text)
    cue = ratio or difference
    if cue is None:
        return None
    pivots = [m for m in _PIVOT.finditer(text) if not _NUMBER_NEXT.match(text, m.end())]
    if cue[0].lower() == "than" and not pivots:
        return None  # 'more than 3' is a condition
    asks = _YES_NO.search(text)
    return Comparison(
        text=cue[0],
        start=cue.start(),
        end=cue.end(),
        measure="ratio" if ratio else "diff",
        pivot=pivots[0].start() if pivots else None,
        is_question=asks is not None and not _HOW.search(text[: asks.end()]),
    )
