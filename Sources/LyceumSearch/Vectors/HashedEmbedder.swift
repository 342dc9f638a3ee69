// Embeddings without a trained model: hashed words and character n-grams.

import Foundation

/// Embeds text by signed feature hashing of its words and their character trigrams.
///
/// Each feature is hashed to a dimension and a sign (Weinberger et al., "Feature Hashing for Large Scale Multitask
/// Learning", ICML 2009) and weighted by the inverse document frequency learned from the collection.
///
/// This measures how alike texts are *written*, not what they mean: it brings `engineer`, `engineering` and the
/// misspelt `enginer` together, and knows nothing of `physician` and `doctor`. It stands in until a trained model does.
public struct HashedEmbedder: Embedder {
    /// The number of buckets document frequencies are counted in.
    static let bucketCount = 1 << 17
    static let bucketShift: UInt64 = 64 - 17
    /// The version written to manifests.
    public static let version = "hashed-ngrams-1"

    /// ``version``.
    public var version: String { Self.version }
    /// 256.
    public var dimensions: Int { 256 }

    /// The weight of each bucket in sixteenths; nought for features no text of the collection has, which then neither
    /// help nor dilute a query.
    let weights: [UInt8]

    /// An embedder that weighs all features alike.
    public init() {
        weights = Array(repeating: 16, count: Self.bucketCount)
    }

    init(weights: [UInt8]) {
        self.weights = weights
    }

    /// The vector of a text, of length 1 or 0. Linear in the text's length.
    public func embed(_ text: String) -> [Float] {
        var vector = [Float](repeating: 0, count: dimensions)
        var features = FeatureReader()
        vector.withUnsafeMutableBufferPointer { vector in
            weights.withUnsafeBufferPointer { weights in
                features.read(text) { hash, strength in
                    let bucket = Int(hash >> Self.bucketShift)
                    let value = strength * Float(weights[bucket])
                    // Two dimensions a feature halve the damage of a collision.
                    vector[Int(hash & 255)] += hash & 0x1_0000 == 0 ? value : -value
                    vector[Int(hash >> 8 & 255)] += hash & 0x2_0000 == 0 ? value : -value
                }
            }
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else { return vector }
        for index in vector.indices { vector[index] /= length }
        return vector
    }

    /// Learns the weights: counts in how many texts each bucket occurs.
    struct Learner {
        private var counts = [UInt32](repeating: 0, count: HashedEmbedder.bucketCount)
        private var lastText = [UInt32](repeating: 0, count: HashedEmbedder.bucketCount)
        private var texts: UInt32 = 0
        private var features = FeatureReader()

        mutating func add(_ text: String) {
            texts += 1
            features.read(text) { hash, _ in
                let bucket = Int(hash >> HashedEmbedder.bucketShift)
                if lastText[bucket] != texts {
                    lastText[bucket] = texts
                    counts[bucket] += 1
                }
            }
        }

        func embedder() -> HashedEmbedder {
            let total = Float(texts)
            return HashedEmbedder(
                weights: counts.map { count in
                    count == 0 ? 0 : UInt8(min(255, (16 * log(1 + total / Float(count))).rounded()))
                }
            )
        }
    }
}

/// Cuts a text into hashed features: stems, and the trigrams of each with its ends marked.
private struct FeatureReader {
    private var analyzer = Analyzer()
    private var word: [UInt8] = []
    /// Texts longer than this in words add nothing to what a vector of this size can hold.
    private static let maximumWords = 96

    mutating func read(_ text: String, _ body: (UInt64, Float) -> Void) {
        var count = 0
        var word = self.word
        analyzer.terms(of: text) { bytes in
            guard count < Self.maximumWords else { return }
            count += 1
            body(Self.hash(bytes, seed: 1), 1)
            guard bytes.count > 2 else { return }
            word.removeAll(keepingCapacity: true)
            word.append(UInt8(ascii: "<"))
            word.append(contentsOf: bytes)
            word.append(UInt8(ascii: ">"))
            // Together the n-grams weigh a little more than the word: one wrong letter spares most of them.
            let strength = 1.3 / Float(word.count).squareRoot()
            word.withUnsafeBufferPointer { word in
                for start in 0...(word.count - 3) {
                    body(Self.hash(UnsafeBufferPointer(rebasing: word[start..<start + 3]), seed: 2), strength)
                }
            }
        }
        self.word = word
    }

    /// FNV-1a with a final mix; the features are a few bytes long.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64) -> UInt64 {
        var hash = 0xCBF2_9CE4_8422_2325 ^ seed
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return mix(hash)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value &>> 33) &* 0xFF51_AFD7_ED55_8CCD
        value = (value ^ value &>> 33) &* 0xC4CE_B9FE_1A85_EC53
        return value ^ value &>> 33
    }
}
