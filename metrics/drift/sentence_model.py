"""Texts as points by a sentence model that the team has on its disk: it knows that different words mean the same.

It needs the extra `embeddings` and a folder that `SentenceTransformer.save` wrote; nothing is ever fetched.
"""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from errors import UsageError
from metrics.drift.compared import Numbers
from metrics.drift.embedding import OF_REFERENCE, Embedding, FitEmbedding, Space, without_placeholders
from settings import Settings

_AT_ONCE = 64


def space_of(settings: Settings) -> Space:
    """The space that `[drift]` asks for; without a sentence model that of the reference's own words.

    Raises `UsageError` as `from_folder`.
    """
    folder = settings.drift.sentence_model
    return OF_REFERENCE if folder is None else Space(from_folder(folder), "points of the team's sentence model")


def from_folder(folder: Path) -> FitEmbedding:
    """The model of a folder; it knows what it knows, so the texts of the reference teach it nothing.

    Raises `UsageError` when the extra is not installed or the folder holds no model.
    """
    embedding = _loaded(folder.expanduser().resolve())
    return lambda _reference: embedding


@cache
def _loaded(folder: Path) -> Embedding:
    if not (folder / "modules.json").is_file():
        raise UsageError("[drift] sentence_model is no folder of a sentence model: it has no modules.json")
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise UsageError(
            "[drift] sentence_model needs sentence-transformers; "
            "in Benchbook's folder: .venv/bin/pip install -e '.[embeddings]'"
        ) from error
    try:
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"the sentence model of [drift] cannot be read ({type(error).__name__})") from error

    def embedding(texts: Sequence[str]) -> Numbers:
        asked = [without_placeholders(text) for text in texts]
        points = model.encode(asked, batch_size=_AT_ONCE, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(points, dtype=float)

    return embedding
