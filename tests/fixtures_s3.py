"""An object store of the tests' own: moto's server in this process, at a free port of localhost."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKTEST", "AWS_SECRET_ACCESS_KEY": "hush-hush-hush"}
_numbers = itertools.count(1)


@dataclass
class ObjectStore:
    """A server, and a client of the tests' own."""

    endpoint_url: str
    client: Any

    def new_bucket(self) -> str:
        name = f"bucket-{next(_numbers)}"
        self.client.create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str) -> list[str]:
        found = self.client.list_objects_v2(Bucket=bucket)
        return [one["Key"] for one in found.get("Contents", [])]


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """A running store; its credentials are in the environment, where the vault looks for them."""
    pytest.importorskip("moto.server")
    import boto3
    from moto.server import ThreadedMotoServer

    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        try:
            host, port = server.get_host_and_port()
            url = f"http://{host}:{port}"
            client = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
            yield ObjectStore(url, client)
        finally:
            server.stop()
