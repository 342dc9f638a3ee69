// The client of S3, on a real server.

import AWSTestServers
import Foundation
import Testing

@testable import LyceumAWS

@Suite struct S3ClientTests {
    private let folder = "t-\(UUID().uuidString.lowercased())"

    @Test(arguments: ["plain.txt", "a b+c&d=e/ü ñ/100%/~$(x)'!*.parquet", "dt=2026-11-23/source=oracle/1.parquet"])
    func `An object comes back as it was written, whatever its key`(_ name: String) async throws {
        let client = try SeaweedServer.client()
        let key = "\(folder)/\(name)"
        let data = Data((0..<1000).map { UInt8(truncatingIfNeeded: $0) })
        let etag = try await client.put(key, data)
        #expect(try await client.get(key) == data)
        #expect(try await client.get(key, range: 10..<20) == data[10..<20])
        let head = try #require(try await client.head(key))
        #expect(head.bytes == 1000)
        #expect(head.etag.contains(etag.replacingOccurrences(of: "\"", with: "")))
        let listed = try await client.list(prefix: key).reduce(into: []) { $0 += $1 }
        #expect(listed.map(\.key) == [key])
        try await client.delete(key)
        #expect(try await client.head(key) == nil)
        try await client.delete(key)
    }

    @Test func `An object that is not there is an error that names it`() async throws {
        let client = try SeaweedServer.client()
        let error = await #expect(throws: AWSError.self) { try await client.get("\(folder)/nothing") }
        #expect(error?.code == .notFound)
        #expect(error?.location == "s3://lyceum/\(folder)/nothing")
    }

    @Test func `Of many who write an object that must not be there, one wins`() async throws {
        let client = try SeaweedServer.client()
        let key = "\(folder)/commit-1"
        let winners = await withTaskGroup(of: Int?.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    do {
                        try await client.put(key, Data("writer \(writer)".utf8), condition: .ifAbsent)
                        return writer
                    } catch let error as AWSError where error.code == .conditionFailed {
                        return nil
                    } catch {
                        Issue.record(error)
                        return nil
                    }
                }
            }
            return await group.reduce(into: [Int]()) { if let writer = $1 { $0.append(writer) } }
        }
        #expect(winners.count == 1)
        #expect(try await client.get(key) == Data("writer \(winners.first ?? -1)".utf8))
    }

    @Test func `An object is replaced only by who knows its state`() async throws {
        let client = try SeaweedServer.client()
        let key = "\(folder)/pointer"
        let first = try await client.put(key, Data("1".utf8))
        let second = try await client.put(key, Data("2".utf8), condition: .ifMatch(etag: first))
        let error = await #expect(throws: AWSError.self) {
            try await client.put(key, Data("3".utf8), condition: .ifMatch(etag: first))
        }
        #expect(error?.code == .conditionFailed)
        #expect(first != second)
        #expect(try await client.get(key) == Data("2".utf8))
    }

    @Test func `A large file goes up in parts and comes down whole`() async throws {
        let client = try SeaweedServer.client()
        let local = FileManager.default.temporaryDirectory.appending(path: "lyceum-s3-\(UUID().uuidString)")
        let back = local.appendingPathExtension("back")
        defer {
            try? FileManager.default.removeItem(at: local)
            try? FileManager.default.removeItem(at: back)
        }
        var random = SystemRandomNumberGenerator()
        var data = Data()
        for _ in 0..<(17 << 17) { withUnsafeBytes(of: random.next()) { data.append(contentsOf: $0) } }
        data.append(1)
        try data.write(to: local)
        try await client.putFile("\(folder)/large", from: local)
        #expect(try await client.getFile("\(folder)/large", to: back) == Int64(data.count))
        #expect(try Data(contentsOf: back) == data)
    }

    @Test func `An object is copied on the server's side, in parts where it is too large for one request`() async throws
    {
        let client = try SeaweedServer.client()
        var random = SystemRandomNumberGenerator()
        var data = Data()
        for _ in 0..<(11 << 17) { withUnsafeBytes(of: random.next()) { data.append(contentsOf: $0) } }
        try await client.put("\(folder)/from a", data)
        try await client.copy("\(folder)/from a", to: "\(folder)/whole")
        let object = try #require(try await client.head("\(folder)/from a"))
        try await client.copyInParts(object, to: "\(folder)/parts", partBytes: 5 << 20)
        #expect(try await client.get("\(folder)/whole") == data)
        #expect(try await client.get("\(folder)/parts") == data)
        let error = await #expect(throws: AWSError.self) {
            try await client.copy("\(folder)/nothing", to: "\(folder)/whole")
        }
        #expect(error?.code == .notFound || error?.serviceCode == "InvalidCopySource", "\(String(describing: error))")
        #expect(try await client.get("\(folder)/whole") == data)
    }

    @Test func `A listing goes through all pages, in order, and many objects are removed at once`() async throws {
        let client = try SeaweedServer.client()
        let keys = (0..<1203).map { "\(folder)/many/\(String(format: "%05d", $0))" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for chunk in 0..<8 {
                group.addTask {
                    for key in keys[(chunk * keys.count / 8)..<((chunk + 1) * keys.count / 8)] {
                        try await client.put(key, Data("x".utf8))
                    }
                }
            }
            try await group.waitForAll()
        }
        let pages = try await client.list(prefix: "\(folder)/many/").reduce(into: [[S3Object]]()) { $0.append($1) }
        #expect(pages.count == 2)
        #expect(pages.flatMap { $0 }.map(\.key) == keys)
        try await client.delete(keys)
        #expect(try await client.list(prefix: "\(folder)/many/").reduce(into: 0) { $0 += $1.count } == 0)
    }

    @Test func `A wrong secret is refused, and no part of it is in the error`() async throws {
        let client = try SeaweedServer.client(secret: "wrong-secret")
        let error = await #expect(throws: AWSError.self) { try await client.put("\(folder)/x", Data("x".utf8)) }
        #expect(error?.code == .forbidden)
        #expect(error?.description.contains("wrong-secret") == false)
    }

    @Test func `A link that carries its signature works without credentials`() async throws {
        let client = try SeaweedServer.client()
        try await client.put("\(folder)/shared file", Data("hello".utf8))
        let link = try await client.presignedURL("\(folder)/shared file", validForSeconds: 60)
        let url = try #require(URL(string: link))
        #expect(try Data(contentsOf: url) == Data("hello".utf8))
    }

    @Test(arguments: [
        ("https://example.org/path", "campus"), ("ftp://example.org", "campus"), ("http://example.org", "campus"),
        ("https://example.org", "No Bucket"), ("https://example.org", "ab"),
    ])
    func `An address that cannot work is refused before anything is sent`(_ endpoint: String, _ bucket: String) {
        let error = #expect(throws: AWSError.self) {
            _ = try S3Configuration(bucket: bucket, endpoint: endpoint).address()
        }
        #expect(error?.code == .configuration)
    }

    @Test func `AWS is addressed by virtual host, and by path where the bucket has a dot`() throws {
        let plain = try S3Configuration(bucket: "campus", region: "eu-central-1").address()
        #expect(plain == ("https", "campus.s3.eu-central-1.amazonaws.com", ""))
        let dotted = try S3Configuration(bucket: "campus.lake").address()
        #expect(dotted == ("https", "s3.us-east-1.amazonaws.com", "/campus.lake"))
    }
}
