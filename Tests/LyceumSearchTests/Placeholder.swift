import Testing
@testable import LyceumSearch
