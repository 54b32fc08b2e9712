#if os(Linux)
    import Foundation

    extension ProcessMemory {
        static func tree(root: Int32) -> [Int32] {
            // /proc/PID/task/*/children exists only in kernels built for checkpointing: the parent field always does.
            var children: [Int32: [Int32]] = [:]
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
                guard let pid = Int32(name), let text = procText("/proc/\(name)/stat"),
                    let parent = parentPID(stat: text)
                else { continue }
                children[parent, default: []].append(pid)
            }
            return tree(root: root) { children[$0] ?? [] }
        }

        static func bytesOfProcess(_ pid: Int32) -> Int? {
            if let text = procText("/proc/\(pid)/smaps_rollup"), let kibibytes = proportionalKibibytes(rollup: text) {
                return kibibytes * 1024
            }
            guard let text = procText("/proc/\(pid)/statm") else { return nil }
            let fields = text.split(separator: " ")
            guard fields.count > 1, let pages = Int(fields[1]), pages > 0 else { return nil }
            return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        }

        /// The fourth field of /proc/PID/stat; the second, a name in parentheses, may itself hold blanks and ")".
        static func parentPID(stat: String) -> Int32? {
            guard let close = stat.lastIndex(of: ")") else { return nil }
            let fields = stat[stat.index(after: close)...].split(separator: " ")
            return fields.count > 1 ? Int32(fields[1]) : nil
        }

        static func proportionalKibibytes(rollup: String) -> Int? {
            for line in rollup.split(separator: "\n") where line.hasPrefix("Pss:") {
                return Int(line.dropFirst(4).split(separator: " ").first ?? "")
            }
            return nil
        }
    }
#endif
