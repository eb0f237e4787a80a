"""The training's checkpoint. Torn: one that cannot be loaded, or is not that of a training which nobody interrupts."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from gensim.models import Word2Vec
from run_training import STEPS, checkpoint, fresh, step, texts
from sites import Audit, Program, in_a_folder


def digest(model: Any) -> str:
    """Of what was learnt, and of how far."""
    learnt = (model.wv.vectors, model.syn1neg)
    return hashlib.sha256(b"".join([str(model.train_count).encode(), *(it.tobytes() for it in learnt)])).hexdigest()


class Checkpoint:
    units = STEPS

    def __init__(self, folder: Path) -> None:
        self.path = checkpoint(folder)
        sentences = texts()
        model = fresh(sentences)
        self.uninterrupted: list[str] = []
        for _ in range(STEPS):
            step(model, sentences)
            self.uninterrupted.append(digest(model))

    def audit(self) -> Audit:
        if not self.path.parent.exists() or not any(self.path.parent.iterdir()):
            return Audit(0)
        try:
            model = Word2Vec.load(str(self.path))
        # A torn pickle can raise anything.
        except Exception as error:  # noqa: BLE001
            return Audit(0, f"the checkpoint cannot be loaded: {error!r}")
        done = int(model.train_count)
        if 1 <= done <= STEPS and digest(model) == self.uninterrupted[done - 1]:
            return Audit(done)
        return Audit(0, f"the files of the checkpoint say step {done}, and are not of that step")

    def start_over(self) -> None:
        shutil.rmtree(self.path.parent, ignore_errors=True)


PROGRAM = Program(
    name="training",
    about="gensim: word vectors, and after each step a checkpoint of three files over the last one",
    unit="a step",
    packages=("gensim", "numpy", "scipy"),
    longest_delay=0.4,
    open=in_a_folder(Checkpoint),
)
