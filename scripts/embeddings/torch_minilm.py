# all-MiniLM-L6-v2 computed with PyTorch, for training, where PyTorch is at hand: the vectors of minilm.py, sooner.
"""Relevance needs a few thousand vectors and no PyTorch; training needs 200,000."""

import numpy
import torch
from torch.nn import functional

import minilm


class TorchMiniLM(minilm.MiniLM):
    """The encoder of minilm.py with its forward pass by PyTorch."""

    def __init__(self, limit=256):
        super().__init__(limit)
        self.weights = {name: torch.from_numpy(numpy.array(weight)) for name, weight in self.weights.items()}

    @torch.inference_mode()
    def forward(self, ids, mask):
        w = self.weights
        ids, mask = torch.from_numpy(ids), torch.from_numpy(mask)
        x = functional.embedding(ids, w["embeddings.word_embeddings.weight"])
        x = x + w["embeddings.position_embeddings.weight"][: ids.shape[1]] + w["embeddings.token_type_embeddings.weight"][0]
        x = self.normalise(x, "embeddings.LayerNorm")
        seen = mask[:, None, None, :].bool()
        for layer in range(6):
            name = f"encoder.layer.{layer}."
            query, key, value = (
                self.linear(x, name + f"attention.self.{part}").unflatten(-1, (12, 32)).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
            mixed = mixed.transpose(1, 2).flatten(2)
            x = self.normalise(x + self.linear(mixed, name + "attention.output.dense"), name + "attention.output.LayerNorm")
            y = functional.gelu(self.linear(x, name + "intermediate.dense"))
            x = self.normalise(x + self.linear(y, name + "output.dense"), name + "output.LayerNorm")
        pooled = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return functional.normalize(pooled, dim=-1).numpy()

    def linear(self, x, name):
        return functional.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def normalise(self, x, name):
        return functional.layer_norm(x, x.shape[-1:], self.weights[name + ".weight"], self.weights[name + ".bias"], 1e-12)
