// The learned embedding model: words, meaning, and a damaged file.

import Foundation
import Testing

@testable import LyceumSearch

@Suite("Embeddings")
struct EmbeddingTests {
    let embedder: StaticEmbedder

    init() throws { embedder = try StaticEmbedder.bundled() }

    private func cosine(_ a: String, _ b: String) -> Float {
        zip(embedder.embed(a), embedder.embed(b)).reduce(0) { $0 + $1.0 * $1.1 }
    }

    @Test(
        "what means the same is nearer than what is written alike",
        arguments: [
            ("Physician", "Medical Doctor", "Physicist"),
            ("Software Engineer", "Application Developer", "Civil Engineer"),
            ("Attorney", "Lawyer", "Actor"),
            ("Data Engineer", "Database Developer", "Mechanical Engineer"),
            ("Truck Driver", "Tractor-Trailer Driver", "Pile Driver Operator"),
            ("HR Manager", "Human Resources Director", "Hotel Manager"),
        ]
    )
    func meaning(_ text: String, _ same: String, _ other: String) {
        #expect(cosine(text, same) > cosine(text, other))
    }

    @Test("a vector has length one, or nought for a text without words")
    func lengths() {
        for text in ["Nurse", "registered nurse (RN)", String(repeating: "word ", count: 5000)] {
            let length = embedder.embed(text).reduce(0) { $0 + $1 * $1 }
            #expect(abs(length - 1) < 1e-4, "\(text.prefix(30))")
        }
        for text in ["", " ,.;: ", "\u{1F680}", "語", String(repeating: "x", count: 100)] {
            #expect(embedder.embed(text) == Array(repeating: 0, count: embedder.dimensions), "\(text.prefix(30))")
        }
    }

    @Test("case, marks, forms and punctuation do not matter, the signs of names do")
    func folding() {
        #expect(embedder.embed("Café-Manager!") == embedder.embed("cafe manager"))
        #expect(embedder.embed("ｎｕｒｓｅ") == embedder.embed("NURSE"))
        #expect(embedder.embed("cafe\u{301}") == embedder.embed("CAFÉ"))
        #expect(cosine("C++", "C") < 0.99)
        #expect(cosine("C#", "C++") < 0.99)
    }

    @Test("words the table does not have are made of pieces")
    func pieces() {
        #expect(cosine("neurobiostatistician", "statistician") > cosine("neurobiostatistician", "bus driver"))
    }

    @Test("broken UTF-8 in a text embeds like the text without it")
    func broken() {
        let broken = String(decoding: Array("nurse ".utf8) + [0xC3, 0x28, 0xFF], as: UTF8.self)
        #expect(embedder.embed(broken) == embedder.embed("nurse"))
    }

    @Test("a model file with a flipped bit, or cut off, is refused by name")
    func damaged() throws {
        let folder = try IndexFolder()
        let bytes = try Data(contentsOf: StaticEmbedder.bundledFile)
        let file = folder.url.appending(path: "copy.lycmodel")
        var generator = SeededGenerator(seed: freshSeed())
        try bytes.write(to: file)
        #expect(try StaticEmbedder(file).version == embedder.version)
        for _ in 0..<5 {
            var damaged = bytes
            let position = Int.random(in: 0..<bytes.count - 128, using: &generator)
            damaged[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            try damaged.write(to: file)
            #expect(throws: SearchError.self, "byte \(position)") { try StaticEmbedder(file) }
        }
        for length in [0, 7, 100, bytes.count / 2, bytes.count - 80] {
            try bytes.prefix(length).write(to: file)
            let error = #expect(throws: SearchError.self, "\(length) bytes") { try StaticEmbedder(file) }
            #expect(error?.code == .damagedModel)
            #expect(error?.message.contains("copy.lycmodel") ?? false)
        }
    }
}
