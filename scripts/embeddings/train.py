# Trains the static embedding model and writes its file. Run by scripts/train-embeddings.
"""Three steps, all from one seed:

1. The rows of the table: BERT's word pieces, whole words of several pieces, and pairs of neighbouring words.
2. Distillation: the sum of a text's rows points where the sentence encoder's vector of the text does.
3. Contrast: two titles of one occupation are nearer to each other than to the other titles of the batch, half of which
   come from neighbouring occupations; the same for a title and a text about it. Distillation goes on beside it, which
   keeps words that no title has where the encoder put them."""

import argparse
import hashlib
import json
import os
import time

import numpy
import torch
from torch.nn import functional

import features
import minilm
import modelfile
import texts
import torch_minilm
import unseen

NAME = "lyceum-static-1"


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, help="folder with onet, esco, skill2vec and usajobs")
    parser.add_argument("--cache", required=True, help="folder for the encoder's vectors, which take longest")
    parser.add_argument("--output", required=True, help="the model file")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--texts", type=int, default=180_224, help="the first so many texts; all are 253,739")
    parser.add_argument("--distil-steps", type=int, default=600)
    parser.add_argument("--contrast-steps", type=int, default=900)
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--temperature", type=float, default=0.05)
    parser.add_argument("--distil-weight", type=float, default=1.5)
    parser.add_argument("--dropout", type=float, default=0.2, help="share of a title's rows left out in contrast")
    parser.add_argument("--about-weight", type=float, default=0.3)
    parser.add_argument("--words", type=int, default=15_000)
    parser.add_argument("--pairs", type=int, default=40_000)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def say(**fields):
    print(json.dumps(fields), flush=True)


def cached(path, make):
    """An array from a file, or made and kept there. The name must tell what it was made from."""
    if os.path.exists(path):
        return numpy.load(path)
    made = make()
    partial = path + ".partial.npy"
    numpy.save(partial, made)
    os.replace(partial, path)
    return made


def encoded(encoder, strings, folder, piece=8192):
    """The encoder's vectors, which take longest: kept piece by piece, so that a run that was ended goes on where it was."""
    vectors, start = [], time.time()
    for begin in range(0, len(strings), piece):
        part = strings[begin : begin + piece]
        name = hashlib.sha256(json.dumps(part).encode()).hexdigest()[:16]
        make = lambda: encoder.encode(part).astype(numpy.float16)  # noqa: E731
        vectors.append(cached(os.path.join(folder, f"texts-{name}.npy"), make))
        say(step="encoded", texts=begin + len(part), of=len(strings), seconds=int(time.time() - start))
    return numpy.concatenate(vectors)


def vocabulary():
    """The encoder's pieces that ASCII words can be cut into."""
    with open(os.path.join(minilm.folder(), "vocab.txt"), encoding="utf-8") as file:
        pieces = [line.rstrip("\n") for line in file]
    bare = [piece.removeprefix("##") for piece in pieces]
    keep = [b.isascii() and (b.isalnum() or p in ("+", "#")) for p, b in zip(pieces, bare)]
    return [piece for piece, kept in zip(pieces, keep) if kept]


