"""What is near in meaning, by the bundled model: a vector per text, on this machine.

A service that runs the bundled model says so with `use`. That model then remembers what it read last, and a comment
whose vector was asked for is not read twice.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

#: Texts of more characters are not remembered: they are rare, and a flood of them would fill the memory.
_LONGEST = 5_000

#: Numbers in a vector.
WIDTH = 384

#: Windows that the model remembers, and texts whose vector is: those of some batches.
_REMEMBERED = 2_048


@runtime_checkable
class Embedder(Protocol):
    """The bundled model, whoever loaded it (`classifiers.civility`)."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...
    def keep(self, windows: int) -> None: ...


class _Place:
    """Where the model stands, once there is one."""

    def __init__(self) -> None:
        self._model: Embedder | None = None
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, model: Embedder) -> None:
        model.keep(_REMEMBERED)
        with self._lock:
            self._model = model
            self._vectors.clear()

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Several classifiers ask for the vector of one comment: its word pieces are looked for once."""
        model = self.get()
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            made = dict(zip(new, model.embed(new), strict=True))
            known |= made
            with self._lock:
                self._vectors.update((text, vector) for text, vector in made.items() if len(text) <= _LONGEST)
                while len(self._vectors) > _REMEMBERED:
                    self._vectors.popitem(last=False)
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, WIDTH), np.float32)

    def get(self) -> Embedder:
        with self._lock:
            if self._model is None:
                from classifiers.civility.classifier import load

                self._model = load()
                self._model.keep(_REMEMBERED)
            return self._model


_place = _Place()
use = _place.put


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors, texts × 384, of the beginning of each text (128 word pieces or so), as it was written.

    The product of two is their cosine: 1 says the same, 0 has nothing to do with it. Loads the bundled model where
    nobody did; raises what loading raises.
    """
    return _place.vectors(texts)
