import Testing
@testable import LyceumPipeline
