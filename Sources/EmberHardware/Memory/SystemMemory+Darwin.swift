#if canImport(Darwin)
    import Darwin

    extension SystemMemory {
        static func readDarwin() -> SystemMemory? {
            guard let total = sysctlInteger("hw.memsize", UInt64.self) else { return nil }
            // The kernel's own percentage of memory that is free or can be freed without swapping.
            let percent = sysctlInteger("kern.memorystatus_level", UInt32.self) ?? 0
            return SystemMemory(totalBytes: total, availableBytes: total / 100 * min(100, percent))
        }

        private static func sysctlInteger<T: FixedWidthInteger>(_ name: String, _ type: T.Type) -> Int? {
            var value: T = 0
            var size = MemoryLayout<T>.size
            guard sysctlbyname(name, &value, &size, nil, 0) == 0 else { return nil }
            return Int(exactly: value)
        }
    }
#endif
