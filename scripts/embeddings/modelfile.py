# Writes the model file that `Sources/LyceumSearch/Embedding/StaticModel.swift` reads; the layout is described there.
"""The table in eight bits a dimension, with the hash tables that find a word's and a pair's row."""

import numpy
import xxhash

MASK = (1 << 64) - 1


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def slots_for(count):
    return 1 << max(2, (count * 2 - 1).bit_length())


def word_slots(words):
    table = numpy.zeros(slots_for(len(words)), dtype="<u4")
    for row, word in enumerate(words):
        value = fnv1a(word)
        slot = (value ^ value >> 32) & len(table) - 1
        while table[slot]:
            slot = slot + 1 & len(table) - 1
        table[slot] = row + 1
    return table


def pair_slots(pairs):
    """Keys and rows of (left row, right row, own row)."""
    keys = numpy.zeros(slots_for(max(1, len(pairs))), dtype="<u8")
    rows = numpy.zeros(len(keys), dtype="<u4")
    for left, right, row in pairs:
        key = (left << 32 | right) + 1
        slot = (key * 0x9E3779B97F4A7C15 & MASK) >> 32 & len(keys) - 1
        while keys[slot]:
            slot = slot + 1 & len(keys) - 1
        keys[slot], rows[slot] = key, row
    return keys, rows


def quantise(table):
    largest = numpy.abs(table).max(axis=1)
    scales = (largest / 127).astype("<f4")
    values = numpy.zeros(table.shape, dtype="i1")
    kept = largest > 0
    values[kept] = numpy.rint(table[kept] / scales[kept, None]).clip(-127, 127)
    return values, scales


def write(path, name, words, pairs, table):
    """`words` have the rows from 0 on; `pairs` are (left row, right row) and have those that follow."""
    values, scales = quantise(table)
    assert len(table) == len(words) + len(pairs)
    slots = word_slots(words)
    keys, rows = pair_slots([(left, right, len(words) + row) for row, (left, right) in enumerate(pairs)])
    encoded = [word.encode() for word in words]
    offsets = numpy.concatenate([[0], numpy.cumsum([len(word) for word in encoded])]).astype("<u4")
    shape = numpy.array([table.shape[1], len(table), len(words), len(slots), len(keys)], dtype="<u4")
    sections = [
        ("name", name.encode()),
        ("shape", shape.tobytes()),
        ("word.at", offsets.tobytes()),
        ("word.bytes", b"".join(encoded)),
        ("word.slots", slots.tobytes()),
        ("pair.keys", keys.tobytes()),
        ("pair.rows", rows.tobytes()),
        ("scales", scales.tobytes()),
        ("values", values.tobytes()),
        ("checksum", bytes(8)),
    ]
    out = bytearray(b"LYCSEG\x01\n" + len(sections).to_bytes(4, "little") + bytes(4))
    offset = aligned(16 + 32 * len(sections))
    for section, data in sections:
        out += section.encode().ljust(16, b"\0") + offset.to_bytes(8, "little") + len(data).to_bytes(8, "little")
        offset = aligned(offset + len(data)) + 64
    out += bytes(aligned(len(out)) - len(out))
    for section, data in sections:
        if section == "checksum":
            data = xxhash.xxh64(bytes(out)).intdigest().to_bytes(8, "little")
        out += data
        out += bytes(aligned(len(out)) - len(out) + 64)
    with open(path, "wb") as file:
        file.write(out)
    return len(out), dequantised(values, scales)


def dequantised(values, scales):
    """The table as the reader sees it."""
    return values.astype(numpy.float32) * scales[:, None]


def aligned(offset):
    return (offset + 63) // 64 * 64
