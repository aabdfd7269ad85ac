"""A vault's bytes in an S3-compatible object store: one request writes an object, or none does."""

import base64
import hashlib
import os
import re
from collections.abc import Iterator
from functools import cached_property, partial
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from heuresis.contract import digest_of
from heuresis.errors import RequestError, ServiceError
from heuresis.memory.vault_store import CHUNK_BYTES, MAX_REMEMBERED, PROBE, Kept, damaged, named

KEY_ID, SECRET, TOKEN = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"
REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
ANY_REGION = "us-east-1"  # servers other than Amazon's have one, whatever it is called
CONNECT_S, READ_S, TRIES, POOL = 5, 60, 3, 32
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ABSENT = frozenset(["404", "NoSuchKey"])
THERE = frozenset(["PreconditionFailed", "412", "ConditionalRequestConflict"])
UNKNOWN = frozenset(["NotImplemented", "501"])  # of servers that know no If-None-Match
FIXES = {
    "NoSuchBucket": "create the bucket, or correct HEURESIS_VAULT_URL",
    "404": "create the bucket, or correct HEURESIS_VAULT_URL",
    "403": f"see what {KEY_ID} may do: s3:GetObject, s3:PutObject and s3:ListBucket are needed",
    "AccessDenied": f"give {KEY_ID} s3:GetObject, s3:PutObject and s3:ListBucket",
    "InvalidAccessKeyId": f"correct {KEY_ID}",
    "SignatureDoesNotMatch": f"correct {SECRET}",
}
PASSING = frozenset(["SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "503"])


class S3:
    """A store in a bucket that exists.

    Credentials are those of the environment and nothing else; they are in no setting, no message
    and no log.

    Args:
        url: 's3://BUCKET/PREFIX'.
        endpoint_url: Of the server; empty: Amazon's.

    Raises:
        RequestError: The URL does not fit.
    """

    def __init__(self, url: str, endpoint_url: str = "") -> None:
        _check(url, endpoint_url)
        found = urlsplit(url)
        self._url, self._endpoint = url, endpoint_url
        self._bucket, self._prefix = found.netloc, found.path.strip("/")
        self._verified: dict[str, str] = {}

    def has(self, name: str) -> bool:
        """See `Store.has`."""
        return self._head(name) is not None

    def holds(self, name: str, digest: str) -> bool:
        """See `Store.holds`; the server's own digest is taken where it keeps one."""
        head = self._head(name)
        if head is None:
            return False
        if (told := head.get("ChecksumSHA256")) is not None:
            return bool(told == _as_told(digest))
        data = self.read(name)
        return data is not None and digest_of(data) == digest

    def read(self, name: str) -> bytes | None:
        """See `Store.read`."""
        found = self._asked("get_object", name)
        return None if found is None else b"".join(self._pieces(found["Body"]))

    def open(self, name: str, digest: str) -> Kept | None:
        """See `Store.open`; parts are read of the version that was verified, or not at all."""
        head = self._head(name)
        if head is None:
            return None
        tag = head["ETag"]
        if head.get("ChecksumSHA256") != _as_told(digest) and self._verified.get(name) != tag:
            self._verify(name, tag, digest)
        return Kept(int(head["ContentLength"]), partial(self._part, name, tag))

    def write(self, name: str, data: bytes) -> None:
        """See `Store.write`; an object of that name is written over only where it is damaged."""
        digest = digest_of(data)
        how = {"Body": data, "ChecksumAlgorithm": "SHA256", "ChecksumSHA256": _as_told(digest)}
        try:
            self._ask("put_object", name, **how, IfNoneMatch="*")
        except _Refusal as refusal:
            if refusal.code in THERE and self.holds(name, digest):
                return  # somebody else wrote it meanwhile
            if refusal.code not in THERE | UNKNOWN:
                raise self._told(name, refusal) from refusal.error
            self._asked("put_object", name, **how)

    def fault(self) -> str:
        """See `Store.fault`."""
        try:
            self._asked("put_object", ".probe", Body=PROBE)
        except ServiceError:
            return "cannot be written"
        return ""

    def _verify(self, name: str, tag: str, digest: str) -> None:
        found = self._asked("get_object", name, IfMatch=tag)
        seen = hashlib.sha256()
        for piece in self._pieces(found["Body"]) if found else ():
            seen.update(piece)
        got = f"sha256:{seen.hexdigest()}"
        if got != digest:
            raise damaged(name, got)
        if len(self._verified) >= MAX_REMEMBERED:
            self._verified.clear()
        self._verified[name] = tag

    def _part(self, name: str, tag: str, begin: int, end: int) -> Iterator[bytes]:
        if begin >= end:
            return
        asked = {"Range": f"bytes={begin}-{end - 1}", "IfMatch": tag}
        found = self._asked("get_object", name, **asked)
        if found is None:
            raise ServiceError(f"vault {self._url!r}: {named(name)} was removed while it was read")
        yield from self._pieces(found["Body"])

    def _pieces(self, body: Any) -> Iterator[bytes]:
        from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]  # has none

        try:
            yield from body.iter_chunks(CHUNK_BYTES)
        except (BotoCoreError, OSError) as error:
            cause = type(error).__name__
            raise ServiceError(f"vault {self._url!r}: cut off: {cause}", transient=True) from error
        finally:
            body.close()

    def _head(self, name: str) -> dict[str, Any] | None:
        return self._asked("head_object", name, ChecksumMode="ENABLED")

    def _asked(self, operation: str, name: str, **how: Any) -> dict[str, Any] | None:
        """Ask the server something of one object; None where there is no such object."""
        try:
            return self._ask(operation, name, **how)
        except _Refusal as refusal:
            if refusal.code in ABSENT and operation != "put_object":
                return None
            raise self._told(name, refusal) from refusal.error

    def _ask(self, operation: str, name: str, **how: Any) -> dict[str, Any]:
        ask = getattr(self._client, operation)
        from botocore.exceptions import BotoCoreError, ClientError

        key = f"{self._prefix}/{name}" if self._prefix else name
        try:
            answer: dict[str, Any] = ask(Bucket=self._bucket, Key=key, **how)
        except ClientError as error:
            raise _Refusal(error) from error
        except BotoCoreError as error:
            # Its own text names the address, never a key.
            where = f"vault {self._url!r} at {self._endpoint or 'Amazon'}"
            raise ServiceError(f"{where}: {error}", transient=True) from error
        return answer

    def _told(self, name: str, refusal: "_Refusal") -> ServiceError:
        """Return what a refusal means; of the server's text its code only, as that is its own."""
        fix = FIXES.get(refusal.code, "see the log of the store")
        said = named(name) if "/" in name else name
        is_passing = refusal.code in PASSING or refusal.status >= 500
        text = f"vault {self._url!r}: {said}: got {refusal.code} ({refusal.status}); {fix}"
        return ServiceError(text, transient=is_passing)

    @cached_property
    def _client(self) -> Any:
        if find_spec("boto3") is None:
            raise ServiceError(f"vault {self._url!r}: no boto3: pip install 'heuresis[s3]'")
        absent = [name for name in (KEY_ID, SECRET) if not os.environ.get(name)]
        if absent:
            what = " and no ".join(absent)
            raise ServiceError(f"vault {self._url!r}: no {what} in the environment")
        import boto3  # type: ignore[import-untyped]  # has no types of its own
        from botocore.config import Config  # type: ignore[import-untyped]  # as above

        region = next((os.environ[one] for one in REGIONS if os.environ.get(one)), ANY_REGION)
        session = boto3.session.Session(
            aws_access_key_id=os.environ[KEY_ID],
            aws_secret_access_key=os.environ[SECRET],
            aws_session_token=os.environ.get(TOKEN),
            region_name=region,
        )
        config = Config(
            signature_version="s3v4",
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            max_pool_connections=POOL,
            s3={"addressing_style": "path" if self._endpoint else "auto"},
            request_checksum_calculation="when_required",  # others than Amazon know few of them
            response_checksum_validation="when_required",
        )
        return session.client("s3", endpoint_url=self._endpoint or None, config=config)


def _check(url: str, endpoint_url: str) -> None:
    for name, text in (("VAULT_URL", url), ("VAULT_ENDPOINT_URL", endpoint_url)):
        if "@" in urlsplit(text).netloc:
            raise RequestError(
                f"settings: HEURESIS_{name}: got a name or password in it, allowed: none; "
                f"{KEY_ID} and {SECRET} in the environment have those"
            )
    if not BUCKET.fullmatch(urlsplit(url).netloc):
        raise RequestError(
            f"settings: HEURESIS_VAULT_URL: got {url!r}, allowed: s3://BUCKET/PREFIX"
        )
    if endpoint_url and urlsplit(endpoint_url).scheme not in ("http", "https"):
        raise RequestError(
            f"settings: HEURESIS_VAULT_ENDPOINT_URL: got {endpoint_url!r}, allowed: "
            "http://HOST:PORT or https://HOST"
        )


class _Refusal(Exception):
    """What a server says no with."""

    def __init__(self, error: Any) -> None:
        told = error.response
        self.error = error
        self.code = str(told.get("Error", {}).get("Code", "unknown"))
        self.status = int(told.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _as_told(digest: str) -> str:
    """Return a digest as object stores write it."""
    return base64.b64encode(bytes.fromhex(digest.partition(":")[2])).decode()
