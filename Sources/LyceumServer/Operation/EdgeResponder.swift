// The first and the last to see a request and its answer.

import HTTPTypes
import Hummingbird
import LyceumAccess

/// Turns what came over the wire into what routes know: the time of arrival into the context, and `HEAD` into `GET`, whose
/// answer then loses its body.
///
/// A `HEAD` that is answered by the whole way of a `GET` has the same headers, whatever made them (RFC 9110, section 9.3.2).
struct EdgeResponder<Inner: HTTPResponder>: HTTPResponder where Inner.Context == ServerContext {
    let inner: Inner
    let proxies: AddressBlocks

    init(inner: Inner, proxies: AddressBlocks = AddressBlocks()) {
        self.inner = inner
        self.proxies = proxies
    }

    func respond(to request: Request, context: ServerContext) async throws -> Response {
        var context = context
        var head = request.head
        if let text = head.headerFields[.arrival] {
            if let arrival = Arrival(text) { context.arrival = arrival }
            head.headerFields[.arrival] = nil
        }
        if !proxies.isEmpty {
            let forwarded = head.headerFields[values: .xForwardedFor]
            context.forwardedAddress = proxies.client(peer: context.peerAddress, forwarded: forwarded)
        }
        context.isHead = head.method == .head
        if context.isHead { head.method = .get }
        let response = try await inner.respond(to: Request(head: head, body: request.body), context: context)
        return context.isHead ? response.createHeadResponse() : response
    }
}
