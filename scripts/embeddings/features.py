# What a text is made of for the static model: words, word pieces, and pairs of neighbouring words.
"""The tokenizer that `Sources/LyceumSearch/Embedding/` implements in Swift; the two must agree."""

import collections
import re
import unicodedata

import numpy

LONGEST_WORD = 64
# Words are runs of letters and digits. Of punctuation only what names tell apart: C++, C# (.NET is told by `net`).
WORD = re.compile(r"[^\W_]+|[+#]")


def words(text):
    """The words of a text without case, marks and compatibility forms."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return WORD.findall(text.lower())


class Features:
    """Rows of the table: pieces first, then whole words of several pieces, then pairs."""

    def __init__(self, pieces, words=(), pairs=()):
        self.pieces = {piece: row for row, piece in enumerate(pieces)}
        self.words = {word: len(pieces) + row for row, word in enumerate(words)}
        start = len(pieces) + len(self.words)
        self.pairs = {pair: start + row for row, pair in enumerate(pairs)}
        self.count = start + len(self.pairs)
        self.cache = {}

    def cut(self, word):
        """Greedy longest match from the left; nothing for a word with a part that no piece matches."""
        if len(word) > LONGEST_WORD:
            return []
        rows, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                row = self.pieces.get(word[start:end] if start == 0 else "##" + word[start:end])
                if row is not None:
                    break
            else:
                return []
            rows.append(row)
            start = end
        return rows

    def rows(self, words):
        """All rows whose sum is the text's vector."""
        found = []
        for word in words:
            rows = self.cache.get(word)
            if rows is None:
                rows = self.cut(word)
                if word in self.words:
                    rows = rows + [self.words[word]]
                self.cache[word] = rows
            found += rows
        for left, right in zip(words, words[1:]):
            row = self.pairs.get((left, right))
            if row is not None:
                found.append(row)
        return found


def count(splits, pieces, least_word, least_pair, most_words, most_pairs):
    """The whole words and pairs that deserve a row of their own, by the number of texts that have them."""
    plain = Features(pieces)
    words, pairs = collections.Counter(), collections.Counter()
    for split in splits:
        words.update(set(split))
        pairs.update(set(zip(split, split[1:])))
    chosen = [word for word, n in words.most_common() if n >= least_word and len(plain.cut(word)) > 1][:most_words]
    return chosen, [pair for pair, n in pairs.most_common() if n >= least_pair][:most_pairs]


class Bags:
    """The rows of many texts, flat."""

    def __init__(self, lists):
        self.lengths = numpy.array([len(rows) for rows in lists], dtype=numpy.int64)
        self.starts = numpy.concatenate([[0], numpy.cumsum(self.lengths)[:-1]])
        self.flat = numpy.fromiter((row for rows in lists for row in rows), dtype=numpy.int64)

    def take(self, texts):
        """The rows of some texts and where each text's begin."""
        lengths = self.lengths[texts]
        offsets = numpy.cumsum(lengths) - lengths
        positions = numpy.arange(lengths.sum()) - numpy.repeat(offsets - self.starts[texts], lengths)
        return self.flat[positions], offsets
