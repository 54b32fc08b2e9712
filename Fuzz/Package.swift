// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that Ember's build knows nothing of fuzzing. `make fuzz` builds it; docs/testing.md says more.
let package = Package(
    name: "ember-fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "ember", path: ".."),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // libFuzzer brings the main function, so no file here has one.
        .executableTarget(
            name: "EmberFuzz",
            dependencies: [
                .product(name: "EmberParts", package: "ember"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)]
        )
    ]
)
