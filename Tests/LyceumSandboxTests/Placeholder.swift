import Testing
@testable import LyceumSandbox
