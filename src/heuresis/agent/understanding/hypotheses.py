"""Sentences that are put forward to be tested: 'hypothesis: …', 'my colleague insists that …'."""

import re

from heuresis.agent.understanding.entities import Hypothesis, Piece

_THAT = r"(?:\s+(?:that|whether|if))"
_DASH = r"(?::|,|\N{EN DASH}|\N{EM DASH}|-)"
_NOUN = (
    r"(?:claim|hypothes[ie]s|idea|statement|assertion|assumption|notion|belief|sentence|"
    r"proposition|premise|"
    r"theory|suggestion|rumou?r|suspicion|conjecture|rule\s+of\s+thumb|saying|allegation|opinion)"
)
_OPINION = (
    r"(?:gut\s+feeling|hunch|guess|bet|theory|impression|intuition|conviction|assumption|"
    r"suspicion|understanding|"
    r"claim|idea|expectation|prediction|belief|feeling|opinion|view|take|money|thesis|instinct|"
    r"memory)"
)
# Who says something; what a paper says is looked up in it instead.
_WHO = (
    r"(?:(?:my|our|the|a|an|his|her|their|one|another|this|that|some)\s+(?:(?!paper|pdf|document|"
    r"article|report|"
    r"manuscript|attach|file|text\b|leaflet)[\w'-]+\s+){1,3}?|they\s+|people\s+|some\s+|"
    r"everyone\s+|everybody\s+|someone\s+|somebody\s+|"
    r"folks\s+|he\s+|she\s+|you\s+|many\s+|most\s+|wikipedia\s+|chatgpt\s+)"
)
_SAYS = (
    r"(?:(?:always|still|also|often|once|usually|just|keeps?|kept)\s+)?(?:says?|said|saying|"
    r"claims?|claimed|claiming|insists?|insisted|insisting|thinks?|thought|"
    r"believes?|believed|swears?|swore|maintains?|maintained|argues?|argued|asserts?|asserted|"
    r"states?|stated|suggests?|suggested|"
    r"reckons?|told\s+(?:me|us)|tells\s+(?:me|us)|telling\s+(?:me|us)|doubts?|doubted|assumes?|"
    r"assumed|bets?|suspects?|suspected|contends?|"
    r"holds|teaches|taught\s+us|(?:is|was|are|were)\s+(?:\w+ly\s+)?(?:sure|certain|convinced|"
    r"adamant|positive|of\s+the\s+opinion))"
)
_SURE = (
    r"(?:(?:pretty|fairly|quite|rather|absolutely|almost|very|not\s+(?:so\s+)?|reasonably|"
    r"dead)\s+)*"
)
_LEAD = re.compile(
    rf"(?i)\b(?:"
    rf"(?:my|our|the|a|one|another|working)?\s*hypothes[ie]s(?:\s+to\s+test)?\s*"
    rf"(?:{_DASH}|is{_THAT}?|says{_THAT}?|states{_THAT}?|{_THAT})|"
    rf"(?:my|our)\s+(?:\w+\s+)?{_OPINION}(?:\s+(?:is|says|was|goes)|\s+tells\s+me)?\s*(?:{_DASH}|"
    rf"{_THAT})|my\s+money\s+is\s+on|"
    rf"(?:i|we)(?:'d|'m|'ve|'re|\s+would|\s+am|\s+are|\s+have)?\s+(?:(?:always|still|also|often|"
    rf"once|really|strongly|just|rather)\s+)*"
    rf"(?:say|hypothesi[sz]e|conjecture|suspect|claim|believe|"
    rf"think|thought|bet|assume|reckon|guess|argue|wager|maintain|postulate|propose|"
    rf"{_SURE}(?:sure|certain|convinced|confident|positive)|"
    rf"(?:heard|read|learned|learnt|been\s+told|was\s+told|were\s+told|told))(?:\s+(?:you|money|"
    rf"anything))?{_THAT}?|"
    rf"{_SURE}(?:sure|certain|convinced|confident|positive){_THAT}?|"
    rf"(?:i|we)\s+(?:doubt|wonder|question|dispute|argued?|disagree)(?:\s+\w+){{0,3}}?{_THAT}|"
    rf"{_WHO}{_SAYS}{_THAT}?|"
    rf"it\s+(?:is|was|has\s+been)\s+(?:\w+ly\s+|often\s+|sometimes\s+)?(?:said|claimed|believed|"
    rf"thought|assumed|stated|reported|known|argued|"
    rf"suggested|held|asserted|rumou?red)(?:{_THAT}|\s+of)?|(?:rumou?r\s+has\s+it|word\s+is|"
    rf"legend\s+has\s+it|supposedly|allegedly|"
    rf"reportedly|apparently){_THAT}?\s*,?|"
    rf"(?:let's\s+|let\s+us\s+)?(?:put\s+(?:it|this|that|"
    rf"the\s+\w+)?\s*to\s+the\s+)?test(?:ing)?\s*(?:the\s+{_NOUN}\s*"
    rf"(?:that|:)|whether|if|that|:|this:)|"
    rf"(?:check|examine|evaluate|assess|investigate|look\s+into|verify|confirm|refute|falsify|"
    rf"(?:dis)?prove|support|back\s+up|"
    rf"debunk|challenge|question|weigh|judge|vet|validate|substantiate)\s+(?:(?:the|this|my|our|"
    rf"his|her|their|that)\s+)?"
    rf"(?:[\w'-]+\s+)?{_NOUN}\s*(?:that|:)|"
    rf"(?:check|see|find\s+out|tell\s+me|examine|determine|establish|verify|ask)\s+(?:whether|"
    rf"if)\s+(?:it\s+(?:is\s+)?(?:really\s+|actually\s+)?"
    rf"(?:holds?|true|the\s+case|correct|right|a\s+fact)|(?:the|this|my)\s+{_NOUN}\s+(?:holds?|"
    rf"is\s+(?:true|right|correct)))"
    rf"(?:\s+true|\s+up)?\s*(?:that|:)|"
    rf"(?:does|do|did|would|will|can)\s+(?:it|the\s+{_NOUN}|this\s+{_NOUN})\s+(?:really\s+|"
    rf"actually\s+)?hold(?:\s+true|\s+up)?\s*(?:that|:)|"
    rf"(?:dis)?prove{_THAT}|(?:verify|confirm|refute|falsify|corroborate|debunk|support|validate|"
    rf"dispute){_THAT}|"
    rf"(?:prove|confirm|support|back|verify|accept)\s+(?:it\s+|this\s+|me\s+)?or\s+(?:disprove|"
    rf"refute|reject|falsify|debunk|deny|contradict)\s*(?:it|this|me)?\s*"
    rf"(?:{_DASH}|{_THAT})|(?:refute|reject|disprove|deny)\s+(?:it\s+)?or\s+(?:support|confirm|"
    rf"accept|prove)\s*(?:{_DASH}|{_THAT})|"
    rf"(?:is|was|isn't)\s+it\s+(?:really\s+|actually\s+|just\s+|only\s+)?(?:true|the\s+case|"
    rf"correct|right|accurate|fair\s+to\s+say|so|"
    rf"(?:a|an)\s+(?:\w+\s+)?(?:fact|myth|lie|legend|tale|misconception)){_THAT}|"
    rf"(?:is|was)\s+it\s+(?:true|correct|right|fair|accurate|wrong|safe|ok(?:ay)?|"
    rf"justified)\s+to\s+(?:say|claim|state|assume|think|conclude){_THAT}?|"
    rf"(?:can|could|may|might)\s+it\s+(?:really\s+|actually\s+|possibly\s+)?be(?:\s+(?:true|"
    rf"right|correct|so))?{_THAT}|"
    rf"(?:would|do|don't|wouldn't|can)\s+you\s+(?:agree|think|say|believe){_THAT}|"
    rf"(?:am|are|was|were|is)\s+(?:i|we|he|she|they)\s+(?:right|correct|wrong|mistaken|"
    rf"justified)\s+(?:in\s+(?:thinking|saying|assuming|believing|"
    rf"claiming)|to\s+(?:think|say|assume|believe|claim))?{_THAT}?|"
    rf"(?:true\s+or\s+false|fact\s+or\s+(?:fiction|myth)|myth\s+or\s+(?:fact|truth|reality)|"
    rf"fact[\s-]check|right\s+or\s+wrong|"
    rf"truth\s+or\s+myth|true\s+or\s+not|reality\s+check|t/f)\s*[:,?\N{{EM DASH}}\N{{EN DASH}}-]*|"
    rf"(?:claim|conjecture|statement|assertion|proposition|rumou?r|thesis|"
    rf"premise)\s*(?:to\s+test\s*)?:|"
    rf"(?:the|a|this)\s+{_NOUN}\s+(?:is\s+|goes\s+)?that|"
    rf"(?:gather|collect|find|look\s+for)\s+evidence\s+(?:for|that|against|"
    rf"on\s+whether)(?:\s+(?:the\s+claim\s+)?that)?|"
    rf"what\s+speaks\s+for\s+the\s+{_NOUN}\s+that"
    rf")(?![\w'])\s*"
)  # fmt: skip
_IT = r"(?:it|this|that|me|us)"
_TRAIL = re.compile(
    rf"(?i)[,;.:!?\s\N{{EM DASH}}\N{{EN DASH}}-]*\b(?:(?:is|was)\s+(?:that|this|"
    rf"it)\s+(?:really\s+)?(?:true|correct|right|so|a\s+(?:fact|myth)|accurate|the\s+case)|"
    rf"am\s+i\s+(?:right|wrong|correct)|true\s+or\s+(?:false|not)|fact\s+or\s+(?:fiction|myth)|"
    rf"myth\s+or\s+(?:fact|truth|reality)|right\s+or\s+wrong|"
    rf"(?:please\s+|can\s+you\s+|could\s+you\s+|now\s+)?(?:back\s+{_IT}\s+up|"
    rf"(?:dis)?prove\s+{_IT}|test\s+{_IT}|check\s+{_IT}(?:\s+out)?|verify\s+{_IT}|"
    rf"confirm\s+{_IT}|refute\s+{_IT}|confirm(?:\s+or\s+\w+)?|verify|settle\s+{_IT}|"
    rf"fact[\s-]check(?:\s+{_IT})?|debunk\s+{_IT}|correct\s+me|"
    rf"confirm\s+or\s+\w+)|(?:does|do|will|would|did)\s+{_IT}\s+(?:really\s+)?(?:hold|"
    rf"sound\s+right|stand|add\s+up|check\s+out|seem\s+right)|"
    rf"(?:is|are|does|do|has|have|was|were|would|will)\s+(?:it|they|he|she)(?=\s*\?)|"
    rf"(?:do|would)\s+you\s+agree|agreed?|don't\s+you\s+think|"
    rf"(?:true|right|correct|no|yes|really)(?=\s*\?)|"
    rf"(?:is|are|does|do|was|were|has|have)n['\N{{RIGHT SINGLE QUOTATION MARK}}]t\s+(?:it|they|"
    rf"that)|"
    rf"(?:is|are|does|do)\s+(?:it|they)\s+not)\b(?:\s+(?:up|out|wrong|right|water|true|please|"
    rf"or\s+[^.?!]*|if\s+[^.?!]*))*\s*(?:[?.!]|$)"
)  # fmt: skip
_END = re.compile(r"[.!?](?:\s|$)|[;\n]|\s+[-\N{EN DASH}\N{EM DASH}]\s+")
_SENTENCE = re.compile(r"[^.!?;\n]*(?:\.(?=\S)[^.!?;\n]*)*(?P<end>[.!?;\n]|$)")
_DECLARED = re.compile(
    r"(?i)\b(?:is|are|has|have|weighs?|dissolves?|crosses|shows?|possesses|exhibits|isn't|aren't|"
    r"remains?)\b[^.!?;]*\bthan\b"
)
_ASKS = re.compile(
    r"(?i)^\W*(?:(?:and|so|but|ok|okay|hi|hello|hey|please|also|then)\W+)*(?:is|are|does|do|did|"
    r"will|would|can|could|has|have|was|were|should)\b|"
    r"\b(?:which|what|whichever|who|how|why|when|whether|if|those|ones?|something|anything|"
    r"molecules?|candidates?|find|keep|give|show|list|"
    r"compute|calculate|compare|rank|sort|filter|drop|need|want|look|looking|only|until|unless|"
    r"tell|get|than\s+[\d.]+)\b"
)


def hypothesis_in(text: str) -> Hypothesis | None:
    """Return the sentence that a message puts forward; None where it puts none.

    A plain statement that sets two things side by side is put forward, too.
    """
    for lead in _LEAD.finditer(text):
        end = _END.search(text, lead.end())
        if made := _made(text, lead.span(), (lead.end(), end.start() if end else len(text))):
            return made
    trail = _TRAIL.search(text)
    if trail is not None and trail.start():
        return _made(text, trail.span(), (0, trail.start()))
    for match in _SENTENCE.finditer(text):
        is_plain = match["end"] != "?" and not _ASKS.search(match[0])
        if is_plain and _DECLARED.search(match[0]):
            return _made(text, (match.start(), match.start()), (match.start(), match.end()))
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
