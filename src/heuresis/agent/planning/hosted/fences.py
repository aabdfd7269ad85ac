"""Text that others wrote, made harmless before a language model reads it: data, never a command."""

import re
from hashlib import sha256

MAX_ONE_LINE = 160
_MARKUP = re.compile(
    r"<\|[^|<>]{0,80}\|>"
    r"|</?\s*(?:tool_call|tool_calls|tool_response|tool_use|function_calls?|function|parameter|invoke|"
    r"think|system|assistant|user|data|action_start|action_end|plugin)\b[^<>]{0,200}>"
    r"|\[/?(?:INST|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS)\]|<</?SYS>>",
    re.IGNORECASE,
)
# Control characters, and those that are not seen or turn the direction of the line.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)
REMOVED = "▫"


def cleaned(text: str) -> str:
    """Take out the marks of calls and roles, references, and what cannot be seen."""
    seen = _UNSEEN.sub("", text)
    for _ in range(5):  # what is left of one mark may close another
        shorter = _MARKUP.sub(REMOVED, seen)
        if shorter == seen:
            break
        seen = shorter
    return seen.replace("{{", "{ {").replace("}}", "} }")


def one_line(text: str, longest: int = MAX_ONE_LINE) -> str:
    """Clean a text, and cut it to a line."""
    line = " ".join(cleaned(text[: 4 * longest]).split())
    return line if len(line) <= longest else f"{line[:longest]}…"


def mark_of(message_id: str) -> str:
    """Name the fences of one turn by something that no document can know."""
    return sha256(f"fence:{message_id}".encode()).hexdigest()[:8]


def fenced(text: str, mark: str) -> str:
    """Put cleaned text between fences."""
    return f"<data {mark}>\n{text}\n</data {mark}>"
