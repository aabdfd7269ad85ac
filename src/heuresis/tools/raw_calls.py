"""Calls that a model writes into its text, where its server does not part them from the words.

Known are the forms of Intern-S1 (`<|action_start|><|plugin|>{…}<|action_end|>`), of Hermes and Qwen
(`<tool_call>{…}</tool_call>`), and of Qwen-Coder and Intern-S2 (XML inside `<tool_call>`).
"""

import json
import re
from typing import Any

from heuresis.tools.conversation import THINK, ToolCall, without_thoughts

_CALL = re.compile(
    r"<\|action_start\|>\s*<\|plugin\|>(?P<plugin>.*?)(?:<\|action_end\|>|\Z)"
    r"|<tool_call>(?P<hermes>.*?)(?:</tool_call>|\Z)",
    re.DOTALL,
)
_XML = re.compile(r"\s*<function=(?P<name>[^>\s]+)\s*>(?P<body>.*?)(?:</function>|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=(?P<name>[^>\s]+)\s*>(?P<value>.*?)</parameter>", re.DOTALL)
_NAME = re.compile(r'"name"\s*:\s*"([^"]{1,64})"')
OPENINGS = ("<tool_call>", "<|action_start|>", THINK)
UNNAMED = "unnamed"


def calls_in(text: str) -> tuple[str, tuple[ToolCall, ...]]:
    """Part a text into its words and the calls in it.

    A call that is broken or cut off keeps what was written as its arguments, so that reading them
    tells what is wrong.
    """
    calls = [_call(match, i) for i, match in enumerate(_CALL.finditer(text))]
    return (_CALL.sub("", text).strip(), tuple(calls)) if calls else (text, ())


def visible(text: str) -> str:
    """Return what may be shown of a text that is still being written: no thoughts, no calls."""
    said, _ = without_thoughts(text)
    said = said.lstrip() if said is not text else said
    cuts = [said.find(opening) for opening in OPENINGS if opening in said]
    cuts += [at for opening in OPENINGS if (at := _begun(said, opening)) >= 0]
    return said[: min(cuts)] if cuts else said


def _begun(text: str, opening: str) -> int:
    """Return where the end of a text may be the beginning of a tag; -1 where it is none."""
    for n in range(min(len(opening), len(text)), 0, -1):
        if text.endswith(opening[:n]):
            return len(text) - n
    return -1


def _call(match: re.Match[str], number: int) -> ToolCall:
    written = match["plugin"] if match["plugin"] is not None else match["hermes"]
    if (xml := _XML.match(written)) is not None:
        fields = {one["name"]: _value(one["value"]) for one in _PARAMETER.finditer(xml["body"])}
        return ToolCall(id=f"raw-{number}", name=xml["name"], arguments=json.dumps(fields))
    try:
        found = json.loads(written)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        name = _NAME.search(written)
        return ToolCall(
            id=f"raw-{number}",
            name=name[1] if name else UNNAMED,
            arguments=written.strip() or "cut",
        )
    given = found.get("arguments", found.get("parameters", {}))
    arguments = given if isinstance(given, str) else json.dumps(given)
    return ToolCall(id=f"raw-{number}", name=str(found.get("name", UNNAMED)), arguments=arguments)


def _value(text: str) -> Any:
    """Read a parameter as JSON where it is some, as text where it is not."""
    bare = text.strip()
    try:
        return json.loads(bare)
    except json.JSONDecodeError:
        return bare
