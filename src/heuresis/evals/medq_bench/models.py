"""A language model takes the benchmark: its replies to questions, its descriptions, its blindness.

Asked without the image, or with a grey one, a model shows how much the words alone give away.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from heuresis.contract import digest_of
from heuresis.errors import RequestError, ServiceError
from heuresis.evals.medq_bench.dataset import Item, Question, Reference, Source
from heuresis.evals.medq_bench.perception import ASK, prompt
from heuresis.tools.chat import Chat
from heuresis.tools.conversation import Message, Picture
from heuresis.tools.image.pixels import encode
from heuresis.tools.medical.medq.prompts import COMPARE, DESCRIBE

Sight = Literal["image", "none", "grey"]
TRIES = 3
GREY = 128


@dataclass(frozen=True)
class ModelAnswers:
    """Put items to a language model.

    Attributes:
        chat: The model.
        sight: What it is shown: the image, nothing, or a grey image of the same size.
    """

    chat: Chat
    sight: Sight = "image"

    @property
    def name(self) -> str:
        """The model, what it saw, and the digest of what it was asked."""
        seen = {"image": "", "none": ", question only", "grey": ", grey image"}[self.sight]
        asked = digest_of("\n".join((ASK, DESCRIBE, COMPARE)).encode())[:19]
        return f"{self.chat.identity}{seen}, prompts {asked}"

    def answer(self, question: Question) -> str | None:
        """Reply to a multiple choice; None where the server failed three times."""
        return self._ask(prompt(question), question)

    def describe(self, reference: Reference) -> str | None:
        """Describe one image, or compare two."""
        return self._ask(DESCRIBE if len(reference.sources) == 1 else COMPARE, reference)

    def _ask(self, text: str, item: Item) -> str | None:
        message = Message(role="user", text=text, pictures=self._shown(item.sources))
        for _ in range(TRIES):
            try:
                return self.chat.ask([message]).text
            except ServiceError as error:
                if not error.transient:
                    raise  # a wrong key or name fails on every item: the eval cannot go on
        return None

    def _shown(self, sources: Sequence[Source]) -> tuple[Picture, ...]:
        if self.sight == "none":
            return ()
        arrays = [as_pixels(source.read()) for source in sources]
        if self.sight == "grey":
            arrays = [np.full_like(array, GREY) for array in arrays]
        return tuple(Picture(data=encode(array)) for array in arrays)


def as_pixels(data: bytes) -> Any:
    """Return a picture file as H x W or H x W x 3, uint8; nothing but pixels is kept.

    Raises:
        RequestError: No picture.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image.convert("L" if image.mode in ("1", "L", "I;16") else "RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise RequestError(f"image: got bytes that are no picture ({error})") from error
