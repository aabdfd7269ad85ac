"""What processes of Ray inherit of whoever starts it: no key, no place where anything is kept."""

import os
from collections.abc import Mapping

import pytest

from heuresis.serving.hosts.ray_serve.operation import CALLERS_OWN
from heuresis.settings import Settings

pytestmark = pytest.mark.ray


def test_a_worker_has_no_key_and_no_store(ray_settings: Settings) -> None:
    import ray

    @ray.remote(num_cpus=0)
    def environment() -> Mapping[str, str]:
        return dict(os.environ)

    found = ray.get(environment.remote())
    assert "PATH" in found
    assert "PLANTED_API_KEY" not in found
    assert "sk-planted" not in str(found)
    assert not [name for name in found if CALLERS_OWN.match(name)]
