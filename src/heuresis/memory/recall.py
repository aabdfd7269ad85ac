"""Recall: find what is known by meaning. An index that may lag and can always be rebuilt."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from sqlalchemy import func, select, update

from heuresis.errors import RequestError, ServiceError
from heuresis.memory import embedder
from heuresis.memory.claims import status_of
from heuresis.memory.documents import is_withdrawn
from heuresis.memory.ledger import Ledger, new_id
from heuresis.memory.runs import OUTBOX

BATCH = 256
COLLECTION = "knowledge"
CONNECT_S = 2.0
PORT, TLS_PORT = 8000, 443
GONE = "recall: the index is gone; `heuresis memory reindex` rebuilds it"
POINTER = "current"  # file that names the folder of the index


@dataclass(frozen=True)
class Hit:
    """Something known.

    Attributes:
        kind: run | candidate | claim | card | source | passage.
        ref: Id of its row in the ledger.
        text: What was indexed.
        distance: Cosine distance to the query; smaller is nearer.
        facts: What the ledger says of it now, such as a claim's status.
    """

    kind: str
    ref: str
    text: str
    distance: float
    facts: dict[str, Any]


class Recall:
    """The Chroma index over the ledger's outbox.

    Embedded Chroma has one safe writer, so `drain` works under a file lock and gives way to
    whoever holds it. Chroma keeps what it has opened by path, so an index that is built anew gets
    a folder of its own, named in the file `current`.

    Args:
        ledger: Where the outbox is.
        place: Folder of the embedded index, or URL of a Chroma server.

    Raises:
        RequestError: A URL with a password in it, which would be shown.
    """

    def __init__(self, ledger: Ledger, place: str) -> None:
        self._ledger = ledger
        self._place = place
        if self.is_server and "@" in urlsplit(place).netloc:
            raise RequestError(
                "settings: HEURESIS_RECALL_URL: got a name or password in it, allowed: none"
            )
        self._client: Any = None
        self._opened = ""  # the folder of the client

    @property
    def is_server(self) -> bool:
        """Whether the index lives in a Chroma server."""
        return self._place.startswith(("http://", "https://"))

    def drain(self, on_progress: Callable[[int], None] = lambda n: None) -> int:
        """Index what waits in the outbox; do nothing where another process is at it.

        Returns:
            How many texts were indexed.

        Raises:
            ServiceError: The index or the embedder cannot be used; the outbox keeps its rows.
        """
        lock = self._lock()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return 0
        try:
            if not self._folder():
                self._begin_anew()
            done = 0
            while rows := self._waiting():
                self._index(rows)
                done += len(rows)
                on_progress(len(rows))
            return done
        finally:
            lock.release()

    def search(self, query: str, n: int = 10, kind: str | None = None) -> list[Hit]:
        """Return what lies nearest in meaning, nearest first, with the ledger's word on each.

        Raises:
            ServiceError: The index cannot be read; `heuresis memory reindex` rebuilds it.
        """
        if not self._folder():
            if self._has_indexed():
                raise ServiceError(GONE)
            return []
        collection = self._collection()
        if _guarded(collection.count) == 0:
            if self._has_indexed():  # a server whose disk was not kept
                raise ServiceError(GONE)
            return []
        where = {"kind": kind} if kind else None
        vectors = embedder.embed([query])
        found = _guarded(
            lambda: collection.query(query_embeddings=vectors, n_results=n, where=where)
        )
        columns = (found[name][0] for name in ("ids", "documents", "distances", "metadatas"))
        hits = [self._hit(*row) for row in zip(*columns, strict=True)]
        return [hit for hit in hits if hit is not None]

    def reindex(self, on_progress: Callable[[int], None] = lambda n: None) -> int:
        """Throw the index away and build it anew from the ledger.

        Returns:
            How many texts were indexed.
        """
        with self._lock():
            self._begin_anew()
        return self.drain(on_progress)

    def fault(self) -> str:
        """Say why nothing can be searched by meaning now, without a place; '' where it can."""
        if embedder.missing() or find_spec("chromadb") is None:
            return "not installed here"
        return "" if self._is_there() else "its server does not answer"

    def backlog(self) -> int:
        """Count texts that wait to be indexed."""
        with self._ledger.read() as connection:
            query = select(func.count()).where(OUTBOX.c.indexed.is_(False))
            return int(connection.execute(query).scalar_one())

    def _has_indexed(self) -> bool:
        with self._ledger.read() as connection:
            query = select(OUTBOX.c.id).where(OUTBOX.c.indexed.is_(True)).limit(1)
            return connection.execute(query).one_or_none() is not None

    def _lock(self) -> FileLock:
        if self._ledger.file:
            folder = self._ledger.file.parent
        else:  # a server of one kind or another; of two on one computer, one gives way
            own = Path(gettempdir()) / f"heuresis-{os.getuid()}"  # others have theirs
            folder = own if self.is_server else Path(self._place).parent
        with _writable(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / "recall.lock")

    def _waiting(self) -> Sequence[Any]:
        with self._ledger.read() as connection:
            query = select(OUTBOX).where(OUTBOX.c.indexed.is_(False)).order_by(OUTBOX.c.id)
            return connection.execute(query.limit(BATCH)).all()

    def _index(self, rows: Sequence[Any]) -> None:
        collection = self._collection()
        vectors = embedder.embed([row.text for row in rows])
        _guarded(
            lambda: collection.upsert(
                ids=[f"{row.kind}:{row.ref}" for row in rows],
                embeddings=vectors,
                documents=[row.text for row in rows],
                metadatas=[{**json.loads(row.facts), "kind": row.kind} for row in rows],
            )
        )
        with self._ledger.write() as connection:
            ids = [row.id for row in rows]
            connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(indexed=True))

    def _hit(self, name: str, text: str, distance: float, facts: dict[str, Any]) -> Hit | None:
        """Return a hit as the ledger sees it now; None where it is unknown or withdrawn."""
        kind, _, ref = name.partition(":")
        facts = {key: value for key, value in facts.items() if key != "kind"}
        known = select(OUTBOX.c.id).where(OUTBOX.c.kind == kind, OUTBOX.c.ref == ref)
        with self._ledger.read() as connection:
            if connection.execute(known).one_or_none() is None:
                return None
            if kind == "claim":
                facts["status"] = status_of(connection, ref)
            if kind == "passage" and is_withdrawn(connection, ref):
                return None
        return Hit(kind, ref, text, distance, facts)

    def _is_there(self) -> bool:
        """Whether the server answers, where there is one; asked without loading Chroma."""
        if not self.is_server:
            return True
        host, port, is_tls = _server_of(self._place)
        kind = HTTPSConnection if is_tls else HTTPConnection
        line = kind(host, port, timeout=CONNECT_S)
        try:
            line.request("GET", "/api/v2/heartbeat")
            return line.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            line.close()

    def _collection(self) -> Any:
        if not self._is_there():  # Chroma's own client would wait without end for some
            raise ServiceError(
                f"recall: no Chroma server answers at {self._place!r}; start it (`chroma run`) or "
                "correct HEURESIS_RECALL_URL; until then search by meaning is off, nothing else",
                transient=True,
            )
        return _guarded(
            lambda: self._open().get_or_create_collection(
                COLLECTION,
                metadata={"hnsw:space": "cosine", "embedder": embedder.NAME},
                embedding_function=None,
            )
        )

    def _folder(self) -> str:
        """Return where the index is now: the server, or a folder that exists; '' for nowhere."""
        if self.is_server:
            return self._place
        pointer = Path(self._place) / POINTER
        try:
            folder = pointer.with_name(pointer.read_text())
        except (FileNotFoundError, NotADirectoryError):
            return ""
        return str(folder) if folder.is_dir() else ""

    def _open(self) -> Any:
        if self.is_server:
            return _at_server(self._place)
        where = self._folder()
        if self._client is not None and where != self._opened:
            self._close()
        if self._client is None:
            chroma, options = _chroma()
            self._client = chroma.PersistentClient(where, settings=options)
            self._opened = where
        return self._client

    def _close(self) -> None:
        client, self._client = self._client, None
        with suppress(ServiceError):
            _guarded(client.close)

    def _begin_anew(self) -> None:
        """Make an empty index, throw older ones away, and let everything wait again."""
        if self.is_server:
            with suppress(ServiceError):
                _guarded(lambda: self._open().delete_collection(COLLECTION))
        else:
            self._new_folder()
        with self._ledger.write() as connection:
            connection.execute(update(OUTBOX).values(indexed=False))

    def _new_folder(self) -> None:
        place, name = Path(self._place), new_id()
        with _writable(place):
            if place.is_file():
                place.unlink()
            (place / name).mkdir(parents=True)
            beside = place / f"{POINTER}.{name}"
            beside.write_text(name)
            beside.replace(place / POINTER)
            for old in place.iterdir():
                if old.is_dir() and old.name != name:
                    shutil.rmtree(old, ignore_errors=True)


@cache  # Chroma never lets go of what belongs to a client of a server
def _at_server(url: str) -> Any:
    chroma, options = _chroma()
    host, port, is_tls = _server_of(url)
    return chroma.HttpClient(host, port, ssl=is_tls, settings=options)


def _chroma() -> tuple[Any, Any]:
    """Return the package, and settings by which it sends nothing to its makers."""
    try:
        import chromadb
    except ImportError as error:
        fix = "pip install 'heuresis[recall]'"
        raise ServiceError(f"recall: no chromadb: {fix}") from error
    return chromadb, chromadb.config.Settings(anonymized_telemetry=False)


def _server_of(url: str) -> tuple[str, int, bool]:
    """Return host, port and whether the way there is encrypted."""
    found = urlsplit(url)
    is_tls = found.scheme == "https"
    return found.hostname or "", found.port or (TLS_PORT if is_tls else PORT), is_tls


@contextmanager
def _writable(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = "make the folder writable, or set HEURESIS_RECALL_URL to one that is"
        raise ServiceError(f"recall {str(place)!r}: {error}; {fix}") from error


def _guarded(action: Callable[[], Any]) -> Any:
    """Run one Chroma call; whatever it raises means that the index cannot be used."""
    try:
        return action()
    except (ServiceError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a Rust panic inside Chroma is no Exception
        raise ServiceError(
            f"recall: {type(error).__name__}: {error}; `heuresis memory reindex` rebuilds it"
        ) from error
