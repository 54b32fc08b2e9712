import EmberSystem

#if os(Linux)
    extension SystemMemory {
        /// The machine's figures, lowered by every control group on the way from this process to the root.
        static func read(procRoot: String, cgroupRoot: String) -> SystemMemory? {
            guard let meminfo = procText("\(procRoot)/meminfo"),
                let total = kibibytes("MemTotal:", in: meminfo), total > 0
            else { return nil }
            var totalBytes = total * 1024
            var availableBytes = (kibibytes("MemAvailable:", in: meminfo) ?? 0) * 1024
            for group in groups(procText("\(procRoot)/self/cgroup") ?? "", cgroupRoot: cgroupRoot) {
                guard let limit = number(group.limitFile) else { continue }
                totalBytes = min(totalBytes, limit)
                let used = (number(group.usageFile) ?? 0) - (statistic(group.cacheKey, in: group.statisticsFile) ?? 0)
                availableBytes = min(availableBytes, max(0, limit - max(0, used)))
            }
            return SystemMemory(totalBytes: totalBytes, availableBytes: availableBytes)
        }

        /// One directory of the control-group tree and the names that its version uses.
        private struct Group {
            let directory: String
            let isVersion2: Bool

            var limitFile: String { directory + (isVersion2 ? "/memory.max" : "/memory.limit_in_bytes") }
            var usageFile: String { directory + (isVersion2 ? "/memory.current" : "/memory.usage_in_bytes") }
            var statisticsFile: String { directory + "/memory.stat" }
            /// Page cache that the kernel drops first: it is counted as used, yet available.
            var cacheKey: String { isVersion2 ? "inactive_file" : "total_inactive_file" }
        }

        /// Groups from the process outwards. Inside a container the path may not exist below the mount point,
        /// which then is the container's own group; the walk ends there in any case.
        private static func groups(_ table: String, cgroupRoot: String) -> [Group] {
            var groups: [Group] = []
            for line in table.split(separator: "\n") {
                let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count == 3 else { continue }
                let isVersion2 = fields[0] == "0" && fields[1].isEmpty
                guard isVersion2 || fields[1].split(separator: ",").contains("memory") else { continue }
                let mounts = isVersion2 ? [cgroupRoot, "\(cgroupRoot)/unified"] : ["\(cgroupRoot)/memory"]
                for mount in mounts {
                    for path in ancestors(String(fields[2])) {
                        groups.append(Group(directory: mount + path, isVersion2: isVersion2))
                    }
                }
            }
            return groups
        }

        /// "/a/b" -> ["/a/b", "/a", ""].
        private static func ancestors(_ path: String) -> [String] {
            var parts = path.split(separator: "/").prefix(64)
            var paths: [String] = []
            while !parts.isEmpty {
                paths.append("/" + parts.joined(separator: "/"))
                parts.removeLast()
            }
            return paths + [""]
        }

        /// "max" (no limit) and unreadable files give nil.
        private static func number(_ file: String) -> Int? {
            procText(file).flatMap { Int($0.split(whereSeparator: \.isWhitespace).first ?? "") }
        }

        private static func kibibytes(_ key: String, in text: String) -> Int? {
            for line in text.split(separator: "\n") where line.hasPrefix(key) {
                return Int(line.dropFirst(key.count).split(separator: " ").first ?? "")
            }
            return nil
        }

        private static func statistic(_ key: String, in file: String) -> Int? {
            for line in (procText(file) ?? "").split(separator: "\n") where line.hasPrefix(key + " ") {
                return Int(line.dropFirst(key.count + 1))
            }
            return nil
        }
    }
#endif
