// What can be wrong with a policy, or with the purpose of a request.

extension AccessError.Code {
    /// A policy file that cannot be used.
    public static let invalidPolicy = Self(description: "invalid_policy")
    /// A request for personal data that declares no purpose (400).
    public static let purposeRequired = Self(description: "purpose_required")
    /// A declared purpose that the caller's role does not have (403).
    public static let purposeRefused = Self(description: "purpose_refused")
}
