import EmberConfig
import EmberCore
import EmberDocument
import Testing

@Suite struct DurationTests {
    @Test(arguments: [
        ("250ms", 0.25), ("5s", 5), ("1h30m", 5400), ("10m", 600), ("2d", 172_800), ("2.3s", 2.3), ("0s", 0),
        ("1d2h3m4s5ms", 93_784.005), ("1h 30m", 5400), ("1.5h", 5400),
    ])
    func parses(_ text: String, _ seconds: Double) throws {
        #expect(try DurationFormat.parse(text) == seconds)
    }

    @Test(arguments: [
        "", "5", "s", "-5s", "5 parsecs", "30m1h", "5s5s", "1e3s", ".5s", "5.s", "inf", "nan", "٥s", "99999999d",
        "1..5s",
    ])
    func refuses(_ text: String) {
        #expect(throws: QuantityError.self) { try DurationFormat.parse(text) }
    }

    @Test func roundTrips() throws {
        var generator = SplitMix(seed: 7)
        for _ in 0..<2000 {
            let bits = Int.random(in: 0...40, using: &generator)
            let seconds = Double(Int.random(in: 0...(1 << bits), using: &generator)) / 1000
            #expect(try DurationFormat.parse(DurationFormat.format(seconds)) == seconds)
        }
    }

    @Test(arguments: [(5400.0, "1h30m"), (0.25, "250ms"), (0.0, "0s"), (90_061.001, "1d1h1m1s1ms"), (-.infinity, "0s")])
    func formats(_ seconds: Double, _ text: String) {
        #expect(DurationFormat.format(seconds) == text)
    }
}

@Suite struct ByteTests {
    @Test(arguments: [
        ("123456", 123_456), ("600MiB", 629_145_600), ("8GiB", 8_589_934_592), ("1.5GB", 1_500_000_000), ("0", 0),
        ("1KB", 1000), ("1TB", 1_000_000_000_000), ("2 TiB", 2_199_023_255_552), ("7B", 7),
    ])
    func parses(_ text: String, _ bytes: Int) throws {
        #expect(try ByteFormat.parse(text) == bytes)
    }

    @Test(arguments: ["", "-1", "+1", "1.5", "8gb", "8G", "8GiBB", "MiB", "1MiB2KiB", "99999999TiB", "1e9", "0x10"])
    func refuses(_ text: String) {
        #expect(throws: QuantityError.self) { try ByteFormat.parse(text) }
    }

    @Test func explainsUnclearUnits() {
        #expect(throws: QuantityError("has an unclear unit; GiB counts in powers of 1024, GB of 1000")) {
            try ByteFormat.parse("8gb")
        }
    }

    @Test func roundTrips() throws {
        var generator = SplitMix(seed: 11)
        for _ in 0..<2000 {
            let bytes = Int.random(in: 0...(1 << Int.random(in: 0...20, using: &generator)), using: &generator)
            let scaled = bytes << Int.random(in: 0...40, using: &generator)
            #expect(try ByteFormat.parse(ByteFormat.format(scaled)) == scaled)
        }
        #expect(try ByteFormat.parse(ByteFormat.format(.max)) == .max)
    }

    @Test(arguments: [(1023, "1023B"), (1536, "1.5KiB"), (1_503_238_554, "1.4GiB"), (0, "0B")])
    func approximates(_ bytes: Int, _ text: String) {
        #expect(ByteFormat.approximate(bytes) == text)
    }
}

@Suite struct BudgetTests {
    @Test(arguments: [
        ("60%", MemoryBudget.share(0.6)), ("100%", .share(1)), ("12.5%", .share(0.125)),
        ("600MiB", .bytes(629_145_600)),
        ("123456", .bytes(123_456)),
    ])
    func parsesAndRoundTrips(_ text: String, _ budget: MemoryBudget) throws {
        #expect(try MemoryBudget.parse(text) == budget)
        #expect(try MemoryBudget.parse(budget.text) == budget)
    }

    @Test(arguments: ["0%", "101%", "-5%", "%", "60 percent", "0", "0MiB", "", "0.6"])
    func refuses(_ text: String) {
        #expect(throws: QuantityError.self) { try MemoryBudget.parse(text) }
    }

    @Test func everyWholePercentRoundTrips() throws {
        for percent in 1...100 {
            #expect(ShareFormat.format(try ShareFormat.parse("\(percent)%")) == "\(percent)%")
        }
    }
}

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:11500", ListenAddress.tcp(host: "127.0.0.1", port: 11_500), true),
        ("localhost:0", .tcp(host: "localhost", port: 0), true), ("[::1]:80", .tcp(host: "::1", port: 80), true),
        ("127.8.9.1:1", .tcp(host: "127.8.9.1", port: 1), true), ("0.0.0.0:80", .tcp(host: "0.0.0.0", port: 80), false),
        ("127.example.com:80", .tcp(host: "127.example.com", port: 80), false),
        ("[::]:80", .tcp(host: "::", port: 80), false), ("unix:/run/e.sock", .unix(path: "/run/e.sock"), true),
    ])
    func parsesAndRoundTrips(_ text: String, _ address: ListenAddress, _ isLocal: Bool) throws {
        #expect(try ListenAddress.parse(text) == address)
        #expect(address.text == text)
        #expect(address.isLocal == isLocal)
    }

    @Test(arguments: [
        "", ":80", "host", "host:", "host:65536", "host:-1", "host:+1", "::1:80", "unix:e.sock", "a b:80",
    ])
    func refuses(_ text: String) {
        #expect(throws: QuantityError.self) { try ListenAddress.parse(text) }
    }

    @Test func refusesSocketPathsTheKernelCannotBind() {
        let path = "unix:/" + String(repeating: "a", count: 103)
        #expect(throws: QuantityError.self) { try ListenAddress.parse(path) }
    }
}
