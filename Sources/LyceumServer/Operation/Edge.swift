// What the outermost layer works with beside the routes.

import Foundation

/// The parts of the edge, made once for a server.
struct Edge: Sendable {
    /// Lets requests in.
    let admission: Admission
    /// Whether the server is on its way out.
    let draining: Draining
    /// Compresses answers.
    let compression: Compression
    /// Which other sites may call the API.
    let cors: CORSPolicy?
    /// The value of `Strict-Transport-Security`, with TLS only.
    let strictTransport: String?

    init(_ configuration: ServerConfiguration) {
        admission = Admission(limits: configuration.limits)
        draining = Draining()
        compression = Compression()
        cors = configuration.cors
        // A year. Other hosts below this one's name are not ours to decide about.
        strictTransport = configuration.tls == nil ? nil : "max-age=31536000"
    }
}
