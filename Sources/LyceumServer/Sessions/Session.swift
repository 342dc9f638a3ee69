// One visit of somebody who signed in on a page.

import Foundation
import LyceumAccess

/// What the server knows of somebody who signed in: who they are and why they look, never their credential.
struct Session: Sendable, Hashable {
    /// Who signed in.
    let caller: Caller
    /// The purpose they declared; nil before they have, and for those who need none.
    var purpose: String?
    /// A random text that forms carry back, so that no other site can send them.
    let formToken: String
    /// When it began, since some fixed start.
    let began: Duration
    /// When it was last used, since the same start.
    var lastUse: Duration
    /// When the credential behind it ends, if it says.
    let credentialEnds: Date?
}
