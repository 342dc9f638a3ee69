// What a connection tells of how a request came.

import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import LyceumServer

@Suite("Arrival")
struct ArrivalTests {
    private func channel() throws -> EmbeddedChannel {
        let times = ConnectionTimes(head: .seconds(60), body: .seconds(60), idle: .seconds(60))
        return EmbeddedChannel(handler: RequestGuard(times, draining: Draining()))
    }

    private func head(_ path: String, _ fields: HTTPFields = [:]) -> HTTPRequestPart {
        .head(HTTPRequest(method: .post, scheme: nil, authority: nil, path: path, headerFields: fields))
    }

    /// Everything passed on so far: each head's path with how it came, `+` for a part of a body, `.` for an end.
    private func passed(_ channel: EmbeddedChannel) throws -> [String] {
        var parts: [String] = []
        while let part = try channel.readInbound(as: HTTPRequestPart.self) {
            switch part {
            case .head(let head):
                let arrival = try #require(head.headerFields[.arrival].flatMap { Arrival($0) })
                #expect(head.headerFields[values: .arrival].count == 1)
                parts.append("\(head.path ?? "") \(arrival.isWhole ? "whole" : "begun")")
            case .body: parts.append("+")
            case .end: parts.append(".")
            }
        }
        return parts
    }

    @Test("a request whose body comes with its head is whole; one whose body does not is passed on at once, and is not")
    func whole() throws {
        let channel = try channel()
        let body = HTTPRequestPart.body(ByteBuffer(string: "{}"))
        for part in [head("/a"), body, body, .end(nil), head("/b"), .end(nil), head("/c"), body] {
            channel.pipeline.fireChannelRead(part)
        }
        #expect(try passed(channel) == ["/a whole", "+", "+", ".", "/b whole", "."])
        channel.pipeline.fireChannelReadComplete()
        #expect(try passed(channel) == ["/c begun", "+"])
        channel.pipeline.fireChannelRead(body)
        channel.pipeline.fireChannelRead(HTTPRequestPart.end(nil))
        #expect(try passed(channel) == ["+", "."])
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test("what a client says of its arrival does not count")
    func forged() throws {
        let channel = try channel()
        let forged = Arrival(.uptimeNanoseconds(1), isWhole: true).text
        channel.pipeline.fireChannelRead(head("/a", [.arrival: forged, .contentType: "application/json"]))
        channel.pipeline.fireChannelReadComplete()
        #expect(try passed(channel) == ["/a begun"])
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test("an arrival is read as it is written", arguments: [true, false])
    func text(isWhole: Bool) {
        let arrival = Arrival(.now(), isWhole: isWhole)
        #expect(Arrival(arrival.text) == arrival)
        #expect(Arrival("") == nil && Arrival("=") == nil && Arrival("-") == nil && Arrival("zz zz") == nil)
    }
}
