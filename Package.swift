// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "ember",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "ember", targets: ["ember"]),
        .executable(name: "ember-guard", targets: ["ember-guard"]),
        .library(name: "EmberCore", targets: ["EmberCore"]),
        // For the package in Fuzz.
        .library(
            name: "EmberParts",
            targets: [
                "EmberConfig", "EmberContext", "EmberCore", "EmberDocument", "EmberEngine", "EmberHardware",
                "EmberMetrics", "EmberModels",
                "EmberNetwork", "EmberPull", "EmberServer", "EmberSim", "EmberStore", "EmberSystem",
            ]),
        // A stand-in for NVIDIA's management library, loaded by tests with dlopen.
        .library(name: "FakeNVML", type: .dynamic, targets: ["FakeNVML"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .target(name: "EmberCore", swiftSettings: strict),
        .target(
            name: "EmberDocument",
            dependencies: ["EmberCore", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict
        ),
        .target(
            name: "EmberConfig", dependencies: ["EmberCore", "EmberDocument", "EmberSystem"], swiftSettings: strict),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "EmberSim",
            dependencies: [
                "CZlib", "EmberCore", "EmberDocument", "EmberSystem",
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            resources: [.embedInCode("Scenarios")],
            swiftSettings: strict
        ),
        .target(
            name: "EmberSystem",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "EmberMetrics", dependencies: [.product(name: "CoreMetrics", package: "swift-metrics")],
            swiftSettings: strict),
        .target(name: "EmberModels", dependencies: ["EmberCore", "EmberSystem"], swiftSettings: strict),
        .target(name: "EmberHardware", dependencies: ["EmberCore", "EmberSystem"], swiftSettings: strict),
        .target(
            name: "EmberNetwork",
            dependencies: [
                "EmberCore", "EmberSystem",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "EmberPull",
            dependencies: [
                "EmberModels", "EmberNetwork", "EmberSystem",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "EmberEngine",
            dependencies: [
                "EmberCore", "EmberModels", "EmberNetwork", "EmberSystem",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "EmberStore",
            dependencies: ["EmberCore", "EmberDocument", "EmberSystem", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict
        ),
        .target(
            name: "EmberContext",
            dependencies: [
                "EmberCore", "EmberStore", "EmberSystem", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(name: "EmberPage", resources: [.embedInCode("Files")], swiftSettings: strict),
        .target(
            name: "EmberServer",
            dependencies: [
                "CZlib", "EmberCore", "EmberDocument", "EmberConfig", "EmberContext", "EmberEngine", "EmberHardware",
                "EmberMetrics", "EmberModels", "EmberNetwork", "EmberPage", "EmberStore", "EmberSystem",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ember",
            dependencies: [
                "EmberCore", "EmberDocument", "EmberConfig", "EmberEngine", "EmberHardware", "EmberModels",
                "EmberNetwork",
                "EmberPull", "EmberServer", "EmberSim", "EmberStore", "EmberSystem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(name: "ember-guard"),
        .executableTarget(
            name: "bare-pass-through",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            path: "Benchmarks/BarePassThrough",
            swiftSettings: strict
        ),
        .target(name: "BenchmarkSupport", path: "Benchmarks/Support", swiftSettings: strict),
        .executableTarget(
            name: "planner-bench",
            dependencies: ["EmberCore", "BenchmarkSupport"],
            path: "Benchmarks/Planner",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "store-bench",
            dependencies: ["EmberStore", "EmberCore", "BenchmarkSupport"],
            path: "Benchmarks/Store",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "states-bench",
            dependencies: [
                "EmberServer", "EmberContext", "EmberCore", "EmberSystem", "BenchmarkSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/States",
            swiftSettings: strict
        ),
        // Writes to a store until a test kills it.
        .executableTarget(
            name: "store-crash-helper",
            dependencies: ["EmberStore", "EmberCore"],
            path: "Tests/StoreCrashHelper",
            swiftSettings: strict
        ),
        .target(name: "FakeNVML", path: "Tests/FakeNVML"),
        .testTarget(name: "EmberCoreTests", dependencies: ["EmberCore"], swiftSettings: strict),
        .testTarget(
            name: "EmberConfigTests",
            dependencies: ["EmberConfig", "EmberDocument", "EmberCore", "EmberSystem"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EmberSimTests",
            dependencies: ["EmberSim", "EmberDocument", "EmberCore", "EmberSystem"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        // Made-up model files and folders that go with a test, for several of the targets below.
        .target(
            name: "EmberTestSupport", dependencies: ["EmberSystem"], path: "Tests/EmberTestSupport",
            swiftSettings: strict),
        .testTarget(
            name: "EmberSystemTests", dependencies: ["EmberSystem", "EmberTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "EmberMetricsTests",
            dependencies: ["EmberMetrics", .product(name: "CoreMetrics", package: "swift-metrics")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EmberModelsTests", dependencies: ["EmberModels", "EmberSystem", "EmberTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EmberHardwareTests",
            dependencies: ["EmberHardware", "EmberCore", "EmberSystem", "EmberTestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EmberNetworkTests",
            dependencies: [
                "EmberNetwork", "EmberCore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EmberPullTests",
            dependencies: [
                "EmberPull", "EmberModels", "EmberNetwork", "EmberSystem", "EmberTestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EmberEngineTests",
            dependencies: [
                "EmberEngine", "EmberCore", "EmberModels", "EmberSystem", "EmberTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EmberStoreTests",
            dependencies: [
                "EmberStore", "EmberCore", "store-crash-helper", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EmberContextTests", dependencies: ["EmberContext", "EmberStore", "EmberCore"], swiftSettings: strict
        ),
        .testTarget(
            name: "EmberServerTests",
            dependencies: [
                "EmberServer", "EmberCore", "EmberConfig", "EmberContext", "EmberEngine", "EmberHardware",
                "EmberMetrics", "EmberModels",
                "EmberNetwork", "EmberSim", "EmberStore", "EmberSystem", "EmberTestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
    ]
)
