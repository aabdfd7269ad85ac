"""Files, structures and runs as resources; what a caller was not given is not there."""

import base64
import json
from typing import Any

from mcp import types

from heuresis.contract import Crystal
from heuresis.errors import RequestError
from heuresis.serving import catalogue
from heuresis.serving.mcp.results import CIF, SCHEME
from heuresis.serving.remote.parts import Parts
from heuresis.serving.remote.principal import Principal
from heuresis.serving.remote.provenance import file_row, part_of, run_view
from heuresis.serving.remote.refusals import UnknownError
from heuresis.serving.remote.sight import Sight

MAX_BYTES = 20_000_000  # of a file that is put into a message
JSON = "application/json"
CATALOGUE = f"{SCHEME}://tools"
LISTED = types.Resource(
    uri=CATALOGUE, name="tools", description="All tools with what they need.", mime_type=JSON
)
TEMPLATES = [
    types.ResourceTemplate(
        uri_template=f"{SCHEME}://artifact/{{digest}}", name="artifact",
        description="A file that a run made, by its digest.",
    ),
    types.ResourceTemplate(
        uri_template=f"{SCHEME}://run/{{run_id}}", name="run", mime_type=JSON,
        description="A run with its provenance.",
    ),
    types.ResourceTemplate(
        uri_template=f"{SCHEME}://run/{{run_id}}/{{path}}", name="part",
        description="A text of a run's answer, such as a structure.",
    ),
]  # fmt: skip


def read(parts: Parts, who: Principal, uri: str) -> types.ReadResourceResult:
    """Return what a resource holds.

    Raises:
        UnknownError: No such thing, or another caller's.
    """
    who.needs("read")
    scheme, _, rest = uri.partition("://")
    kind, _, name = rest.partition("/")
    if scheme != SCHEME:
        raise UnknownError(f"resource {uri[:100]!r}: got an unknown name")
    if uri == CATALOGUE:
        return _text(uri, json.dumps(_catalogue()), JSON)
    if kind == "artifact":
        return _file(parts, who, uri, name)
    if kind == "run":
        return _run(parts, who, uri, name)
    raise UnknownError(f"resource {uri[:100]!r}: got an unknown name")


def _catalogue() -> list[dict[str, Any]]:
    return [
        {"tool": one.name, "summary": one.tool.card.summary, "backends": catalogue.ways(one.tool)}
        for one in catalogue.entries()
        if one.tool is not None
    ]


def _file(parts: Parts, who: Principal, uri: str, digest: str) -> types.ReadResourceResult:
    Sight(parts.ledger, who).file(digest)
    row = file_row(parts.ledger, digest)
    if row is None:
        raise UnknownError(f"file {digest[:100]!r}: got an unknown digest")
    if row.n_bytes > MAX_BYTES:
        raise RequestError(
            f"file {digest!r}: got {row.n_bytes} bytes, allowed in a message: {MAX_BYTES}"
        )
    data = base64.b64encode(parts.lab.vault.get(digest)).decode()
    blob = types.BlobResourceContents(uri=uri, blob=data, mime_type=row.media_type)
    return types.ReadResourceResult(contents=[blob])


def _run(parts: Parts, who: Principal, uri: str, name: str) -> types.ReadResourceResult:
    run_id, _, path = name.partition("/")
    view = run_view(parts.ledger, who, run_id)
    if not path:
        return _text(uri, json.dumps(view), JSON)
    tool = catalogue.load(view["run"]["tool"])
    stated = view["run"]["response"]
    part = part_of(None if stated is None else tool.response.model_validate(stated), path)
    if not isinstance(part, str):
        raise UnknownError(f"resource {uri[:200]!r}: got no text of the run's answer")
    return _text(uri, str(part), CIF if isinstance(part, Crystal) else "text/plain")


def _text(uri: str, text: str, media_type: str) -> types.ReadResourceResult:
    held = types.TextResourceContents(uri=uri, text=text, mime_type=media_type)
    return types.ReadResourceResult(contents=[held])
