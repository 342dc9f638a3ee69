// What travels with a request through middleware and routes.

import Hummingbird
import Logging
import LyceumAccess
import NIOCore
import Synchronization

/// The context of one request: its identity, when it came, and, once checked, who asks and what they may do.
struct ServerContext: RequestContext, RemoteAddressRequestContext {
    /// A note that routes make and the outermost layer reads, although contexts are copied on the way.
    private final class Note: Sendable {
        let callerID = Mutex<String?>(nil)
    }

    var coreContext: CoreRequestContextStorage
    /// Where the request comes from.
    let remoteAddress: SocketAddress?
    /// The request's id; set by the outermost middleware before anything else runs.
    var requestID = ""
    /// The trace that the request is part of; set with the id.
    var trace = TraceContext()
    /// When and how the request came.
    var arrival: Arrival
    /// The client's address as told by proxies that are believed; nil where there are none.
    var forwardedAddress: String?
    /// Whether the request was a `HEAD`; routes see a `GET`.
    var isHead = false
    /// Who asks, once the credential has been checked.
    var caller: Caller? {
        didSet { note.callerID.withLock { $0 = caller?.id } }
    }
    /// What the caller may do in the collection that the route is about.
    var access: Access?
    private let note = Note()

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
        arrival = Arrival(.now(), isWhole: false)
    }

    /// The caller's id, `key:<id>` or `oidc:<subject>`, for the access log; nil until a route has found out.
    var callerID: String? { note.callerID.withLock { $0 } }

    /// The caller's address without the port, by which failed attempts are counted.
    var address: String { forwardedAddress ?? peerAddress }

    /// The address at the other end of the connection.
    var peerAddress: String { remoteAddress?.ipAddress ?? "local" }

    /// The id in the path, if there is one that could be.
    var pathID: String? {
        guard let id = try? QueryString.decodedSegment(parameters.get("id") ?? ""), (1...512).contains(id.utf8.count)
        else { return nil }
        return id
    }

    /// What the route may do.
    ///
    /// - Throws: ``Problem`` 403 on a route that no policy was asked about, which then shows nothing.
    func granted() throws -> Access {
        guard let access else { throw Problem.forbidden }
        return access
    }
}
