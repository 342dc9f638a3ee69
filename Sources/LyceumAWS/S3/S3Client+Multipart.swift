// Large objects: uploads in parts, downloads in ranges.

import Foundation
import NIOCore
import NIOFoundationCompat

extension S3Client {
    private static let partsAtOnce = 4
    private static let mostParts = 10_000

    /// Writes a file as an object, in parts when it is larger than one, a few at a time. An upload that fails leaves nothing.
    ///
    /// The condition is checked when the upload completes. Memory: four parts.
    ///
    /// - Throws: ``AWSError``, with code `conditionFailed` when the condition does not hold.
    @discardableResult
    public func putFile(_ key: String, from file: URL, condition: S3Condition = .always) async throws -> String {
        let path = file.path(percentEncoded: false)
        let handle: FileHandle
        let size: Int
        do {
            handle = try FileHandle(forReadingFrom: file)
            size = Int(try handle.seekToEnd())
        } catch {
            throw AWSError(.configuration, "the file to upload cannot be read", location: path, cause: error)
        }
        defer { try? handle.close() }
        // A file that would need more parts than there may be gets larger ones.
        let partBytes = max(configuration.partBytes, (size + Self.mostParts - 1) / Self.mostParts)
        let reader = PartReader(handle, path: path)
        guard size > partBytes else {
            return try await put(key, try await reader.read(at: 0, count: size), condition: condition)
        }
        return try await inParts(key, condition) { [self] upload in
            try await uploadParts(key, upload, reader, size: size, partBytes: partBytes)
        }
    }

    /// Makes an object of parts; `send` delivers them and returns their tags. An upload that fails leaves nothing.
    @discardableResult
    func inParts(
        _ key: String,
        _ condition: S3Condition = .always,
        _ send: (_ upload: String) async throws -> [String]
    ) async throws -> String {
        let begun = try await self.send(
            .POST,
            key,
            query: [("uploads", "")],
            headers: encryptionHeaders,
            doing: "begin an upload"
        )
        guard let upload = try XMLAnswer(begun.body, at: location(key)).first("UploadId") else {
            throw AWSError(.malformed, "the answer names no upload", location: location(key))
        }
        do {
            return try await complete(key, upload, try await send(upload), condition)
        } catch {
            // Parts of an upload that is never completed would be paid for. Not cancelled with the task: it is the clean-up.
            await Task { [self] in
                _ = try? await self.send(
                    .DELETE,
                    key,
                    query: [("uploadId", upload)],
                    doing: "abort an upload",
                    accepts: [200, 204, 404]
                )
            }.value
            throw error
        }
    }

    private func uploadParts(
        _ key: String,
        _ upload: String,
        _ reader: PartReader,
        size: Int,
        partBytes: Int
    ) async throws -> [String] {
        let count = (size + partBytes - 1) / partBytes
        var etags = [String](repeating: "", count: count)
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            func start(_ part: Int) {
                group.addTask { [self] in
                    let data = try await reader.read(
                        at: part * partBytes,
                        count: min(partBytes, size - part * partBytes)
                    )
                    let answer = try await send(
                        .PUT,
                        key,
                        query: [("partNumber", String(part + 1)), ("uploadId", upload)],
                        body: ByteBuffer(data: data),
                        doing: "upload part \(part + 1) of \(count)"
                    )
                    return (part, answer.headers.first(name: "etag") ?? "")
                }
            }
            var next = min(Self.partsAtOnce, count)
            for part in 0..<next { start(part) }
            while let (part, etag) = try await group.next() {
                etags[part] = etag
                if next < count {
                    start(next)
                    next += 1
                }
            }
        }
        return etags
    }

    private func complete(_ key: String, _ upload: String, _ etags: [String], _ condition: S3Condition) async throws
        -> String
    {
        var xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        for (part, etag) in etags.enumerated() {
            xml += "<Part><PartNumber>\(part + 1)</PartNumber><ETag>\(XMLText.escaped(etag))</ETag></Part>"
        }
        xml += "</CompleteMultipartUpload>"
        let answer = try await send(
            .POST,
            key,
            query: [("uploadId", upload)],
            headers: condition.headers + [("content-type", "application/xml")],
            body: ByteBuffer(string: xml),
            doing: "complete an upload"
        )
        let said = try XMLAnswer(answer.body, at: location(key))
        // A completion that fails after its answer has begun is reported with status 200.
        if let code = said.first("Code") {
            throw AWSError(
                code == "PreconditionFailed" ? .conditionFailed : .serverFailure,
                "could not complete an upload: \(code)",
                location: location(key),
                serviceCode: code
            )
        }
        return said.first("ETag") ?? ""
    }

    /// Reads an object into a file, range by range; the file is there only when it is whole. Returns its size in bytes.
    @discardableResult
    public func getFile(_ key: String, to file: URL) async throws -> Int64 {
        guard let object = try await head(key) else {
            throw AWSError(.notFound, "there is no such object", location: location(key))
        }
        let part = file.deletingLastPathComponent().appending(
            path: ".\(file.lastPathComponent).\(UUID().uuidString).part"
        )
        let path = part.path(percentEncoded: false)
        func failed(_ error: any Error) -> AWSError {
            error as? AWSError
                ?? AWSError(.configuration, "the file cannot be written", location: path, cause: error)
        }
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw AWSError(.configuration, "the file cannot be made", location: path)
        }
        do {
            let handle = try FileHandle(forWritingTo: part)
            defer { try? handle.close() }
            var at: Int64 = 0
            while at < object.bytes {
                let end = min(object.bytes, at + Int64(configuration.partBytes))
                let data = try await get(key, range: at..<end, ifMatch: object.etag)
                guard data.count == Int(end - at) else {
                    throw AWSError(.malformed, "\(data.count) of \(end - at) bytes came", location: location(key))
                }
                try handle.write(contentsOf: data)
                at = end
            }
            try handle.synchronize()
            guard rename(path, file.path(percentEncoded: false)) == 0 else {
                throw AWSError(
                    .configuration,
                    "the file cannot be put in place",
                    location: file.path(percentEncoded: false)
                )
            }
            return object.bytes
        } catch {
            try? FileManager.default.removeItem(at: part)
            if error is CancellationError { throw error }
            throw failed(error)
        }
    }

    /// A range of an object that must not have changed in between.
    private func get(_ key: String, range: Range<Int64>, ifMatch etag: String) async throws -> Data {
        let answer = try await send(
            .GET,
            key,
            headers: [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"), ("if-match", etag)],
            doing: "read the object",
            accepts: [200, 206]
        )
        return Data(buffer: answer.body)
    }
}

/// Reads parts of a file, one at a time.
private actor PartReader {
    private let handle: FileHandle
    private let path: String

    init(_ handle: sending FileHandle, path: String) {
        self.handle = handle
        self.path = path
    }

    func read(at offset: Int, count: Int) throws -> Data {
        do {
            try handle.seek(toOffset: UInt64(offset))
            let data = try handle.read(upToCount: count) ?? Data()
            guard data.count == count else {
                throw AWSError(.configuration, "the file became shorter while it was uploaded", location: path)
            }
            return data
        } catch let error as AWSError {
            throw error
        } catch {
            throw AWSError(.configuration, "the file to upload cannot be read", location: path, cause: error)
        }
    }
}
