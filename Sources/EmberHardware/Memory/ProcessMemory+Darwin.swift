#if canImport(Darwin)
    import Darwin

    extension ProcessMemory {
        /// A process and all its descendants.
        public static func tree(root: Int32) -> [Int32] {
            tree(root: root) { parent in
                let expected = proc_listchildpids(parent, nil, 0)
                guard expected > 0 else { return [] }
                // Room for children that start between the two calls.
                var pids = [Int32](repeating: 0, count: Int(expected) + 16)
                let bytes = Int32(pids.count * MemoryLayout<Int32>.stride)
                let count = proc_listchildpids(parent, &pids, bytes)
                return pids.prefix(max(0, Int(count))).filter { $0 > 0 }
            }
        }

        static func ofProcess(_ pid: Int32) -> Part? {
            var usage = rusage_info_v4()
            let result = withUnsafeMutablePointer(to: &usage) { pointer in
                pointer.withMemoryRebound(to: rusage_info_t?.self, capacity: 1) {
                    proc_pid_rusage(pid, RUSAGE_INFO_V4, $0)
                }
            }
            guard result == 0 else { return nil }
            return Part(bytes: Int(usage.ri_phys_footprint), top: Int(usage.ri_phys_footprint))
        }
    }
#endif
