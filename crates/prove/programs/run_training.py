"""A training loop with gensim: word vectors, and a checkpoint after each part of the texts, over the last one.

gensim writes a checkpoint as several files: the model, and each of its large arrays.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from block import begin
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence
from gensim.test.utils import datapath

STEPS = 60
PARTS = 10
RATE = 0.025
CHECKPOINT = "checkpoint"
# Arrays from this size on get files of their own. gensim's default is for models of gigabytes.
LARGE = 1 << 15

Sentences = list[list[str]]


def texts() -> Sentences:
    """300 short news texts that come with gensim."""
    return list(LineSentence(datapath("lee_background.cor")))


def fresh(sentences: Sentences) -> Any:
    # One worker and a seed: a model is then told by its steps, to the bit.
    model = Word2Vec(vector_size=200, min_count=3, workers=1, seed=1)
    model.build_vocab(sentences)
    return model


def step(model: Any, sentences: Sentences) -> None:
    """Trains on the next part of the texts, at a rate that falls from step to step."""
    done = model.train_count
    part = list(islice(sentences, done % PARTS, None, PARTS))
    start, end = (RATE * (1 - count / STEPS) for count in (done, done + 1))
    model.train(part, total_examples=len(part), epochs=1, start_alpha=start, end_alpha=end)


def checkpoint(site: Path) -> Path:
    return site / CHECKPOINT / "model"


def main() -> None:
    site, protect = begin()
    path = checkpoint(site)
    sentences = texts()
    with protect() as block:
        model = Word2Vec.load(str(path)) if path.exists() else fresh(sentences)
        path.parent.mkdir(exist_ok=True)
        print("ready", flush=True)
        while model.train_count < STEPS:
            step(model, sentences)
            model.save(str(path), sep_limit=LARGE)
            block.allow_break()


if __name__ == "__main__":
    main()
