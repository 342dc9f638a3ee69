import Testing
@testable import Arrow
