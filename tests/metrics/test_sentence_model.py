"""A team's own sentence model takes the place of the words of the reference."""

import json
from pathlib import Path

import numpy as np
import pytest

from errors import UsageError
from metrics.drift.embedding import OF_REFERENCE
from metrics.drift.sentence_model import from_folder, space_of
from settings import Settings
from settings.traffic import DriftSettings


def test_without_a_model_the_words_of_the_reference_are_the_space() -> None:
    assert space_of(Settings(home=Path("unused"))) is OF_REFERENCE


def test_a_folder_without_a_model_is_refused_and_nothing_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no modules\.json"):
        space_of(Settings(home=tmp_path, drift=DriftSettings(sentence_model=tmp_path)))


def test_a_broken_model_or_a_missing_extra_is_said(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[]x")

    with pytest.raises(UsageError, match=r"embeddings|cannot be read"):
        from_folder(tmp_path)


def test_texts_become_points_of_length_one_without_their_placeholders(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="the extra embeddings is not installed")

    embedding = from_folder(_model(tmp_path))(["unused"])

    assert embedding is not None
    points = embedding(["card lost", "card lost <PERSON_1>", "bank"])
    assert np.allclose(np.linalg.norm(points, axis=1), 1)
    assert np.allclose(points[0], points[1], atol=1e-5)
    assert not np.allclose(points[0], points[2], atol=1e-3)


def _model(folder: Path) -> Path:
    """A model of eight words with random weights, as `SentenceTransformer.save` lays it out."""
    transformers = pytest.importorskip("transformers")
    vocabulary = folder / "words.txt"
    vocabulary.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ncard\nlost\nbank")
    small = {"vocab_size": 8, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1,
             "intermediate_size": 8}  # fmt: skip
    transformers.BertModel(transformers.BertConfig(**small)).save_pretrained(folder)
    transformers.BertTokenizerFast(str(vocabulary)).save_pretrained(folder)
    modules = [{"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
               for place, (path, kind) in enumerate((("", "Transformer"), ("1_Pooling", "Pooling")))]  # fmt: skip
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": 8, "pooling_mode_mean_tokens": True})
    )
    return folder
