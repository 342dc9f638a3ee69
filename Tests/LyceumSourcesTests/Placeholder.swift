import Testing
@testable import LyceumSources