class Trainer:
    def __init__(self, options):
        self.options = options
        self.random = numpy.random.default_rng(options.seed)
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.threads)
        self.texts = texts.read(options.data)
        self.strings = texts.strings(self.texts, options.data)[: options.texts]
        self.index = {text: number for number, text in enumerate(self.strings)}
        numbers = {}
        self.lowered = numpy.array([numbers.setdefault(text.lower(), len(numbers)) for text in self.strings])
        splits = [features.words(text) for text in self.strings]
        pieces = vocabulary()
        words, pairs = features.count(splits, pieces, 3, 3, options.words, options.pairs)
        self.features = features.Features(pieces, words, pairs)
        self.bags = features.Bags([self.features.rows(split) for split in splits])
        say(step="rows", texts=len(self.strings), pieces=len(pieces), words=len(words), pairs=len(pairs))

        count, size = len(self.strings), options.dimensions
        encoder = torch_minilm.TorchMiniLM(64)
        teacher = encoded(encoder, self.strings, options.cache).astype(numpy.float32)
        alone = cached(
            os.path.join(options.cache, f"pieces-{len(pieces)}.npy"),
            lambda: encoder.encode([piece.removeprefix("##") for piece in pieces]),
        )
        sample = teacher[self.random.choice(count, min(count, 40_000), replace=False)]
        axes = numpy.linalg.eigh(sample.T @ sample)[1][:, ::-1][:, :size].copy()
        self.teacher = functional.normalize(torch.from_numpy(teacher @ axes), dim=-1)
        # Smooth inverse frequency (Arora, Liang and Ma, ICLR 2017): common pieces begin light.
        share = numpy.bincount(self.bags.flat, minlength=self.features.count)[: len(pieces)] / len(self.bags.flat)
        self.table = torch.nn.Embedding(self.features.count, size, sparse=True)
        with torch.no_grad():
            self.table.weight.zero_()
            self.table.weight[: len(pieces)] = torch.from_numpy(alone @ axes * (1e-3 / (1e-3 + share))[:, None])
        self.optimiser = torch.optim.SparseAdam(self.table.parameters(), lr=options.rate)

    def embed(self, chosen, bags=None, dropout=0.0):
        rows, offsets = (bags or self.bags).take(numpy.asarray(chosen))
        kept = torch.from_numpy((self.random.random(len(rows)) >= dropout).astype(numpy.float32))
        rows, offsets = torch.from_numpy(rows), torch.from_numpy(offsets)
        summed = functional.embedding_bag(
            rows, self.table.weight, offsets, mode="sum", sparse=True, per_sample_weights=kept
        )
        return functional.normalize(summed, dim=-1)

    def step(self, loss, rate):
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()

    def distance(self, size):
        """How far the vectors of some texts are from the encoder's: the mean of 1 - cosine."""
        chosen = self.random.integers(0, len(self.strings), size)
        return (1 - (self.embed(chosen) * self.teacher[chosen]).sum(1)).mean()

    def distil(self):
        steps, start = self.options.distil_steps, time.time()
        for number in range(steps):
            loss = self.distance(2 * self.options.batch)
            self.step(loss, 3 * self.options.rate * (1 - number / steps) + 1e-5)
            if number % 250 == 249:
                say(step="distil", number=number + 1, distance=round(loss.detach().item(), 4), seconds=int(time.time() - start))

    def contrast(self):
        occupations = Occupations(self.texts, self.index)
        about = About(self.texts, self.index)
        options, start = self.options, time.time()
        for number in range(options.contrast_steps):
            keys, pairs = occupations.batch(self.random, options.batch)
            titles = self.nearness(keys, pairs)
            described = self.nearness(*about.batch(self.random, options.batch // 2))
            distance = self.distance(options.batch)
            loss = titles + options.about_weight * described + options.distil_weight * distance
            warm = min(1, number / 100)
            self.step(loss, options.rate * warm * (1 - number / options.contrast_steps) + 1e-6)
            if number % 250 == 249:
                parts = (round(part.detach().item(), 4) for part in (titles, described, distance))
                figures = dict(zip(("titles", "about", "distance"), parts))
                say(step="contrast", number=number + 1, seconds=int(time.time() - start), **figures)

    def nearness(self, keys, pairs):
        """The symmetric in-batch softmax loss; others of the same key, and equal texts, are no negatives."""
        left, right = pairs[:, 0], pairs[:, 1]
        same = (keys[:, None] == keys[None]) | (self.lowered[left][:, None] == self.lowered[right][None])
        numpy.fill_diagonal(same, False)
        dropout = self.options.dropout
        scores = self.embed(left, dropout=dropout) @ self.embed(right, dropout=dropout).T / self.options.temperature
        scores = scores.masked_fill(torch.from_numpy(same), -1e4)
        wanted = torch.arange(len(keys))
        return (functional.cross_entropy(scores, wanted) + functional.cross_entropy(scores.T, wanted)) / 2

    # Export

    def export(self):
        """Words first, with what their pieces add; then the pairs of which both words have a row."""
        table = self.table.weight.detach().numpy()
        made = self.features
        rows = [table[row] for row in made.pieces.values()]
        names = list(made.pieces)
        for word, row in made.words.items():
            names.append(word)
            rows.append(table[row] + table[made.cut(word)].sum(axis=0))
        place = {word: number for number, word in enumerate(names) if not word.startswith("##")}
        pairs = []
        for (left, right), row in made.pairs.items():
            if left in place and right in place:
                pairs.append((place[left], place[right]))
                rows.append(table[row])
        return names, pairs, self.turned(numpy.stack(rows))

    def turned(self, table):
        """The table turned so that the first dimensions vary most; no cosine changes by it."""
        with torch.no_grad():
            sample = self.embed(self.random.choice(len(self.strings), 40_000)).numpy()
        axes = numpy.linalg.eigh(sample.T @ sample)[1][:, ::-1]
        return numpy.ascontiguousarray(table @ axes)


class Occupations:
    """Pairs of titles of one occupation, half of them from whole families."""

    def __init__(self, source, index):
        self.groups, families = [], {}
        for key, titles in source.groups.items():
            members = numpy.array([index[title] for title in titles if title in index])
            if len(members) > 1 and key.startswith(("onet:", "esco:")):
                families.setdefault(source.families[key], []).append(len(self.groups))
                self.groups.append(members)
        self.families = [numpy.array(family) for family in families.values()]
        # Between one pair an occupation and one pair a title.
        self.weights = numpy.array([len(group) ** 0.75 for group in self.groups])
        self.family_weights = numpy.array([self.weights[family].sum() for family in self.families])

    def batch(self, random, size):
        chosen = random.choice(len(self.groups), size // 2, p=self.weights / self.weights.sum())
        shares = self.family_weights / self.family_weights.sum()
        while len(chosen) < size:
            family = self.families[random.choice(len(self.families), p=shares)]
            weights = self.weights[family] / self.weights[family].sum()
            chosen = numpy.concatenate([chosen, random.choice(family, 32, p=weights)])
        chosen = chosen[:size]
        pairs = [random.choice(self.groups[group], 2, replace=False) for group in chosen]
        return chosen, numpy.array(pairs)


class About:
    """Pairs of a title (or skill) and a text about it."""

    SHARES = {"onet": 0.35, "posting": 0.30, "skill": 0.20, "esco": 0.15}

    def __init__(self, source, index):
        self.titles = [[index[t] for t in titles if t in index] for titles in source.groups.values()]
        place = {key: number for number, key in enumerate(source.groups)}
        pairs = [(place[key], index[text], key) for key, text in source.pairs if text in index]
        pairs = [pair for pair in pairs if self.titles[pair[0]]]
        kinds = numpy.array([key.split(":")[0] for *_, key in pairs])
        self.groups = numpy.array([group for group, *_ in pairs])
        self.texts = numpy.array([text for _, text, _ in pairs])
        weights = sum((kinds == kind) * share / max(1, (kinds == kind).sum()) for kind, share in self.SHARES.items())
        self.weights = weights / weights.sum()

    def batch(self, random, size):
        chosen = random.choice(len(self.texts), size, p=self.weights)
        titles = [self.titles[group][random.integers(len(self.titles[group]))] for group in self.groups[chosen]]
        return self.groups[chosen], numpy.stack([titles, self.texts[chosen]], axis=1)


def main():
    options = arguments()
    os.makedirs(options.cache, exist_ok=True)
    trainer = Trainer(options)
    questions = unseen.questions(trainer.texts)
    bags = features.Bags([trainer.features.rows(features.words(title)) for title in questions.titles])

    def measure(step):
        with torch.no_grad():
            say(step=step, unseen_map=questions.score(trainer.embed(numpy.arange(len(questions.titles)), bags).numpy()))

    measure("start")
    trainer.distil()
    measure("distilled")
    trainer.contrast()
    measure("contrasted")
    size, _ = modelfile.write(options.output, NAME, *trainer.export())
    say(step="written", file=options.output, bytes=size, ok=True)


if __name__ == "__main__":
    main()
