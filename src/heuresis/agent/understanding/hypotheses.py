"""Sentences that are put forward to be tested: 'hypothesis: …', 'is it true that …'."""

import re

from heuresis.agent.understanding.entities import Hypothesis, Piece

_THAT = r"(?:\s+(?:that|whether|if))"
_LEAD = re.compile(
    rf"(?i)\b(?:"
    rf"(?:my|our|the|a|one|another|working)?\s*hypothes[ie]s(?:\s+to\s+test)?\s*"
    rf"(?::|,|\N{{EN DASH}}|\N{{EM DASH}}|-|is{_THAT}?|says{_THAT}?|states{_THAT}?|{_THAT})|"
    rf"(?:i|we)(?:'d|\s+would)?\s+(?:say|hypothesi[sz]e|conjecture|suspect|claim|believe|think|bet|assume|reckon)"
    rf"{_THAT}?|"
    rf"(?:let's\s+|let\s+us\s+)?(?:put\s+to\s+the\s+)?test(?:ing)?\s+(?:the\s+(?:claim|hypothesis|"
    rf"idea|statement|assertion)\s*(?:that|:)|whether|if|that)|"
    rf"(?:check|examine|evaluate|assess|investigate|look\s+into)\s+(?:the|this|my|our)\s+(?:claim|hypothesis|"
    rf"idea|statement|assertion|assumption)\s*(?:that|:)|"
    rf"(?:dis)?prove{_THAT}|(?:verify|confirm|refute|falsify){_THAT}|"
    rf"is\s+it\s+(?:really\s+|actually\s+)?(?:true|the\s+case|correct|right|a\s+fact){_THAT}|"
    rf"true\s+or\s+false\s*[:,]?|(?:claim|conjecture|statement)\s*:|"
    rf"(?:gather|collect|find)\s+evidence\s+(?:for|that|against|on\s+whether)(?:\s+(?:the\s+claim\s+)?that)?"
    rf")\s*"
)
_TRAIL = re.compile(
    r"(?i)[,;.\s]*\b(?:is\s+(?:that|this)\s+(?:true|correct|right)|am\s+i\s+(?:right|wrong)|true\s+or\s+false|"
    r"(?:true|right|correct|no)|"
    r"(?:is|are|does|do|was|were|has|have)n['\N{RIGHT SINGLE QUOTATION MARK}]t\s+(?:it|they|that)|"
    r"(?:is|are|does|do)\s+(?:it|they)\s+not)\s*\?"
)
_END = re.compile(r"[.!?](?:\s|$)|[;\n]")


def hypothesis_in(text: str) -> Hypothesis | None:
    """Return the sentence that a message puts forward; None where it puts none."""
    lead = _LEAD.search(text)
    if lead is not None:
        end = _END.search(text, lead.end())
        return _made(text, lead.span(), (lead.end(), end.start() if end else len(text)))
    trail = _TRAIL.search(text)
    if trail is not None and trail.start():
        return _made(text, trail.span(), (0, trail.start()))
    return None


def _made(text: str, lead: tuple[int, int], said: tuple[int, int]) -> Hypothesis | None:
    sentence = _piece(text, *said)
    if not sentence.text:
        return None
    return Hypothesis(**sentence.model_dump(), lead=_piece(text, *lead))


def _piece(text: str, start: int, end: int) -> Piece:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    whole = part.strip()
    return Piece(text=whole, start=start, end=start + len(whole))
