// swift-tools-version: 6.2
import PackageDescription

// The rooms of Lyceum, in the order in which data flows; each depends only on rooms above it.
// ARCHITECTURE.md is the map.

let package = Package(
    name: "lyceum",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "lyceum", targets: ["lyceum"]),
        .library(name: "Arrow", targets: ["Arrow"]),
        .library(name: "ADBC", targets: ["ADBC"]),
        .library(name: "LyceumSearch", targets: ["LyceumSearch"]),
        .library(name: "LyceumAudit", targets: ["LyceumAudit"]),
        .library(name: "LyceumPipeline", targets: ["LyceumCore", "LyceumLake", "LyceumPipeline"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .target(name: "CArrow"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Arrow", dependencies: ["CArrow"]),
        .target(name: "ADBC", dependencies: ["Arrow", "CArrow"]),
        .target(
            name: "LyceumCore",
            dependencies: [.product(name: "Crypto", package: "swift-crypto")]
        ),
        .target(name: "LyceumSearch", resources: [.copy("Geo/gazetteer.tsv"), .copy("Model")]),
        .target(
            name: "LyceumAWS",
            dependencies: [
                "LyceumCore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
        .target(
            name: "LyceumLake",
            dependencies: [
                "ADBC", "LyceumAWS", "LyceumCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "LyceumSources",
            dependencies: [
                "ADBC", "CZlib", "LyceumCore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.copy("Contracts"), .copy("Files/Mappings")]
        ),
        .target(
            name: "LyceumAccess",
            dependencies: [
                "LyceumCore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.copy("Policy/policy.yaml")]
        ),
        .target(
            name: "LyceumPipeline",
            dependencies: [
                "ADBC", "LyceumAWS", "LyceumAccess", "LyceumCore", "LyceumLake", "LyceumSearch", "LyceumSources",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.copy("Models"), .copy("Taxonomy")]
        ),
        .target(
            name: "LyceumAudit",
            dependencies: [
                "LyceumCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "LyceumServer",
            dependencies: [
                "CZlib", "LyceumAccess", "LyceumAudit", "LyceumCore", "LyceumLake", "LyceumSearch",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Pages")]
        ),
        .target(
            name: "LyceumSandbox",
            dependencies: [
                "ADBC", "LyceumCore",
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Campus")]
        ),
        .executableTarget(
            name: "lyceum",
            dependencies: [
                "ADBC", "Arrow", "LyceumAWS", "LyceumAccess", "LyceumAudit", "LyceumCore", "LyceumLake",
                "LyceumPipeline", "LyceumSandbox", "LyceumSearch", "LyceumServer", "LyceumSources",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "lake-crashes",
            dependencies: ["LyceumCore", "LyceumLake"],
            path: "Tests/LakeCrashes"
        ),
        .executableTarget(
            name: "audit-writer",
            dependencies: ["LyceumAudit", "LyceumCore"],
            path: "Tests/AuditWriter"
        ),
        .target(name: "TestServers", path: "Tests/TestServers"),
        .target(
            name: "AWSTestServers",
            dependencies: ["LyceumAWS", "LyceumCore", "TestServers", .product(name: "Logging", package: "swift-log")],
            path: "Tests/AWSTestServers"
        ),
        .testTarget(name: "ArrowTests", dependencies: ["Arrow"]),
        .testTarget(name: "ADBCTests", dependencies: ["ADBC", "TestServers"]),
        .testTarget(name: "LyceumCoreTests", dependencies: ["LyceumCore"]),
        .testTarget(name: "LyceumSearchTests", dependencies: ["LyceumSearch"]),
        .testTarget(
            name: "LyceumAWSTests",
            dependencies: ["AWSTestServers", "LyceumAWS", .product(name: "Hummingbird", package: "hummingbird")]
        ),
        .testTarget(
            name: "LyceumLakeTests",
            dependencies: ["AWSTestServers", "LyceumAWS", "LyceumLake", "TestServers"]
        ),
        .testTarget(
            name: "LyceumSourcesTests",
            dependencies: [
                "LyceumSources", "TestServers",
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "X509", package: "swift-certificates"),
            ]
        ),
        .testTarget(
            name: "LyceumPipelineTests",
            dependencies: [
                "LyceumPipeline", "LyceumSandbox", "LyceumSearch", "TestServers",
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ]
        ),
        .testTarget(
            name: "LyceumAccessTests",
            dependencies: [
                "LyceumAccess",
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ]
        ),
        .testTarget(name: "LyceumAuditTests", dependencies: ["LyceumAudit", "LyceumCore", "audit-writer"]),
        .testTarget(
            name: "LyceumServerTests",
            dependencies: [
                "LyceumAccess", "LyceumAudit", "LyceumServer", "TestServers",
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "X509", package: "swift-certificates"),
            ]
        ),
        .testTarget(
            name: "LyceumSandboxTests",
            dependencies: [
                "LyceumSandbox", "TestServers", .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]
        ),
        .testTarget(name: "LyceumCommandTests", dependencies: ["lyceum", "LyceumAccess", "LyceumCore", "TestServers"]),
    ],
    swiftLanguageModes: [.v6]
)

// In continuous integration our own warnings, not those of dependencies, are errors.
if Context.environment["LYCEUM_STRICT"] == "1" {
    for target in package.targets where target.name != "CArrow" && target.name != "CZlib" {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}

// `LYCEUM_TESTS=LyceumLakeTests,LyceumSearchTests swift test` builds the tests of these rooms only.
if let rooms = Context.environment["LYCEUM_TESTS"]?.split(separator: ",").map(String.init), !rooms.isEmpty {
    package.targets.removeAll { $0.type == .test && !rooms.contains($0.name) }
}
