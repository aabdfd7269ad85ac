"""Words that are numerals, units, or things one counts; English, and a few of other languages."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SMALL = tuple(
    re.findall(
        r"\w+",
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen",
    )
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
VALUES = {
    **{word: str(i) for i, word in enumerate(SMALL)},
    **{word: str(10 * i) for i, word in enumerate(TENS, 2)},
    **{
        f"{ten}{one}": str(10 * i + j)
        for i, ten in enumerate(TENS, 2)
        for j, one in enumerate(SMALL[1:10], 1)
    },
    "hundred": "100",
    "thousand": "1000",
    "million": "1000000",
    "dozen": "12",
}
_LARGE = ("hundred", "thousand", "million", "billion", "trillion", "dozen")
_JOINED = {f"{a}{b}" for a in (*SMALL[1:10], "a") for b in ("hundred", "thousand", "million")}
_MULTIPLES = _words(
    "twice thrice doubled doubles doubling tripled triples tripling trebled treble quadruple "
    "quadrupled quadruples quintuple quintupled halve halved halves halving nought fourty nineth "
    "zillion quintillion quadrillion myriad umpteen tens unity"
)
_PARTS = _words(
    "thirds quarters fifths sixths sevenths eighths ninths tenths hundredths thousandths "
    "hundredth thousandth millionth billionth"
)
# Of German, French, Spanish and Italian, only words that English has not.
_FOREIGN = _words(
    "eins zwei drei vier fünf sechs sieben acht neun zehn zwölf zwanzig dreißig vierzig fünfzig "
    "hundert tausend dutzend hälfte doppelt trois quatre cinq neuf quatorze quinze vingt trente "
    "quarante cinquante soixante moitié uno tres cuatro cinco siete ocho nueve diez doce veinte "
    "treinta cuarenta cincuenta ciento mitad quattro cinque sette nove dieci venti cento metà"
)
# 'one' is judged by its neighbours, as it is a pronoun too.
NUMERALS = frozenset(
    {*VALUES, *_LARGE, *(f"{word}s" for word in _LARGE), *_JOINED, *_MULTIPLES, *_PARTS, *_FOREIGN}
    - {"one"}
)
ORDINALS = _words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
FRACTIONS = ORDINALS - {"first", "second"} | {"quarter", "half"}
SCALES = _words("percentile percentiles decile quartile quantile century decade day week")
DOUBTFUL = _words("half quarter one double triple pair couple order orders once")

# What a numeral may be run together with: 'tenfold', 'twelvecandidates'.
ENDINGS = (
    *("fold", "folds", "candidates", "molecules", "crystals", "compounds", "structures", "runs"),
    *("atoms", "percent", "times", "electronvolt", "electronvolts", "ev"),
)

UNITS = (
    r"(?:[mk]?eV|[kM]?J|k?cal|[mkMG]?Pa|k?bar|[kmnpµμ]?m|cm|Å|[kmnµμ]?g|[mµμn]?mol|[mµμ]?L|[mµμn]?M"
    r"|[mnpfµμ]?s|[kMGT]?Hz|m?V|W|N|T|K|Da|px|dB|HU|ppm|ppb|Ha|atm|min|hours?|minutes?|seconds?"
    r"|days?|weeks?|months?|years?|degrees?|percent|per\s?cent|eV/\w+|k?cal/mol|k?J/mol"
    r"|electronvolts?|[a-z]*pascals?|[a-z]*met(?:er|re)s?|[a-z]*grams?|[a-z]*joules?|kelvins?"
    r"|volts?|[åa]ngstr[oö]ms?)(?![\w])|[%‰°]"
)
THINGS = (
    r"(?:candidates?|molecules?|crystals?|compounds?|structures?|atoms?|runs?|rounds?|steps?"
    r"|calls?|images?|pictures?|hits?|rings?|bonds?|donors?|acceptors?|times|papers?|samples?"
    r"|patients?|materials?|phases?|cells?|campaigns?|tools?|analogues?|routes?|reactions?|fold)\b"
)

# Expressions with a numeral word that state no number.
TERMS = re.compile(
    r"(?:zero|one|two|three|four|five|six|seven|eight|ten|twelve)-(?:dimensional(?:ly)?|point|shot"
    r"|hot|tailed|sided|body|electron|photon|particle|phase|membered|coordinated?|cent(?:er|re)"
    r"|level|state)\b"
    r"|non-?zero|(?:two|four|six|three)-?fold(?=[ -](?:axis|axes|symmetry|rotation|screw|coordi))"
    r"|half-?(?:life|lives|cell|reaction|maximum|width|heusler|metal(?:lic)?|integer|filled"
    r"|occupied|sandwich|chair|wave|equivalent|open|empty|time)s?\b"
    r"|double[ -](?:bond|perovskite|layer|blind|check|helix|salt|beam|well|hull|hydroxide"
    r"|exchange|precision|click|quote)\w*|triple[ -](?:bond|point|junction|cation|quote)\w*"
    r"|zero[ -]point|absolute zero|three[ -]way|one[ -](?:way|by one|to[ -]one)"
    r"|two[ -](?:way|theta)|all-in-one|one another|sevennet|(?:double|triple)-ζ"
)

# Around 'one' as a pronoun.
DETERMINERS = _words(
    "the this that each every which any another no other last next previous best worse worst good "
    "right wrong new old same former latter stable some such either neither whichever more less"
)
VERBS = _words("can cannot could may might must should would needs expects sees finds")
LIMITS = _words("only exactly just least most but precisely about")
INDEFINITE = _words("thing reason way hand question caveat")
BY_HOW_MUCH = _words("a an by about roughly nearly almost over")
