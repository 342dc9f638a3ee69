import Testing
@testable import LyceumLake
