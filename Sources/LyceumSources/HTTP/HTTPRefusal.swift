// Statuses and connection faults as errors that say what to do.

import AsyncHTTPClient
import Foundation
import NIOCore

/// What a server answered when it refused, for connectors that know its error codes. Never shown: it may hold anything.
struct RefusedAnswer: Error, CustomStringConvertible {
    /// The status.
    var status: Int
    /// The start of the body.
    var body: [UInt8]
    /// The status only.
    var description: String { "status \(status)" }
}

/// Turns what went wrong with an HTTP request into a ``SourceError``.
enum HTTPRefusal {
    /// The error for a status that is not a success.
    ///
    /// - Parameter hidden: what must not stand in the error, should the server repeat it.
    static func error(
        status: Int,
        retryAfter: Duration?,
        body: [UInt8],
        hiding hidden: [String] = [],
        location: String
    ) -> SourceError {
        let said = Redaction.serverText(body, hiding: hidden)
        let answer = "The server answered \(status)" + (said.isEmpty ? "." : ": \(said)")
        let (code, advice): (SourceError.Code, String) =
            switch status {
            case 401: (.unauthorized, "Check the credentials in the configuration.")
            case 403: (.forbidden, "The credentials are good but may not read this: grant the account access to it.")
            case 404, 410: (.notFound, "Check the host, the tenant or site, and the resource's path and version.")
            case 408: (.timeout, "")
            case 429: (.rateLimited, "Lower requests_per_second.")
            case 300..<400:
                (.rejected, "A redirect is not followed, for it would carry the credentials away. Use the final URL.")
            case 500...: (.serverFailure, "The source failed on its own account; try later.")
            default: (.rejected, "")
            }
        let wait = retryAfter.map { " It asks to wait \(Int($0.inSeconds.rounded(.up))) s." } ?? ""
        return SourceError(
            code,
            [answer, advice].filter { !$0.isEmpty }.joined(separator: " ") + wait,
            location: location,
            isRetryable: RetryPolicy.isRetryable(.status(status, retryAfter: retryAfter)),
            cause: RefusedAnswer(status: status, body: Array(body.prefix(8_192)))
        )
    }

    /// Classifies an error of the transport.
    ///
    /// - Throws: a ``SourceError`` where trying again cannot help.
    static func classify(
        _ error: any Error,
        total: Duration,
        bytes: Int,
        location: String
    ) throws -> (AttemptFailure, SourceError) {
        if let error = error as? SourceError { throw error }
        // The decompressor's error types are not public under one name; their full names tell them.
        let kind = String(reflecting: error)
        if error is NIOTooManyBytesError || kind.hasSuffix("DecompressionError.limit") {
            throw SourceError(
                .tooLarge,
                "The answer is larger than \(bytes) bytes after decompression.",
                location: location,
                cause: error
            )
        }
        if kind.contains("DecompressionError") {
            let what = SourceError(
                .malformed,
                "The answer cannot be decompressed: it is cut short or damaged.",
                location: location,
                isRetryable: true,
                cause: error
            )
            return (.malformed, what)
        }
        if let fault = error as? HTTPClientError {
            if fault == .proxyAuthenticationRequired || fault == .invalidProxyResponse {
                throw SourceError(
                    .unreachable,
                    fault == .proxyAuthenticationRequired
                        ? "The proxy wants a user and a password: give them in HTTPS_PROXY."
                        : "The proxy refused to connect to the source. Check HTTPS_PROXY, or name the host in NO_PROXY.",
                    location: location,
                    isRetryable: false,
                    cause: error
                )
            }
            let timeouts: [HTTPClientError] = [
                .httpProxyHandshakeTimeout, .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded,
                .tlsHandshakeTimeout,
                .getConnectionFromPoolTimeout,
            ]
            if timeouts.contains(fault) {
                let limit = "\(total.inSeconds) s (\(fault.shortDescription))"
                return (.timeout, SourceError(.timeout, "No answer within \(limit).", location: location, cause: error))
            }
            if [.invalidURL, .emptyHost, .emptyScheme].contains(fault) {
                throw SourceError(.configuration, "The URL is not usable.", location: location, cause: error)
            }
        }
        let text = String(describing: error)
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("certificate") {
            throw SourceError(
                .unreachable,
                "The server's certificate is not trusted. Use the right host name, or name the issuer's certificate in "
                    + "ca_file (or install it in the system's store).",
                location: location,
                isRetryable: false,
                cause: error
            )
        }
        let isConnecting = text.contains("ConnectionError") || text.contains("refused") || text.contains("dnsA")
        let what =
            isConnecting
            ? SourceError(
                .unreachable,
                "No connection could be made. Check host, port and network.",
                location: location,
                cause: error
            )
            : SourceError(
                .interrupted,
                "The connection broke before the answer was complete.",
                location: location,
                cause: error
            )
        return (.connection, what)
    }
}
