import Testing
@testable import LyceumCore
