"""`python -m heuresis.evals.imaging.modality_speed`: how fast `image.modality` is, on one core."""

import json
import resource
import sys
import time
from typing import Any

import numpy as np

SIZES_PX = {"256 px": 256, "1,000 px": 1_000, "4,000 px": 4_000}
N_PICTURES = {"256 px": 128, "1,000 px": 64, "4,000 px": 8}


def measure() -> dict[str, Any]:
    """Time loading and answering, PNG bytes in and answers with overlays out; process anew."""
    started = time.perf_counter()
    import torch

    from heuresis.tools.image.modality_net import loaded

    imported = time.perf_counter()
    torch.set_num_threads(1)
    loaded()
    ready = time.perf_counter()
    found: dict[str, Any] = {
        "torch_import_s": round(imported - started, 2),
        "model_load_s": round(ready - imported, 3),
        "images_per_s": {name: round(_rate(name), 1) for name in SIZES_PX},
    }
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found["peak_memory_gb"] = round(peak_kb / (1e6 if sys.platform != "darwin" else 1e9), 2)
    return found


def _rate(name: str) -> float:
    """Pictures a second in batches of the backend's size; every picture is another one."""
    from heuresis.contract import ImageRef, digest_of
    from heuresis.tools.image.modality import MODALITY, ModalityRequest
    from heuresis.tools.image.pixels import encode

    backend, size = MODALITY.backends[0], SIZES_PX[name]
    requests = []
    for seed in range(N_PICTURES[name]):
        y, x = np.mgrid[:size, :size]
        data = encode(((x * (seed + 1) + y) // 8 % 256).astype(np.uint8))
        ref = ImageRef(digest_of(data)).opened({digest_of(data): data}.__getitem__)
        requests.append(ModalityRequest.model_construct(image=ref))
    started = time.perf_counter()
    for start in range(0, len(requests), backend.batch_size):
        backend.run(requests[start : start + backend.batch_size])
    return len(requests) / (time.perf_counter() - started)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
