/// The storage format of a tensor (`ggml_type`): how many elements share a block and how long the block is.
public struct GGMLType: Hashable, Sendable, CustomStringConvertible {
    /// The number used in GGUF files.
    public let code: UInt32
    /// The name used by llama.cpp, in capitals.
    public let name: String
    /// Elements per block; a tensor's row length is a multiple of it.
    public let blockElements: Int
    /// Bytes per block.
    public let blockBytes: Int

    public var description: String { name }

    /// The type with a GGUF number, or nil when the number is unknown or was withdrawn.
    public init?(code: UInt32) {
        guard let type = Self.byCode[code] else { return nil }
        self = type
    }

    /// The type with a llama.cpp name, upper or lower case ("q8_0"), or nil when there is none.
    public init?(named name: String) {
        let wanted = name.uppercased()
        guard let type = Self.all.first(where: { $0.name == wanted }) else { return nil }
        self = type
    }

    private init(_ code: UInt32, _ name: String, _ blockElements: Int, _ blockBytes: Int) {
        self.code = code
        self.name = name
        self.blockElements = blockElements
        self.blockBytes = blockBytes
    }

    /// Bytes of `elements` values stored in this format, rounded up to whole blocks; nil on overflow.
    public func byteCount(elements: Int) -> Int? {
        let (padded, overflow) = elements.addingReportingOverflow(blockElements - 1)
        guard !overflow else { return nil }
        let (bytes, tooMany) = (padded / blockElements).multipliedReportingOverflow(by: blockBytes)
        return tooMany ? nil : bytes
    }

    public static let f32 = GGMLType(0, "F32", 1, 4)
    public static let f16 = GGMLType(1, "F16", 1, 2)
    public static let q8 = GGMLType(8, "Q8_0", 32, 34)

    // Block layouts as in ggml-common.h. Numbers 4, 5, 31 to 33 and 36 to 38 were withdrawn.
    private static let all: [GGMLType] = [
        f32, f16, q8,
        GGMLType(2, "Q4_0", 32, 18),
        GGMLType(3, "Q4_1", 32, 20),
        GGMLType(6, "Q5_0", 32, 22),
        GGMLType(7, "Q5_1", 32, 24),
        GGMLType(9, "Q8_1", 32, 36),
        GGMLType(10, "Q2_K", 256, 84),
        GGMLType(11, "Q3_K", 256, 110),
        GGMLType(12, "Q4_K", 256, 144),
        GGMLType(13, "Q5_K", 256, 176),
        GGMLType(14, "Q6_K", 256, 210),
        GGMLType(15, "Q8_K", 256, 292),
        GGMLType(16, "IQ2_XXS", 256, 66),
        GGMLType(17, "IQ2_XS", 256, 74),
        GGMLType(18, "IQ3_XXS", 256, 98),
        GGMLType(19, "IQ1_S", 256, 50),
        GGMLType(20, "IQ4_NL", 32, 18),
        GGMLType(21, "IQ3_S", 256, 110),
        GGMLType(22, "IQ2_S", 256, 82),
        GGMLType(23, "IQ4_XS", 256, 136),
        GGMLType(24, "I8", 1, 1),
        GGMLType(25, "I16", 1, 2),
        GGMLType(26, "I32", 1, 4),
        GGMLType(27, "I64", 1, 8),
        GGMLType(28, "F64", 1, 8),
        GGMLType(29, "IQ1_M", 256, 56),
        GGMLType(30, "BF16", 1, 2),
        GGMLType(34, "TQ1_0", 256, 54),
        GGMLType(35, "TQ2_0", 256, 66),
        GGMLType(39, "MXFP4", 32, 17),
        GGMLType(40, "NVFP4", 64, 36),
        GGMLType(41, "Q1_0", 128, 18),
        GGMLType(42, "Q2_0", 64, 18),
    ]

    private static let byCode = Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0) })
}
