// What a service's refusal means.

import Foundation
import NIOCore

/// Reads errors of services that answer in XML.
enum ServiceAnswer {
    /// The error for an answer that is no success.
    static func error(_ answer: IncomingAnswer, at location: String, doing: String) -> AWSError {
        let xml = try? XMLAnswer(answer.body, at: location)
        let serviceCode = xml?.first("Code")
        let said = xml?.first("Message").map { ": \(String($0.prefix(300)))" } ?? ""
        let (code, advice): (AWSError.Code, String) =
            switch (answer.status, serviceCode) {
            case (_, "RequestTimeTooSkewed"?): (.forbidden, "set this machine's clock")
            case (301, _), (307, _), (400, "AuthorizationHeaderMalformed"?),
                (400, "IllegalLocationConstraintException"?):
                (.configuration, "the bucket is in another region: set the region it is in")
            case (401, _), (403, _): (.forbidden, "check the credentials and what their policy allows")
            case (404, _): (.notFound, "check the name")
            case (409, _), (412, _): (.conditionFailed, "someone else was first")
            case (429, _), (503, _): (.throttled, "try again later")
            case (500..., _): (.serverFailure, "try again later")
            default: (.rejected, "")
            }
        let name = serviceCode.map { " (\($0))" } ?? ""
        let tail = advice.isEmpty ? "" : "; \(advice)"
        return AWSError(
            code,
            "could not \(doing): the service answered \(answer.status)\(name)\(said)\(tail)",
            location: location,
            serviceCode: serviceCode,
            requestID: answer.headers.first(name: "x-amz-request-id") ?? xml?.first("RequestId")
        )
    }
}
