"""The question a model is asked to prove that it works: its example, or one it has answered.

The example of a tool that leans on others cannot be asked without their answers, which only the
lab has; then the first real request that was answered is kept for it, if it is small.
"""

import pickle

from heuresis.contract import FileRef, Request, texts_in
from heuresis.errors import ServiceError
from heuresis.serving.host import Host
from heuresis.serving.hosts.ray_serve.address import AnyBackend
from heuresis.tools.registry import AnyTool

LARGEST_BYTES = 1024 * 1024


class Question:
    """What to ask one tool."""

    def __init__(self, tool: AnyTool) -> None:
        self._tool = tool
        self._kept: Request | None = None
        self._is_settled = tool.needs is None and not _names_files(tool.example)
        if self._is_settled:
            self._kept = tool.canonical(tool.example)

    def remember(self, request: Request) -> None:
        """Keep a request that was answered, where the example cannot be asked."""
        if self._is_settled:
            return
        self._is_settled = True
        if len(pickle.dumps(request)) <= LARGEST_BYTES:
            self._kept = request

    def ask(self, host: Host, backend: AnyBackend) -> None:
        """Ask, and check the answer as the lab would.

        Raises:
            HeuresisError: It does not answer, or what it answers breaks a postcondition.
        """
        if self._kept is None:
            return
        (answer,) = host.call(backend, [self._kept], self._tool.card.timeout_s)
        if not isinstance(answer, self._tool.response):
            raise ServiceError(f"got a {type(answer).__name__}")
        self._tool.check_result(self._kept, answer)


def _names_files(request: Request) -> bool:

    return bool(texts_in(request, FileRef))
