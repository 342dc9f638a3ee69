// Copies on the server's side, large ones in parts.

import Foundation

extension S3Client {
    /// The largest object that S3 copies in one request, in bytes.
    private static let largestCopy: Int64 = 5 << 30
    private static let copiedPart: Int64 = 1 << 30

    /// Copies an object within the bucket, on the server's side.
    ///
    /// - Throws: ``AWSError`` with code `notFound` when there is no such object.
    public func copy(_ from: String, to: String) async throws {
        do { try await copyWhole(from, to: to) } catch let error as AWSError
            where error.code == .rejected && ["InvalidRequest", "EntityTooLarge"].contains(error.serviceCode)
        {
            // The size is asked only here: hardly any object is larger than one request copies.
            guard let object = try await head(from), object.bytes > Self.largestCopy else { throw error }
            try await copyInParts(object, to: to, partBytes: Self.copiedPart)
        }
    }

    private func source(_ key: String) -> String {
        PercentEncoding.encode("/\(configuration.bucket)/\(key)", keepingSlashes: true)
    }

    private func copyWhole(_ from: String, to: String) async throws {
        let headers = encryptionHeaders + [("x-amz-copy-source", source(from))]
        let answer = try await send(.PUT, to, headers: headers, doing: "copy \(from)")
        try refuseError(in: answer, copying: from, to: to)
    }

    /// Copies an object by ranges of its bytes, one after the other; one that changes meanwhile is not copied.
    func copyInParts(_ object: S3Object, to: String, partBytes: Int64) async throws {
        try await inParts(to) { upload in
            var etags: [String] = []
            var start: Int64 = 0
            while start < object.bytes {
                let end = min(object.bytes, start + partBytes)
                let answer = try await self.send(
                    .PUT,
                    to,
                    query: [("partNumber", String(etags.count + 1)), ("uploadId", upload)],
                    headers: [
                        ("x-amz-copy-source", self.source(object.key)),
                        ("x-amz-copy-source-range", "bytes=\(start)-\(end - 1)"),
                        ("x-amz-copy-source-if-match", object.etag),
                    ],
                    doing: "copy part \(etags.count + 1) of \(object.key)"
                )
                try self.refuseError(in: answer, copying: object.key, to: to)
                guard let etag = try XMLAnswer(answer.body, at: self.location(to)).first("ETag") else {
                    throw AWSError(.malformed, "the copy of a part has no tag", location: self.location(to))
                }
                etags.append(etag)
                start = end
            }
            return etags
        }
    }

    /// A copy that fails after its answer has begun is reported with status 200.
    private func refuseError(in answer: IncomingAnswer, copying from: String, to: String) throws {
        guard let code = try? XMLAnswer(answer.body, at: location(to)).first("Code") else { return }
        throw AWSError(.serverFailure, "could not copy \(from): \(code)", location: location(to), serviceCode: code)
    }
}
