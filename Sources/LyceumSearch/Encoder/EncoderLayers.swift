// The parts of a transformer, on rows of numbers.

import Foundation

/// `y = x W' + b`.
struct LinearLayer: Sendable {
    private let weight: [Float]
    private let bias: [Float]
    private let inner: Int

    /// - Parameter names: layers that stand side by side, as one.
    init(_ names: [String], of tensors: SafeTensors, inner: Int, outer: Int) throws(SafeTensors.Damage) {
        var weight: [Float] = []
        var bias: [Float] = []
        for name in names {
            weight += try tensors.values(name + ".weight", outer, inner)
            bias += try tensors.values(name + ".bias", outer)
        }
        (self.weight, self.bias, self.inner) = (weight, bias, inner)
    }

    /// Writes the rows of `x` into `y`, or adds them to it.
    func apply(
        _ library: MatrixLibrary,
        _ x: MatrixLibrary.View,
        into y: MatrixLibrary.View,
        rows: Int,
        adds: Bool = false
    ) {
        bias.withUnsafeBufferPointer { bias in
            for row in 0..<rows {
                let target = y.start + row &* y.stride
                if adds {
                    for column in bias.indices { target[column] += bias[column] }
                } else {
                    for column in bias.indices { target[column] = bias[column] }
                }
            }
        }
        weight.withUnsafeBufferPointer { weight in
            guard let start = weight.baseAddress else { return }
            let matrix = MatrixLibrary.View(start: UnsafeMutablePointer(mutating: start), stride: inner)
            library.multiply(x, matrix, into: y, shape: (rows, bias.count, inner), keep: 1)
        }
    }
}

/// Layer normalisation (Ba, Kiros and Hinton 2016): each row with mean 0 and deviation 1, then scaled and moved.
struct NormalisingLayer: Sendable {
    private let weight: [Float]
    private let bias: [Float]
    private let epsilon: Float

    init(_ name: String, of tensors: SafeTensors, size: Int, epsilon: Float) throws(SafeTensors.Damage) {
        weight = try tensors.values(name + ".weight", size)
        bias = try tensors.values(name + ".bias", size)
        self.epsilon = epsilon
    }

    func apply(_ x: MatrixLibrary.View, rows: Int) {
        let size = weight.count
        weight.withUnsafeBufferPointer { weight in
            bias.withUnsafeBufferPointer { bias in
                for row in 0..<rows {
                    let values = x.start + row &* x.stride
                    var mean: Float = 0
                    for column in 0..<size { mean += values[column] }
                    mean /= Float(size)
                    var variance: Float = 0
                    for column in 0..<size {
                        let distance = values[column] - mean
                        variance += distance * distance
                    }
                    let factor = 1 / (variance / Float(size) + epsilon).squareRoot()
                    for column in 0..<size {
                        values[column] = (values[column] - mean) * factor * weight[column] + bias[column]
                    }
                }
            }
        }
    }
}

/// Attention and what follows it, once: `x = norm(x + attention(x))`, then `x = norm(x + narrow(gelu(widen(x))))`.
struct EncoderLayer: Sendable {
    let attention: LinearLayer
    let output: LinearLayer
    let afterAttention: NormalisingLayer
    let widen: LinearLayer
    let narrow: LinearLayer
    let afterAll: NormalisingLayer

    init(_ number: Int, of tensors: SafeTensors, _ shape: EncoderShape) throws(SafeTensors.Damage) {
        let name = "encoder.layer.\(number)."
        let (size, hidden, epsilon) = (shape.size, shape.hidden, shape.epsilon)
        let parts = ["query", "key", "value"].map { name + "attention.self." + $0 }
        attention = try LinearLayer(parts, of: tensors, inner: size, outer: size)
        output = try LinearLayer([name + "attention.output.dense"], of: tensors, inner: size, outer: size)
        afterAttention = try NormalisingLayer(
            name + "attention.output.LayerNorm",
            of: tensors,
            size: size,
            epsilon: epsilon
        )
        widen = try LinearLayer([name + "intermediate.dense"], of: tensors, inner: size, outer: hidden)
        narrow = try LinearLayer([name + "output.dense"], of: tensors, inner: hidden, outer: size)
        afterAll = try NormalisingLayer(name + "output.LayerNorm", of: tensors, size: size, epsilon: epsilon)
    }

    /// Scores become shares that add up to 1.
    @inline(__always)
    static func softmax(_ row: UnsafeMutablePointer<Float>, count: Int) {
        var greatest = row[0]
        for index in 1..<max(1, count) { greatest = max(greatest, row[index]) }
        var sum: Float = 0
        for index in 0..<count {
            let share = expf(row[index] - greatest)
            row[index] = share
            sum += share
        }
        let factor = 1 / sum
        for index in 0..<count { row[index] *= factor }
    }

    /// The Gaussian error linear unit (Hendrycks and Gimpel 2016), exact.
    @inline(__always)
    static func gelu(_ values: UnsafeMutablePointer<Float>, count: Int) {
        let half = Float(0.5).squareRoot()
        for index in 0..<count {
            let value = values[index]
            values[index] = value * 0.5 * (1 + erff(value * half))
        }
    }
}
