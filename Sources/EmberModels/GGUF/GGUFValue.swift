/// One metadata value of a GGUF header.
///
/// Integers of every width become `Int`; arrays that only a tokenizer needs keep nothing but their count.
public enum GGUFValue: Hashable, Sendable {
    case integer(Int)
    case real(Double)
    case bool(Bool)
    case string(String)
    /// An integer or Boolean array short enough to be a per-layer table (Booleans as 0 and 1).
    case integers([Int])
    /// An array whose elements were skipped.
    case array(count: Int)
    /// A string longer than the reader keeps (a chat template, for example).
    case longString(utf8Count: Int)
}

/// The wire types of metadata values (GGUF specification, `gguf_metadata_value_type`).
enum GGUFValueType: UInt32 {
    case uint8 = 0
    case int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// Bytes of one element; nil for strings and arrays, whose length is in the file.
    var fixedByteCount: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .string, .array: nil
        }
    }

    var isIntegerOrBool: Bool {
        switch self {
        case .float32, .float64, .string, .array: false
        default: true
        }
    }
}
