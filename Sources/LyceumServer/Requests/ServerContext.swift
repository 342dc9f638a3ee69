// What travels with a request through middleware and routes.

import Hummingbird
import Logging

/// The context of one request: its identity and, once checked, whose key it came with.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The request's id; set by the outermost middleware before anything else runs.
    var requestID = ""

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}
