"""An OpenAI-compatible server on this computer that answers from a script and keeps what it got."""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Asked = Mapping[str, Any]


@dataclass(frozen=True)
class Says:
    """A whole answer, as a model gives it."""

    text: str | None = ""
    tool_calls: Sequence[tuple[str, Any]] = ()  # name, arguments as a dict or as raw text
    reasoning: str | None = None
    finish: str = ""
    prompt_tokens: int = 7
    completion_tokens: int = 3

    def body(self, asked: Asked, number: int) -> bytes:
        message: dict[str, Any] = {"role": "assistant", "content": self.text}
        if self.reasoning is not None:
            message["reasoning_content"] = self.reasoning
        if self.tool_calls:
            message["tool_calls"] = [
                {
                    "id": f"call_{number}_{i}",
                    "type": "function",
                    "function": {
                        "name": name,
                        "arguments": words if isinstance(words, str) else json.dumps(words),
                    },
                }
                for i, (name, words) in enumerate(self.tool_calls)
            ]
        finish = self.finish or ("tool_calls" if self.tool_calls else "stop")
        usage = {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
        }
        answer = {
            "id": f"scripted-{number}",
            "object": "chat.completion",
            "created": 0,
            "model": asked.get("model", ""),
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": usage,
        }
        return json.dumps(answer).encode()

    def pieces(self, asked: Asked, number: int, size: int = 5) -> list[bytes]:
        """The same answer as a stream of server-sent events."""
        whole = json.loads(self.body(asked, number))
        message, finish = whole["choices"][0]["message"], whole["choices"][0]["finish_reason"]
        deltas: list[dict[str, Any]] = [{"role": "assistant"}]
        for key in ("reasoning_content", "content"):
            text = message.get(key) or ""
            deltas += [{key: text[i : i + size]} for i in range(0, len(text), size)]
        for i, call in enumerate(message.get("tool_calls", ())):
            words = call["function"]["arguments"]
            deltas.append(
                {
                    "tool_calls": [
                        {
                            "index": i,
                            **call,
                            "function": {**call["function"], "arguments": words[:3]},
                        }
                    ]
                }
            )
            deltas.append({"tool_calls": [{"index": i, "function": {"arguments": words[3:]}}]})
        base = {key: whole[key] for key in ("id", "created", "model")}
        base["object"] = "chat.completion.chunk"
        choices = [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas]
        choices.append([{"index": 0, "delta": {}, "finish_reason": finish}])
        events: list[dict[str, Any]] = [{**base, "choices": one} for one in choices]
        events.append({**base, "choices": [], "usage": whole["usage"]})
        return [f"data: {json.dumps(one)}\n\n".encode() for one in events] + [b"data: [DONE]\n\n"]


@dataclass(frozen=True)
class Dies:
    """An answer whose connection is closed in the middle."""

    says: Says = Says("I was about to say something important, but")
    n_pieces: int = 4


@dataclass(frozen=True)
class Fails:
    """An HTTP error, in OpenAI's form."""

    code: int = 500
    message: str = "scripted failure"
    kind: str | None = None


@dataclass(frozen=True)
class Hangs:
    """Silence, until the client gives up or the server is closed."""

    longest_s: float = 30.0


@dataclass(frozen=True)
class Garbles:
    """A successful status with a body that is no answer."""

    body: bytes = b'{"choices": [{"mess'


Reply = str | Says | Dies | Fails | Hangs | Garbles


@dataclass
class ScriptedModel:
    """Give replies in order; use as a context manager.

    Attributes:
        script: Replies, used up one by one; text is short for `Says(text)`.
        otherwise: Answers when the script is used up; without it that is an error 418.
        asked: Bodies of all requests, in order.
        headers: Their headers, in order, with names in lower case.
    """

    script: Sequence[Reply] = ()
    otherwise: Callable[[Asked], Reply] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What to give as `base_url`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def n_asked(self) -> int:
        return len(self.asked)

    def texts(self, number: int = -1) -> str:
        """All text of one request, in order; pictures as '<image>'."""
        parts: list[str] = []
        for message in self.asked[number]["messages"]:
            content = message.get("content") or ""
            if isinstance(content, str):
                parts.append(content)
            else:
                parts += [each.get("text", "<image>") for each in content]
        return "\n".join(parts)

    def reply_to(self, asked: dict[str, Any], headers: dict[str, str]) -> tuple[int, Reply]:
        with self._lock:
            number = len(self.asked)
            self.asked.append(asked)
            self.headers.append(headers)
        if number < len(self.script):
            return number, self.script[number]
        if self.otherwise is not None:
            return number, self.otherwise(asked)
        return number, Fails(418, f"the script has {len(self.script)} replies, asked for one more")

    def wait(self, longest_s: float) -> None:
        self._closing.wait(longest_s)


def _handler(model: ScriptedModel) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = json.loads(raw)
            number, reply = model.reply_to({**asked, "path": self.path}, headers)
            if isinstance(reply, str):
                reply = Says(reply)
            if isinstance(reply, Says) and asked.get("stream"):
                self._stream(reply.pieces(asked, number))
            elif isinstance(reply, Says):
                self._send(200, reply.body(asked, number))
            elif isinstance(reply, Dies) and asked.get("stream"):
                self._stream(reply.says.pieces(asked, number)[: reply.n_pieces])
            elif isinstance(reply, Dies):
                body = reply.says.body(asked, number)
                self._send(200, body[: len(body) // 2], length=len(body))
            elif isinstance(reply, Garbles):
                self._send(200, reply.body)
            elif isinstance(reply, Fails):
                error = {"message": reply.message, "type": reply.kind, "code": reply.kind}
                self._send(reply.code, json.dumps({"error": error}).encode())
            else:
                model.wait(reply.longest_s)

        def _send(self, code: int, body: bytes, length: int | None = None) -> None:
            self.send_response(code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, pieces: Sequence[bytes]) -> None:
            """Send pieces; the end of the connection is the end of the answer."""
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            return

    return Door


def wait_until(happened: Callable[[], bool], longest_s: float = 5.0) -> None:
    """Wait for another thread."""
    end = time.monotonic() + longest_s
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)
