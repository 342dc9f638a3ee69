import Testing
@testable import LyceumServer
