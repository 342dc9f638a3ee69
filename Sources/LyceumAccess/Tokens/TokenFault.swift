// Why a token is not good. For the operator's log: the caller gets one answer to all of them.

/// What is wrong with a token, without any of its contents.
enum TokenFault: String, Error {
    /// Over 8 KiB.
    case tooLong = "too long"
    /// Not three parts of base64url with JSON in the first two.
    case malformed
    /// Signed by an algorithm that is not configured.
    case algorithm = "algorithm not allowed"
    /// Its header asks for an extension, and we have none.
    case critical = "critical extension"
    /// Its header says that it is not a token of this kind.
    case type = "wrong type"
    /// It names no key, and the provider has several.
    case keyNotNamed = "names no key"
    /// The provider has no such key.
    case unknownKey = "unknown key"
    /// The signature is not the key's.
    case signature = "bad signature"
    /// Another provider's.
    case issuer = "wrong issuer"
    /// Made out to another service.
    case audience = "wrong audience"
    /// Past `exp`, or without one.
    case expired
    /// Before `nbf`, or made in the future.
    case notYetValid = "not yet valid"
    /// No usable `sub`.
    case subject = "no sub"
    /// None of its groups has a role here.
    case noRole = "no role"
    /// Its groups have different roles here.
    case severalRoles = "several roles"
    /// It does not say whose the role is.
    case noSubjectOfRole = "no subject of the role"
}
