import EmberCore

/// Byte counts for people, in millions of bytes as in the estimates' arithmetic.
enum ByteText {
    static func megabytes(_ bytes: Bytes) -> String { "\((bytes.count + 500_000) / 1_000_000) MB" }
}
