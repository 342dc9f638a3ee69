// Carries out a plan of faults in front of the web interfaces.

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// A request's context with its connection, which faults cut.
struct ConnectionContext: InitializableFromSource {
    let basic: BasicRequestContext
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        basic = BasicRequestContext(source: source)
        channel = source.channel
    }
}

/// Answers requests, those that a plan chooses with a fault.
///
/// `GET /sandbox/faults` is answered by itself, faultlessly: how many requests came and which faults they met.
struct FaultInjector: HTTPResponder {
    /// What the injector can end at the interfaces.
    struct Levers: Sendable {
        /// Makes all of Workday's access tokens invalid.
        var expireTokens: @Sendable () -> Void
        /// Ends the Tableau session.
        var killSession: @Sendable () -> Void
    }

    let plan: FaultPlan?
    let levers: Levers
    let inner: RouterResponder<BasicRequestContext>
    private let tally = FaultTally()

    init(plan: FaultPlan?, levers: Levers, inner: RouterResponder<BasicRequestContext>) {
        self.plan = plan
        self.levers = levers
        self.inner = inner
    }

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        if request.uri.path == "/sandbox/faults" { return tally.answer() }
        let number = tally.count()
        guard let draw = plan?.draw(request: number) else {
            return try await inner.respond(to: request, context: context.basic)
        }
        let amount = draw.amount
        switch draw.fault {
        case .latency:
            try await Task.sleep(for: .milliseconds(Int(amount * 500)))
            tally.met(draw.fault)
        case .tooManyRequests: return refusal(draw.fault, .tooManyRequests, retryAfter: "1")
        case .tooManyRequestsBare: return refusal(draw.fault, .tooManyRequests)
        case .internalError: return refusal(draw.fault, .internalServerError)
        case .unavailable:
            return refusal(draw.fault, .serviceUnavailable, retryAfter: Self.httpDate(Date().addingTimeInterval(1)))
        case .reset:
            tally.met(draw.fault)
            return await reset(context)
        case .expiredToken where request.uri.path.hasPrefix("/ccx/") && !request.uri.path.hasSuffix("/token"):
            tally.met(draw.fault)
            levers.expireTokens()
        case .killedSession where request.headers[.tableauAuth] != nil:
            tally.met(draw.fault)
            levers.killSession()
        case .duplicatedPage, .shiftedPage:
            return try await inner.respond(to: moved(request, draw), context: context.basic)
        case .truncated, .slow, .total, .malformedJSON, .malformedCSV:
            let answer = try await inner.respond(to: request, context: context.basic)
            return try await damaged(answer, draw, context)
        case .expiredToken, .killedSession: break
        }
        return try await inner.respond(to: request, context: context.basic)
    }

    private func refusal(_ fault: Fault, _ status: HTTPResponse.Status, retryAfter: String? = nil) -> Response {
        tally.met(fault)
        var response = Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(string: #"{"error":"the sandbox makes this fault"}"#))
        )
        if let retryAfter { response.headers[.retryAfter] = retryAfter }
        return response
    }

    /// Ends the connection with a TCP reset instead of an answer.
    private func reset(_ context: ConnectionContext) async -> Response {
        // Lingering for no time makes the kernel send RST instead of FIN.
        if let socket = context.channel as? any SocketOptionProvider {
            try? await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try? await context.channel.close().get()
        return Response(status: .serviceUnavailable)
    }

    private func moved(_ request: Request, _ draw: FaultPlan.Draw) -> Request {
        guard let path = DamagedAnswer.page(request.head.path ?? "", draw.fault, amount: draw.amount) else {
            return request
        }
        tally.met(draw.fault)
        var head = request.head
        head.path = path
        return Request(head: head, body: request.body)
    }

    private func damaged(_ answer: Response, _ draw: FaultPlan.Draw, _ context: ConnectionContext) async throws
        -> Response
    {
        let buffer = CollectedBody()
        try await answer.body.write(CollectingWriter(buffer: buffer))
        let bytes = buffer.bytes
        let type = answer.headers[.contentType] ?? ""
        var result = answer
        result.headers[.contentLength] = nil
        result.body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        guard answer.status == .ok, !bytes.isEmpty else { return result }
        switch draw.fault {
        case .truncated:
            let kept = Int(Double(bytes.count - 1) * draw.amount)
            result.body = ResponseBody(contentLength: bytes.count) { writer in
                try await writer.write(ByteBuffer(bytes: bytes.prefix(kept)))
                try await context.channel.close().get()
                throw CancellationError()
            }
        case .slow:
            let pause = Duration.milliseconds(Int(draw.amount * 100))
            result.body = ResponseBody(contentLength: bytes.count) { writer in
                let step = max(1, bytes.count / 10)
                for start in stride(from: 0, to: bytes.count, by: step) {
                    try await writer.write(ByteBuffer(bytes: bytes[start..<min(start + step, bytes.count)]))
                    try await Task.sleep(for: pause)
                }
                try await writer.finish(nil)
            }
        case .total where type.contains("json"):
            guard let other = DamagedAnswer.total(bytes, amount: draw.amount) else { return result }
            result.body = ResponseBody(byteBuffer: ByteBuffer(bytes: other))
        case .malformedJSON where type.contains("json"):
            result.body = ResponseBody(byteBuffer: ByteBuffer(bytes: DamagedAnswer.json(bytes, amount: draw.amount)))
        case .malformedCSV where type.contains("csv"):
            result.body = ResponseBody(byteBuffer: ByteBuffer(bytes: DamagedAnswer.csv(bytes, amount: draw.amount)))
        default:
            return result
        }
        tally.met(draw.fault)
        return result
    }

    private static func httpDate(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: date)
    }
}

/// Counts requests and the faults that they met.
private final class FaultTally: Sendable {
    private let state = Mutex((requests: 0, met: [Fault: Int]()))

    /// The number of this request, from 0.
    func count() -> Int {
        state.withLock { state in
            defer { state.requests += 1 }
            return state.requests
        }
    }

    func met(_ fault: Fault) {
        state.withLock { $0.met[fault, default: 0] += 1 }
    }

    /// `{"requests":12,"met":{"429":1}}`.
    func answer() -> Response {
        let (requests, met) = state.withLock { ($0.requests, $0.met) }
        let members = met.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\"\($0.key.rawValue)\":\($0.value)" }
        return Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: .init(
                byteBuffer: ByteBuffer(string: "{\"requests\":\(requests),\"met\":{\(members.joined(separator: ","))}}")
            )
        )
    }
}

/// The bytes of an answer that is not sent as it is.
private final class CollectedBody: Sendable {
    private let content = Mutex<[UInt8]>([])
    var bytes: [UInt8] { content.withLock { $0 } }
    func append(_ buffer: ByteBuffer) { content.withLock { $0 += buffer.readableBytesView } }
}

/// Takes an answer's body instead of the network.
private struct CollectingWriter: ResponseBodyWriter {
    let buffer: CollectedBody
    mutating func write(_ bytes: ByteBuffer) async throws { buffer.append(bytes) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
