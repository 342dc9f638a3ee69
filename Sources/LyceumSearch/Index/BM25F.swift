// The ranking formula: BM25 over weighted fields.

import Foundation

/// BM25F with saturation after the fields are combined, after Robertson, Zaragoza and Taylor, "Simple BM25 Extension to
/// Multiple Weighted Fields" (CIKM 2004), and Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009):
///
///     tf'(t, d)  = sum over fields f of  weight(f) * tf(t, d, f) / (1 - b + b * length(d, f) / averageLength(f))
///     score(q,d) = sum over terms t of q of  idf(t) * tf' / (k1 + tf')
///     idf(t)     = ln(1 + (N - n(t) + 0.5) / (n(t) + 0.5))
///
/// With one field of weight 1 this is BM25 without its constant factor k1 + 1, as Lucene has it since version 8.
enum BM25F {
    static let k1: Float = 1.2
    static let b: Float = 0.75

    static func inverseDocumentFrequency(documents: Int, containing: Int) -> Float {
        Float(log(1 + (Double(documents - containing) + 0.5) / (Double(containing) + 0.5)))
    }

    static func saturated(_ frequency: Float) -> Float { frequency / (k1 + frequency) }
}

/// Field lengths in one byte: exact up to 64 words, above that in steps of about 6 %.
enum LengthCode {
    /// The length each code stands for.
    static let lengths: [Float] = {
        var lengths = (0...64).map(Float.init)
        while lengths.count < 256 { lengths.append((lengths[lengths.count - 1] * 1.06).rounded()) }
        return lengths
    }()

    /// The code of the greatest length not above `length`.
    static func code(_ length: Int) -> UInt8 {
        if length <= 64 { return UInt8(max(0, length)) }
        var low = 64
        var high = 255
        while low < high {
            let middle = (low + high + 1) / 2
            if lengths[middle] <= Float(length) { low = middle } else { high = middle - 1 }
        }
        return UInt8(low)
    }

    /// For each code, what one occurrence in a field of that length adds to tf'.
    static func norms(weight: Double, averageLength: Double) -> [Float] {
        let average = Float(max(averageLength, 1e-9))
        return lengths.map { Float(weight) / (1 - BM25F.b + BM25F.b * $0 / average) }
    }
}
