import EmberSystem

#if os(Linux)
    import Foundation

    extension ProcessMemory {
        /// A process and all its descendants.
        public static func tree(root: Int32) -> [Int32] {
            // /proc/PID/task/*/children exists only in kernels built for checkpointing: the parent field always does.
            var children: [Int32: [Int32]] = [:]
            for name in kernelNames(in: "/proc") {
                guard let pid = Int32(name), let text = procText("/proc/\(name)/stat"),
                    let parent = parentPID(stat: text)
                else { continue }
                children[parent, default: []].append(pid)
            }
            return tree(root: root) { children[$0] ?? [] }
        }

        static func ofProcess(_ pid: Int32) -> Part? {
            let folder = "/proc/\(pid)"
            guard let status = procText(folder + "/status") else { return nil }
            // Of another user's process only the resident set can be seen.
            let proportional = procText(folder + "/smaps_rollup").flatMap { Self.proportional(rollup: $0) }
            guard let part = part(proportional: proportional, status: status) else { return nil }
            restartHighWater(folder)
            return part
        }

        /// From now on, the kernel's highest resident set is that of now. Where that is not allowed, it stays that of
        /// the whole life, which is no less.
        private static func restartHighWater(_ folder: String) {
            let file = open(folder + "/clear_refs", O_WRONLY | O_CLOEXEC)
            guard file >= 0 else { return }
            _ = write(file, "5", 1)
            close(file)
        }

        /// - Parameter status: /proc/PID/status.
        static func part(proportional: Int?, status: String) -> Part? {
            guard let resident = kibibytes("VmRSS", in: status) else { return nil }
            let swapped = kibibytes("VmSwap", in: status) ?? 0
            let bytes = (proportional ?? (resident + swapped)) * 1024
            // What has been swapped out since the highest resident set is counted already.
            let above = max(0, (kibibytes("VmHWM", in: status) ?? resident) - resident - swapped) * 1024
            return Part(bytes: bytes, top: bytes + above)
        }

        /// The fourth field of /proc/PID/stat; the second, a name in parentheses, may itself hold blanks and ")".
        static func parentPID(stat: String) -> Int32? {
            guard let close = stat.lastIndex(of: ")") else { return nil }
            let fields = stat[stat.index(after: close)...].split(separator: " ")
            return fields.count > 1 ? Int32(fields[1]) : nil
        }

        /// Kibibytes of /proc/PID/smaps_rollup: in memory, and swapped out.
        static func proportional(rollup: String) -> Int? {
            kibibytes("Pss", in: rollup).map { $0 + (kibibytes("SwapPss", in: rollup) ?? 0) }
        }

        private static func kibibytes(_ name: String, in text: String) -> Int? {
            for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
                return Int(line.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace).first ?? "")
            }
            return nil
        }
    }
#endif
