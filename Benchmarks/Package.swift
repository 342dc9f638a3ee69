// swift-tools-version: 6.1
import PackageDescription

// Benchmarks, apart from the product so that nobody builds them who does not measure. Each prints JSON lines with a
// ratio against a named peer measured in the same run.

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "lyceum", path: ".."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        .executableTarget(
            name: "adbc-stream",
            dependencies: [.product(name: "ADBC", package: "lyceum"), .product(name: "Arrow", package: "lyceum")],
            path: "adbc",
            exclude: ["peer.py"]
        ),
        .executableTarget(
            name: "audit-bench",
            dependencies: [.product(name: "LyceumAudit", package: "lyceum")],
            path: "audit"
        ),
        .executableTarget(
            name: "lake-bench",
            dependencies: [
                .product(name: "ADBC", package: "lyceum"), .product(name: "Arrow", package: "lyceum"),
                .product(name: "LyceumPipeline", package: "lyceum"),
            ],
            path: "lake"
        ),
        .target(name: "allocations", path: "allocations"),
        .executableTarget(
            name: "search-bench",
            dependencies: ["allocations", .product(name: "LyceumSearch", package: "lyceum")],
            path: "search",
            exclude: ["bench.py", "data.py", "peer.py"]
        ),
        .executableTarget(
            name: "search-soak",
            dependencies: [.product(name: "LyceumSearch", package: "lyceum")],
            path: "soak"
        ),
        .executableTarget(
            name: "load-generator",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "load",
            exclude: ["mix.lua"]
        ),
        .executableTarget(
            name: "relevance",
            dependencies: [.product(name: "LyceumSearch", package: "lyceum")],
            path: "relevance",
            exclude: ["floors.json", "relevance.py", "requirements.txt", "sets.py"]
        ),
    ],
    swiftLanguageModes: [.v6]
)
