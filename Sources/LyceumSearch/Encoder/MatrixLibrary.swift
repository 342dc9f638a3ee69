// Products of matrices by a BLAS library, loaded when an encoder is opened.

import Foundation

/// `cblas_sgemm` of a library that is loaded at run time: its kernels are chosen for the processor, which code for the baseline
/// of an architecture cannot be.
///
/// `@unchecked Sendable`: a function of a library that is never unloaded and keeps no state between calls.
struct MatrixLibrary: @unchecked Sendable {
    /// Why there is no such library.
    struct Missing: Error {
        var reason: String
    }

    /// A matrix in row-major order: where it starts, and how many numbers its rows are apart.
    struct View {
        var start: UnsafeMutablePointer<Float>
        var stride: Int
    }

    // CBLAS: order, transposeA, transposeB, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc.
    private typealias Product =
        @convention(c) (
            Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>, Int32,
            Float,
            UnsafeMutablePointer<Float>, Int32
        ) -> Void
    private let product: Product

    private static let rowMajor: Int32 = 101
    private static let asIs: Int32 = 111
    private static let transposed: Int32 = 112

    /// Loads the first of some libraries that there is.
    ///
    /// - Throws: ``Missing`` with what the loader said of the first.
    init(_ candidates: [String]) throws(Missing) {
        var reason = ""
        for candidate in candidates {
            guard let handle = dlopen(candidate, RTLD_NOW | RTLD_LOCAL) else {
                if reason.isEmpty { reason = dlerror().map { String(cString: $0) } ?? candidate }
                continue
            }
            guard let symbol = dlsym(handle, "scipy_cblas_sgemm") ?? dlsym(handle, "cblas_sgemm") else {
                if reason.isEmpty { reason = "\(candidate) has no cblas_sgemm" }
                continue
            }
            product = unsafeBitCast(symbol, to: Product.self)
            // One thread a call: it is texts that are shared out among threads.
            if let symbol = dlsym(handle, "scipy_openblas_set_num_threads") ?? dlsym(handle, "openblas_set_num_threads")
            {
                unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Void).self)(1)
            }
            return
        }
        throw Missing(reason: reason)
    }

    /// `c = factor * a * b + keep * c`, with `b` transposed unless said otherwise.
    ///
    /// - Parameters:
    ///   - shape: rows and columns of `c`, and the length of the sums.
    @inline(__always)
    func multiply(
        _ a: View,
        _ b: View,
        into c: View,
        shape: (rows: Int, columns: Int, inner: Int),
        factor: Float = 1,
        keep: Float = 0,
        transposed: Bool = true
    ) {
        product(
            Self.rowMajor,
            Self.asIs,
            transposed ? Self.transposed : Self.asIs,
            Int32(shape.rows),
            Int32(shape.columns),
            Int32(shape.inner),
            factor,
            a.start,
            Int32(a.stride),
            b.start,
            Int32(b.stride),
            keep,
            c.start,
            Int32(c.stride)
        )
    }
}
