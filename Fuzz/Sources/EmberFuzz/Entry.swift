import Foundation

/// What libFuzzer calls with each input. The target is the one that EMBER_FUZZ_TARGET names.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    autoreleasing { chosen(UnsafeBufferPointer(start: data, count: count)) }
    return 0
}

private let chosen: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["EMBER_FUZZ_TARGET"] ?? ""
    guard let target = fuzzTargets[name] else {
        let known = fuzzTargets.keys.sorted().joined(separator: " ")
        FileHandle.standardError.write(Data("EMBER_FUZZ_TARGET must name one of: \(known)\n".utf8))
        exit(2)
    }
    return target
}()

#if canImport(Darwin)
    private func autoreleasing(_ work: () -> Void) { autoreleasepool(invoking: work) }
#else
    private func autoreleasing(_ work: () -> Void) { work() }
#endif
