// A profile that somebody posts to get recommendations for it.

import Foundation

/// The body of `POST /v1/recommendations/…`: a `student_profile`, whole or in part, with the parameters of the answer.
struct ProfileRequest: Sendable {
    /// The profile's JSON.
    let profile: Data
    let parameters: SearchParameters

    /// Reads `{"profile": {…}, "filter"?, "limit"?, "explain"?}`.
    ///
    /// - Throws: ``Problem`` 400 that names the member.
    init(json: Data, limits: ServerConfiguration.Limits) throws {
        let names = ["profile"] + RecommendationRoutes.parameters
        guard var object = try? JSONSerialization.jsonObject(with: json) as? [String: Any] else {
            throw Problem.badRequest(
                "bad-json",
                "The body is not a JSON object",
                "Send one JSON object in UTF-8, such as {\"profile\": {\"skills\": [\"Python\"]}, \"limit\": 10}."
            )
        }
        if let name = object.keys.filter({ !names.contains($0) }).min() {
            throw SearchParameters.unknown(name, known: names)
        }
        guard let profile = object.removeValue(forKey: "profile") as? [String: Any] else {
            throw Problem.badParameter("profile", "The member 'profile' must be an object, a student_profile.")
        }
        self.profile = try JSONSerialization.data(withJSONObject: profile)
        parameters = try SearchParameters(json: JSONSerialization.data(withJSONObject: object), limits: limits)
    }
}
