// Statuses and connection faults as errors that say what to do.

import AsyncHTTPClient
import Foundation
import NIOCore

/// Turns what went wrong with an HTTP request into a ``SourceError``.
enum HTTPRefusal {
    /// The error for a status that is not a success.
    static func error(status: Int, retryAfter: Duration?, body: [UInt8], location: String) -> SourceError {
        let said = Redaction.serverText(body)
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
            isRetryable: RetryPolicy.isRetryable(.status(status, retryAfter: retryAfter))
        )
    }

    /// Classifies an error of the transport.
    ///
    /// - Throws: a ``SourceError`` where trying again cannot help.
    static func classify(
        _ error: any Error,
        limits: SourceHTTPClient.Limits,
        location: String
    ) throws -> (AttemptFailure, SourceError) {
        if let error = error as? SourceError { throw error }
        if error is NIOTooManyBytesError || String(describing: error).contains("DecompressionError") {
            throw SourceError(
                .tooLarge,
                "The answer is larger than \(limits.responseBytes) bytes, or cannot be decompressed within that.",
                location: location,
                cause: error
            )
        }
        if let fault = error as? HTTPClientError {
            let timeouts: [HTTPClientError] = [
                .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .tlsHandshakeTimeout,
                .getConnectionFromPoolTimeout,
            ]
            if timeouts.contains(fault) {
                let limit = "\(Int(limits.total.inSeconds)) s (\(fault.shortDescription))"
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
                "The server's certificate is not trusted. Use the right host name, or install the issuer's certificate "
                    + "in the system's store.",
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
