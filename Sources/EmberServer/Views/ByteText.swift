import EmberCore

/// Byte counts for people.
enum ByteText {
    static func mebibytes(_ bytes: Bytes) -> String { "\((bytes.count + (1 << 19)) >> 20) MiB" }
}
