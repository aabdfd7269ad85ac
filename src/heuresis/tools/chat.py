"""The door to language models: one typed question, one typed reply. Only here litellm is known.

Nothing is loaded before the first question, and loading asks no server for anything.
"""

import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from heuresis import secrets
from heuresis.errors import HeuresisError, PolicyError, RequestError, ServiceError
from heuresis.settings import Settings
from heuresis.tools.conversation import (
    Finish,
    Message,
    Offer,
    Reply,
    ToolCall,
    wire_message,
    wire_offer,
    without_thoughts,
)
from heuresis.tools.raw_calls import calls_in, visible

# Read when litellm is imported: prices and headers come with the package instead of from a server,
# and no `.env` of the folder where somebody happens to stand changes keys or addresses.
QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_MODE": "PRODUCTION",
}
NO_KEY = "none"  # sent to servers that ask for none: OpenAI's own key must not go to a stranger
REPEATABLE = {"temperature": 0, "seed": 0}
LEAVING_OUT: tuple[tuple[str, ...], ...] = ((), ("seed",), ("temperature",), tuple(REPEATABLE))
FINISHES: dict[str, Finish] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}
NO_RIGHT = ("insufficient_quota", "Missing credentials")  # come as codes that mean "try again"
BRIEF = 300  # characters of a server's own words that are passed on
LONGEST_STREAM = 5  # times the timeout: a server that dribbles for ever has failed, too


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A language model at an address. Holds no key, only the name of the variable that does.

    Attributes:
        model: Name as litellm has it, 'provider/name'; with `base_url` also the bare name that an
            OpenAI-compatible server gives it.
        base_url: Address of the server, such as 'http://localhost:8000/v1'; empty for the
            provider's own.
        key_env: Environment variable, or entry of the file of secrets, that holds the key; empty
            for none, or, without `base_url`, for the variable that litellm takes for that provider.
        timeout_s: Longest silence of the server.
        max_tokens: Longest reply; None leaves it to the server.
        egress_allowed: Addresses (providers, where no address is given) that may be sent pictures.
        secrets_file: Where the key is looked for when the environment has none.
    """

    model: str
    base_url: str = ""
    key_env: str = ""
    timeout_s: float = 120.0
    max_tokens: int | None = None
    egress_allowed: tuple[str, ...] = ()
    secrets_file: Path | None = field(default=None, compare=False)

    @classmethod
    def of(cls, settings: Settings, **changes: Any) -> Self:
        """Build the one that the settings name; a name of `llm_endpoints` brings its address."""
        named: dict[str, Any] = {
            "model": settings.chat_model,
            "base_url": settings.chat_base_url,
            "key_env": settings.chat_key_env,
            "timeout_s": settings.chat_timeout_s,
            "egress_allowed": settings.egress_allowed,
            "secrets_file": settings.secrets_file,
            **changes,
        }
        place = settings.llm_endpoints.get(named["model"])
        if place is not None and "base_url" not in changes:
            named |= {"model": place.model or named["model"], "base_url": place.base_url}
            named["key_env"] = changes.get("key_env", place.key_env)
        return cls(**named)

    @property
    def endpoint(self) -> str:
        """Where words and pictures go: the address, or the provider's name."""
        return self.base_url or self.model.partition("/")[0]

    @property
    def identity(self) -> str:
        """What a result was made with, without anything secret."""
        where = urlsplit(self.base_url)
        address = f"@{where.hostname}:{where.port or ''}{where.path}" if self.base_url else ""
        return f"{self.model}{address}"

    def missing(self) -> str | None:
        """Say what stops it and what would make it run, or None."""
        if find_spec("litellm") is None:
            return 'litellm not installed: pip install "heuresis[language]"'
        if not self.model:
            return "no language model chosen: set HEURESIS_CHAT_MODEL (and HEURESIS_CHAT_BASE_URL)"
        if self.base_url and urlsplit(self.base_url).scheme not in ("http", "https"):
            return f"HEURESIS_CHAT_BASE_URL: got {self.base_url!r}, allowed: http://… or https://…"
        return self._keyless() if self.key_env else None

    def _keyless(self) -> str | None:
        try:
            if self._key():
                return None
        except RequestError as error:
            return str(error)
        or_file = f", or put it into {str(self.secrets_file)!r}" if self.secrets_file else ""
        return f"no key for {self.endpoint!r}: set the environment variable {self.key_env}{or_file}"

    def may_see_pictures(self) -> str | None:
        """Say why no picture may be sent there, or None where one may."""
        if _address(self.endpoint) in map(_address, self.egress_allowed):
            return None
        return (
            f"pictures to {self.endpoint!r}: got an address that is not released, allowed: those "
            "that HEURESIS_EGRESS_ALLOWED lists, also on this computer"
        )

    def ask(
        self,
        messages: Sequence[Message],
        offers: Sequence[Offer] = (),
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """Put a conversation to the model and wait for its whole reply.

        Asked at temperature 0 with a fixed seed; a model that takes neither is asked without, and
        the reply says so.

        Args:
            messages: The conversation.
            offers: Functions it may ask for; calls written into its text count, too.
            on_text: Given each new piece of the answer while it is written, without thoughts and
                calls; None to get it whole from the server.

        Raises:
            RequestError: No such model, or the conversation is longer than it can read.
            PolicyError: A picture would go where none may.
            ServiceError: The server failed; `transient` where a later try may succeed.
        """
        if (why := self.missing()) is not None:
            raise ServiceError(f"language model: {why}")
        if any(message.pictures for message in messages) and (why := self.may_see_pictures()):
            raise PolicyError(why)
        started = time.perf_counter()
        raw, left_out = self._answered(self._call(messages, offers), on_text)
        reply = _reply(raw, left_out, time.perf_counter() - started)
        if not offers or reply.tool_calls:
            return reply
        text, calls = calls_in(reply.text)
        finish: Finish = "tool_calls" if calls and reply.finish == "stop" else reply.finish
        return reply.model_copy(update={"text": text, "tool_calls": calls, "finish": finish})

    def _answered(
        self, call: dict[str, Any], on_text: Callable[[str], None] | None
    ) -> tuple[Any, tuple[str, ...]]:
        """Return litellm's answer, and what had to be left out for the model to take the call."""
        import openai  # comes with litellm, whose errors are all of its kind

        lite = _litellm()
        for left_out in LEAVING_OUT:
            kept = {name: value for name, value in REPEATABLE.items() if name not in left_out}
            try:
                if on_text is None:
                    return lite.completion(**call, **kept), left_out
                return _streamed(
                    {**call, **kept}, on_text, LONGEST_STREAM * self.timeout_s
                ), left_out
            except lite.UnsupportedParamsError as error:
                refused: Exception = error
            except openai.OpenAIError as error:
                raise self._told(error) from error
        raise self._told(refused) from refused

    def _call(self, messages: Sequence[Message], offers: Sequence[Offer]) -> dict[str, Any]:
        call: dict[str, Any] = {
            "model": self.model,
            "messages": [wire_message(message) for message in messages],
            "timeout": self.timeout_s,
            "max_retries": 0,  # the lab retries, and counts
            "num_retries": 0,
        }
        if self.base_url:
            call |= {"api_base": self.base_url, "api_key": self._key() or NO_KEY}
            if not _names_a_provider(self.model):
                call["custom_llm_provider"] = "openai"
        elif self.key_env:
            call["api_key"] = self._key()
        if offers:
            call["_skip_mcp_handler"] = True  # litellm 1.106 wants mcp installed to look for it
            call["tools"] = [wire_offer(offer) for offer in offers]
        if self.max_tokens is not None:
            call["max_tokens"] = self.max_tokens
        return call

    def _key(self) -> str:
        return secrets.find(self.key_env, self.secrets_file) if self.key_env else ""

    def _told(self, error: Exception) -> HeuresisError:
        """Say whose move it is, in one line, without a secret."""
        said = secrets.redacted(" ".join(str(error).split()))
        return _sorted_out(error, f"language model {self.identity!r}", said[:BRIEF])


def _streamed(call: dict[str, Any], on_text: Callable[[str], None], longest_s: float) -> Any:
    """Return litellm's answer, put together from its pieces.

    Raises:
        ServiceError: The connection ended before the answer did, or it never ends.
    """
    lite, began = _litellm(), time.perf_counter()
    stream = lite.completion(**call, stream=True, stream_options={"include_usage": True})
    pieces: list[Any] = []
    text = shown = ""
    for piece in stream:
        pieces.append(piece)
        text += (piece.choices[0].delta.content or "") if piece.choices else ""
        if len(seen := secrets.settled(visible(text))) > len(shown):
            on_text(seen[len(shown) :])
            shown = seen
        if time.perf_counter() - began > longest_s:
            raise ServiceError(
                f"language model: still writing after {longest_s:g} s", transient=False
            )
    if len(rest := secrets.settled(visible(text), is_whole=True)) > len(shown):
        on_text(rest[len(shown) :])
    if stream.received_finish_reason is None:  # litellm itself would call this a whole answer
        raise ServiceError(
            "language model: the connection ended before the answer did", transient=True
        )
    return lite.stream_chunk_builder(
        pieces, messages=call["messages"], logging_obj=stream.logging_obj
    )


def _sorted_out(error: Exception, who: str, said: str) -> HeuresisError:
    code, lite = int(getattr(error, "status_code", 0) or 0), _litellm()
    about = f"{getattr(error, 'body', None)} {said}"  # servers name the kind in either
    if "LLM Provider NOT provided" in said:
        return RequestError(
            f"{who}: got a name without a provider, allowed: 'provider/name' as in litellm, or a "
            "bare name together with HEURESIS_CHAT_BASE_URL"
        )
    if isinstance(error, lite.ContextWindowExceededError) or "context_length" in about:
        return RequestError(f"{who}: got more text than it can read, allowed: less; {said}")
    if code == 404:
        return RequestError(f"{who}: got a name the server does not know; {said}")
    if code in (401, 402, 403) or any(words in about for words in NO_RIGHT):
        return ServiceError(f"{who}: refused (key, rights or quota): {said}")
    if isinstance(error, lite.Timeout):
        return ServiceError(f"{who}: no answer in time: {said}", transient=True)
    transient = code in (408, 409, 425, 429) or code >= 500
    return ServiceError(f"{who}: {said}", transient=transient)


def _reply(raw: Any, left_out: tuple[str, ...], seconds: float) -> Reply:
    if not raw.choices:
        raise ServiceError("language model: got an answer without a choice", transient=True)
    choice = raw.choices[0]
    said = choice.message
    clean = secrets.redacted  # a server may repeat what it was sent
    text, thoughts = without_thoughts(clean(said.content or ""))
    reasoning = "\n".join(
        part for part in (clean(getattr(said, "reasoning_content", None) or ""), thoughts) if part
    )
    usage = getattr(raw, "usage", None)
    return Reply(
        text=text,
        tool_calls=tuple(
            ToolCall(
                id=clean(call.id or ""),
                name=clean(call.function.name or ""),
                arguments=clean(call.function.arguments or ""),
            )
            for call in said.tool_calls or ()
        ),
        finish=FINISHES.get(choice.finish_reason or "", "other"),
        reasoning=reasoning or None,
        model=clean(raw.model or ""),
        prompt_tokens=getattr(usage, "prompt_tokens", None),
        completion_tokens=getattr(usage, "completion_tokens", None),
        cost_usd=_cost(raw),
        left_out=left_out,
        seconds=seconds,
    )


def _cost(raw: Any) -> float | None:
    """Read what litellm worked out with the call; it knows no price of a model of one's own."""
    hidden: Mapping[str, Any] = getattr(raw, "_hidden_params", None) or {}
    cost = hidden.get("response_cost")
    return None if cost is None else float(cost)


def _address(text: str) -> str:
    return text.strip().rstrip("/").lower()


def _names_a_provider(model: str) -> bool:
    prefix, slash, _ = model.partition("/")
    return bool(slash) and prefix in {str(getattr(p, "value", p)) for p in _litellm().provider_list}


@cache
def _litellm() -> Any:
    os.environ.update(QUIET)
    # Its types are built at its first stream, and pydantic 2.14 would tell the user about them.
    warnings.filterwarnings("ignore", message="Item '.*' on TypedDict class", category=UserWarning)
    import litellm

    secrets.guard_logs("LiteLLM", "LiteLLM Proxy", "LiteLLM Router")
    litellm.suppress_debug_info = True  # otherwise it prints advice to stdout
    litellm.drop_params = False  # nothing is left out without being told
    litellm.disable_streaming_logging = True  # it starts an event loop for each piece
    return litellm
