# ruff: noqa: RUF001  # names are written with Greek letters and primes
"""Systematic names with locants, such as '2-methylpropan-2-ol': told by their stems."""

import re

MAX_CHARS = 300

# Long enough not to hide in an everyday word.
_STEM = re.compile(
    "methyl|ethyl|propyl|butyl|pentyl|hexyl|heptyl|octyl|nonyl|decyl|dodec|methan|ethan|propan|butan|"
    "pentan|hexan|heptan|octan|nonan|decan|ethen|propen|buten|penten|hexen|octen|ethyn|propyn|butyn|"
    "butadien|pentadien|hexadien|benz|phenyl|phenol|phenox|phenanthr|naphth|anthrac|fluoren|pyren|"
    "biphenyl|bipyrid|pyrid|pyrrol|pyraz|pyrimid|imidaz|indol|indaz|quinol|quinox|quinaz|furan|furyl|"
    "thiophen|thien|thiazol|oxazol|oxadiazol|thiadiazol|triazol|tetrazol|triazin|piperid|piperaz|"
    "morphol|azetid|aziridin|oxiran|oxetan|oxolan|dioxan|dioxol|diox|chloro|bromo|fluoro|iodo|hydrox|"
    "methox|ethox|amino|nitro|cyano|azido|carbox|carbon[iy]|sulfon|sulfan|sulfin|phosph|silyl|silan|"
    "boran|acetyl|acetate|acetic|acetam|acetone|toluen|toluid|xylen|cresol|anilin|anis|purin|adenos|"
    "guanos|uracil|thymin|cytosin|cyclo|formyl|vinyl|allyl|benzyl|estradi|choles|glucos|fructos|"
    "galact|ribos|deoxy|hydro|lactam|lacton|caffein|xanth|coumar|chromen|chroman|carbazol|acridin|"
    "camphor|pinen|limonen|menth|retino|tocopher|sterol|steroid|androst|pregn|taxol|oxid|peroxy|"
    "thiol|mercapt|keto|glycer|glyco|alanin|leucin|serin|lysin|prolin|tyros|valer|malon|succin|adip"
)
_ENDING = re.compile(
    r"(?:ol|one|ene|yne|ane|en|yn|an|al|amine|amide|oic|yl|diol|triol|dione|trione|diene|triene|thiol|"
    r"nitrile|oate|ylidene|ium|olate|imine|diamine|dien|trien|diyl|carb\w+|sulf\w+|dicarb\w+|diyne|"
    r"(?:en|an|yn|dien)(?:oic|oyl|oate|al|one|ol|yl|amide|edioic|edioate)|oxo|oxy|oyl|ide|acid|dioic|ylamine)"
)
_BEGINNING = re.compile(
    r"(?:but|prop|pent|hex|hept|oct|non|dec|undec|eth|meth|tert|sec|iso|neo|cis|trans|rac|endo|exo|n|o|"
    r"m|p|d|l|r|s|e|z|h|N|O|S|C|P|H|D|L|R|E|Z|di|tri|tetra|penta|bis|tris|spiro|alpha|beta|gamma|delta|"
    r"[α-ω]|oxa|aza|thia|oxo|nor|epi|a|b)"
)
_LOCANT = r"(?:(?:[12]?\d|30)[a-zα-ω]?H?['′]*|[NOSCP]\d?['′]*|[α-ω])"
_TOKEN = re.compile(
    r"(?P<stereo>\((?:\d{0,2}[a-z]?(?:[RSEZrsez]|[RS]\*),?)+\)-|\([±+-]\)-)"
    r"|(?P<ring>\[\d{1,2}(?:\.\d{1,2}){1,3}\])"
    r"|(?P<fused>\[(?:\d{1,2}[a-z]?,?)*(?:-?[a-z])?(?:,[a-z])?\])"
    rf"|(?P<locants>{_LOCANT}(?:,{_LOCANT})*(?=-))"
    r"|(?P<letters>[A-Za-zα-ω]+)"
    r"|(?P<open>[(\[])|(?P<close>[)\]])|(?P<hyphen>-)"
)
# What may follow what; a name begins after 'start' and ends in letters or a bracket.
_FOLLOWS = {
    "start": {"stereo", "locants", "letters", "open", "fused"},
    "stereo": {"locants", "letters", "open", "stereo"},
    "locants": {"hyphen"},
    "hyphen": {"letters", "open", "stereo", "locants", "fused"},
    "letters": {"hyphen", "open", "close", "ring", "fused"},
    "ring": {"letters"},
    "fused": {"letters", "hyphen"},
    "open": {"locants", "letters", "stereo", "open"},
    "close": {"letters", "hyphen", "close", "open"},
}


def is_chemical_name(piece: str) -> bool:
    """Whether it is one systematic name, all of whose letters chemists use."""
    if len(piece) > MAX_CHARS or ("-" not in piece and "[" not in piece):
        return False
    words: list[str] = []
    is_open_range, last, depth, at = False, "start", 0, 0
    while at < len(piece):
        match = _TOKEN.match(piece, at)
        kind = match.lastgroup if match else None
        if match is None or kind is None or kind not in _FOLLOWS[last]:
            return False
        if kind == "locants" and last == "hyphen" and is_open_range:
            return False  # '5-10-methyl' is a range before a name, '3H-1,4-diazepine' is not
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            return False
        if kind == "letters":
            words.append(match[0])
        if kind != "hyphen":
            is_open_range = kind == "locants" and match[0][-1] != "H"
        last, at = kind, match.end()
    return depth == 0 and last in ("letters", "close") and _is_chemical(words)


def _is_chemical(words: list[str]) -> bool:
    stems = [bool(_STEM.search(word.lower())) for word in words]
    known = [
        is_stem or bool(_ENDING.fullmatch(word)) or bool(_BEGINNING.fullmatch(word))
        for word, is_stem in zip(words, stems, strict=True)
    ]
    is_short = len(words) > 1 and any(_ENDING.fullmatch(word) for word in words[1:])
    return all(known) and (any(stems) or (is_short and bool(_BEGINNING.fullmatch(words[0]))))
