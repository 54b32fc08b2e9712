#if canImport(Darwin)
    import Darwin

    extension SystemMemory {
        static func readDarwin() -> SystemMemory? {
            guard let total = sysctlInteger("hw.memsize") else { return nil }
            var statistics = vm_statistics64()
            var count = mach_msg_type_number_t(
                MemoryLayout<vm_statistics64>.size / MemoryLayout<integer_t>.size)
            let host = mach_host_self()
            defer { mach_port_deallocate(mach_task_self_, host) }
            let result = withUnsafeMutablePointer(to: &statistics) { pointer in
                pointer.withMemoryRebound(to: integer_t.self, capacity: Int(count)) {
                    host_statistics64(host, HOST_VM_INFO64, $0, &count)
                }
            }
            guard result == KERN_SUCCESS else { return nil }
            let pages =
                Int(statistics.free_count) + Int(statistics.inactive_count) + Int(statistics.purgeable_count)
            return SystemMemory(totalBytes: total, availableBytes: min(total, pages * Int(sysconf(_SC_PAGESIZE))))
        }

        private static func sysctlInteger(_ name: String) -> Int? {
            var value: UInt64 = 0
            var size = MemoryLayout<UInt64>.size
            guard sysctlbyname(name, &value, &size, nil, 0) == 0 else { return nil }
            return Int(exactly: value)
        }
    }
#endif
