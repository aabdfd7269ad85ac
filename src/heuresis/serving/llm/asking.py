"""Three small questions that show whether a language model can be used: a sum, a call, a picture.

A server whose parsers do not fit its model answers plain questions well and loses every tool call;
this finds it before a campaign does.
"""

import struct
import zlib
from collections.abc import Callable

from heuresis.errors import HeuresisError
from heuresis.tools.chat import Chat
from heuresis.tools.conversation import Message, Offer, Picture

MAX_TOKENS = 2_000  # room for a model that thinks first
SIDE_PX = 56  # small models of the table take no smaller picture
SUM = "What is 17 + 25? Answer with the number alone."
CALL = "Call the function `add` with a = 2 and b = 3. Say nothing else."
COLOUR = "Which one colour fills this picture? Answer with one word."
ADD = Offer(
    name="add",
    description="Adds two whole numbers.",
    parameters={
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    },
)


def answers(chat: Chat, *, calls_tools: bool, sees_pictures: bool) -> dict[str, str]:
    """Ask, and return by question 'ok' or what went wrong.

    Args:
        chat: The model.
        calls_tools: Whether it is expected to call functions.
        sees_pictures: Whether it is expected to see; a picture goes only where the settings allow.
    """
    asked: dict[str, Callable[[Chat], str]] = {"sum": _sum}
    if calls_tools:
        asked["tool call"] = _call
    if sees_pictures:
        asked["picture"] = _picture
    return {what: _told(ask, chat) for what, ask in asked.items()}


def _told(ask: Callable[[Chat], str], chat: Chat) -> str:
    try:
        return ask(chat)
    except HeuresisError as error:  # told beside the others, which may still work
        return str(error)


def _sum(chat: Chat) -> str:
    reply = chat.ask([Message(role="user", text=SUM)])
    return "ok" if "42" in reply.text else f"got {reply.text[:60]!r}, allowed: 42"


def _call(chat: Chat) -> str:
    reply = chat.ask([Message(role="user", text=CALL)], [ADD])
    if not reply.tool_calls:
        return f"got no call but {reply.text[:60]!r}: does its tool-call parser fit?"
    (call, *_) = reply.tool_calls
    is_right = call.name == ADD.name and call.parsed() == {"a": 2, "b": 3}
    return "ok" if is_right else f"got {call.name}({call.arguments[:60]}), allowed: add(2, 3)"


def _picture(chat: Chat) -> str:
    shown = Message(role="user", text=COLOUR, pictures=(Picture(data=red_square()),))
    reply = chat.ask([shown])
    is_right = "red" in reply.text.lower()
    return "ok" if is_right else f"got {reply.text[:60]!r}, allowed: red"


def red_square() -> bytes:
    """Return a red picture as PNG; made by hand, as nothing else here needs an image library."""
    rows = (b"\0" + b"\xff\0\0" * SIDE_PX) * SIDE_PX
    header = struct.pack(">IIBBBBB", SIDE_PX, SIDE_PX, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
