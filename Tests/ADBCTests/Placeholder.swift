import Testing
@testable import ADBC
