"""What is said to a language model and what it says back: messages, pictures, offers, replies."""

import base64
import json
from typing import Any, Literal

from pydantic import Field

from heuresis.contract import Frozen
from heuresis.errors import RequestError

Finish = Literal["stop", "length", "tool_calls", "content_filter", "other"]
THINK, THOUGHT = "<think>", "</think>"


class Picture(Frozen):
    """An image as it is sent: the bytes of a file, whole."""

    data: bytes = Field(repr=False, description="Bytes of the file.")
    media_type: Literal["image/png", "image/jpeg", "image/webp"] = Field(
        default="image/png", description="What the bytes are."
    )

    @property
    def url(self) -> str:
        """The picture as a data URL: nobody has to fetch it."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode()}"


class Offer(Frozen):
    """A function that the model may ask for."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="Letters, digits, _ and -.")
    description: str = Field(description="When to use it.")
    parameters: dict[str, Any] = Field(description="JSON schema of its arguments, an object.")


class ToolCall(Frozen):
    """The model asks for one offer; what it wrote is kept as it wrote it."""

    id: str = Field(description="By which the answer is matched.")
    name: str = Field(description="Of the offer; may be one that was never made.")
    arguments: str = Field(description="JSON text as the model wrote it; may be broken.")

    @property
    def is_readable(self) -> bool:
        """Whether the arguments are a JSON object."""
        try:
            return isinstance(json.loads(self.arguments), dict)
        except json.JSONDecodeError:
            return False

    def parsed(self) -> dict[str, Any]:
        """Return the arguments.

        Raises:
            RequestError: No JSON object; the message can be shown to the model.
        """
        try:
            found = json.loads(self.arguments or "{}")
        except json.JSONDecodeError as error:
            raise RequestError(
                f"call of {self.name!r}: got arguments that are no JSON ({error}), "
                "allowed: one JSON object"
            ) from error
        if not isinstance(found, dict):
            raise RequestError(
                f"call of {self.name!r}: got a JSON {type(found).__name__}, "
                "allowed: one JSON object"
            )
        return found


class Message(Frozen):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant", "tool"] = Field(description="Who speaks.")
    text: str = Field(default="", description="What is said; in a 'tool' turn, the result.")
    pictures: tuple[Picture, ...] = Field(default=(), description="Shown after the text.")
    tool_calls: tuple[ToolCall, ...] = Field(default=(), description="Of an 'assistant' turn.")
    answers: str | None = Field(default=None, description="In a 'tool' turn: id of the call.")


class Reply(Frozen):
    """What a model answered, and what that cost."""

    text: str = Field(description="What it says, without its reasoning; may be empty.")
    tool_calls: tuple[ToolCall, ...] = Field(default=(), description="What it asks for.")
    finish: Finish = Field(description="Why it stopped; 'length' means the answer is cut off.")
    reasoning: str | None = Field(default=None, description="Thoughts, where they were given.")
    model: str = Field(description="As the server calls it.")
    prompt_tokens: int | None = Field(default=None, description="None where not told.")
    completion_tokens: int | None = Field(default=None, description="None where not told.")
    cost_usd: float | None = Field(default=None, description="By list prices; None if unknown.")
    left_out: tuple[str, ...] = Field(
        default=(), description="Of 'temperature' and 'seed', what the model does not take."
    )
    seconds: float = Field(ge=0, description="From question to whole answer.")

    def as_message(self) -> Message:
        """Return the turn to append; reasoning is not sent back."""
        return Message(role="assistant", text=self.text, tool_calls=self.tool_calls)


def wire_message(message: Message) -> dict[str, Any]:
    """Write a message in OpenAI's form."""
    wire: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.pictures:
        shown = [{"type": "image_url", "image_url": {"url": p.url}} for p in message.pictures]
        wire["content"] = [{"type": "text", "text": message.text}, *shown]
    if message.tool_calls:
        wire["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    if message.role == "tool":
        wire["tool_call_id"] = message.answers or ""
    return wire


def wire_offer(offer: Offer) -> dict[str, Any]:
    """Write an offer in OpenAI's form."""
    return {"type": "function", "function": offer.model_dump()}


def without_thoughts(text: str) -> tuple[str, str]:
    """Return answer and thoughts of a text that holds both.

    A server that does not part them sends `<think>…</think>answer`, sometimes without the opening
    tag, as that stood at the end of the prompt, or without the closing one, if it was cut off.
    """
    head, closed, tail = text.partition(THOUGHT)
    if closed:
        return tail.strip(), head.strip().removeprefix(THINK).strip()
    if text.lstrip().startswith(THINK):
        return "", text.strip().removeprefix(THINK).strip()
    return text, ""
