"""The privacy screen: no picture leaves for a model server unless the settings name that server.

It judges where a request goes, not what it says. Files as they came from outside never leave: the
permission to send pictures is one to send pictures without names.
"""

from collections.abc import Sequence
from typing import Any

from heuresis.contract import (
    Backend,
    FileRef,
    OriginalRef,
    Request,
    Response,
    digest_of,
    texts_in,
)
from heuresis.serving.policy import OK, Verdict

RULES = "privacy:1"


class PrivacyPolicy:
    """Judges requests that name files.

    Args:
        allowed: Addresses of model servers that may be sent pictures, as their backends state
            them in `endpoint`.
    """

    name = "privacy"

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self.allowed = frozenset(map(_address, allowed))

    def releases(self, address: str) -> bool:
        """Whether pictures may be sent to an address."""
        where = _address(address)
        return bool(where) and where in self.allowed

    def digest(self) -> str:
        """Identify the rules in force: this version and the servers allowed."""
        return f"{RULES}:{digest_of(' '.join(sorted(self.allowed)).encode())[7:19]}"

    def judge(self, kind: str, forms: Sequence[str]) -> list[Verdict]:
        """Pass candidates: they are no pictures of anybody."""
        return [OK] * len(forms)

    def before(self, tool: str, requests: Sequence[Request]) -> list[Verdict]:
        """Pass requests: where they go is judged by `leaving`."""
        return [OK] * len(requests)

    def after(
        self, tool: str, requests: Sequence[Request], responses: Sequence[Response]
    ) -> list[Verdict]:
        """Pass answers."""
        return [OK] * len(responses)

    def leaving(
        self, tool: str, requests: Sequence[Request], backend: Backend[Any, Any]
    ) -> list[Verdict]:
        """Block files on their way to a server that is not allowed, and note the others."""
        if backend.kind != "endpoint":
            return [OK] * len(requests)
        where = _address(getattr(backend, "endpoint", ""))
        return [self._judge(request, where) for request in requests]

    def _judge(self, request: Request, where: str) -> Verdict:
        files = sorted(texts_in(request, FileRef))
        if not files:
            return OK
        subject = digest_of("\n".join([where, *files]).encode())
        if texts_in(request, OriginalRef):
            why = "a file as it came from outside never leaves this computer; read it in first"
            return Verdict("blocked", "privacy.original", why, subject)
        if not self.releases(where):
            why = (
                f"pictures would leave for {where or 'a server that states no address'}; the "
                "setting egress_allowed does not name it"
            )
            return Verdict("blocked", "privacy.egress", why, subject)
        return Verdict("ok", "privacy.egress", f"{len(files)} file(s) sent to {where}", subject)


def _address(text: str) -> str:
    """Return an address in one spelling."""
    return text.strip().rstrip("/").lower()
