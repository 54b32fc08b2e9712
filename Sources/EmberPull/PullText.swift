/// Amounts and durations as texts for people.
enum PullText {
    private static let units: [(name: String, bytes: Double)] = [
        ("TiB", 1_099_511_627_776), ("GiB", 1_073_741_824), ("MiB", 1_048_576), ("KiB", 1024),
    ]

    /// Such as "1.4 GiB", or "12 B".
    static func bytes(_ count: Int) -> String {
        for (name, size) in units where Double(count) >= size {
            let tenths = Int((Double(count) / size * 10).rounded())
            return "\(tenths / 10).\(tenths % 10) \(name)"
        }
        return "\(max(0, count)) B"
    }

    /// Such as "42 s", "3 min 5 s" or "2 h 10 min".
    static func duration(seconds: Double) -> String {
        let whole = Int(min(max(0, seconds.rounded(.up)), 8_640_000))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
