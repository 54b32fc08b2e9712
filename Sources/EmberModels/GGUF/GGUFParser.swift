/// Parses one file's GGUF header (versions 2 and 3, little endian).
///
/// Source: the GGUF specification in the ggml repository (docs/gguf.md).
package struct GGUFParser: ~Copyable {
    /// What one file holds.
    package struct Part: Sendable {
        package let version: Int
        package let metadata: [String: GGUFValue]
        package let tensors: [GGUFTensor]
        package let fileBytes: Int
        /// Where the last tensor's data end, filled up to the alignment: what the file's length should be at most.
        package let dataEnd: Int
        package let vocabulary: VocabularyLengths?
    }

    /// Limits far above any published model; each keeps a made-up count from costing time or memory.
    static let maximumMetadataEntries = 1 << 16
    static let maximumTensors = 1 << 20
    static let maximumKeyBytes = 1 << 12
    package static let maximumKeptStringBytes = 1 << 12
    static let maximumKeptArrayElements = 1 << 12
    static let maximumDimensions = 4

    private static let magic: UInt32 = 0x4655_4747  // "GGUF", little endian
    private var reader: GGUFByteReader
    /// Where each tensor's data begin, counted from the start of the data section.
    private var dataOffsets: [Int] = []
    private var vocabulary: VocabularyLengths?
    private let longestKeptString: Int

    package init(file: String, keepingStrings longest: Int = maximumKeptStringBytes) throws(GGUFError) {
        longestKeptString = longest
        reader = try GGUFByteReader(file: file)
    }

    package mutating func parse() throws(GGUFError) -> Part {
        let version = try parseVersion()
        let tensorCount = try reader.count("number of tensors", limit: Self.maximumTensors)
        let entryCount = try reader.count("number of metadata entries", limit: Self.maximumMetadataEntries)
        let metadata = try parseMetadata(entryCount)
        let alignment = try parseAlignment(metadata)
        let tensors = try parseTensors(tensorCount, alignment: alignment)
        let dataEnd = try checkData(of: tensors, alignment: alignment)
        return Part(
            version: version, metadata: metadata, tensors: tensors, fileBytes: reader.fileBytes, dataEnd: dataEnd,
            vocabulary: vocabulary)
    }

    private mutating func parseVersion() throws(GGUFError) -> Int {
        let found = try reader.integer(UInt32.self, "the magic \"GGUF\"")
        guard found == Self.magic else {
            let guess = ForeignFile.guess(reader.beginning(ForeignFile.neededBytes)).map { " (\($0))" } ?? ""
            throw reader.failure("expected the magic \"GGUF\", found 0x\(String(found, radix: 16))\(guess)", at: 0)
        }
        let version = try reader.integer(UInt32.self, "the format version")
        guard version == 2 || version == 3 else {
            let hint = version.byteSwapped <= 3 ? " (a big-endian file)" : ""
            throw reader.failure("expected GGUF version 2 or 3, found \(version)\(hint)", at: 4, isForeign: version > 3)
        }
        return Int(version)
    }

    private func parseAlignment(_ metadata: [String: GGUFValue]) throws(GGUFError) -> Int {
        guard let value = metadata["general.alignment"] else { return 32 }
        guard case .integer(let alignment) = value, alignment > 0, alignment <= 1 << 20,
            alignment & (alignment - 1) == 0
        else { throw reader.failure("expected general.alignment to be a power of two, found \(value)") }
        return alignment
    }

    // MARK: Metadata

    private mutating func parseMetadata(_ count: Int) throws(GGUFError) -> [String: GGUFValue] {
        var metadata: [String: GGUFValue] = [:]
        for _ in 0..<count {
            let start = reader.offset
            guard let key = try reader.string("metadata key", keeping: Self.maximumKeyBytes).text else {
                throw reader.failure("expected a metadata key of at most \(Self.maximumKeyBytes) bytes", at: start)
            }
            let value = try parseValue(of: key)
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw reader.failure("expected each metadata key once, found \"\(key)\" again", at: start)
            }
        }
        return metadata
    }

    private mutating func parseValueType(of key: String) throws(GGUFError) -> GGUFValueType {
        let start = reader.offset
        let code = try reader.integer(UInt32.self, "type of \"\(key)\"")
        guard let type = GGUFValueType(rawValue: code) else {
            throw reader.failure(
                "expected a value type from 0 to 12 for \"\(key)\", found \(code)", at: start, isForeign: true)
        }
        return type
    }

    private mutating func parseValue(of key: String) throws(GGUFError) -> GGUFValue {
        let type = try parseValueType(of: key)
        switch type {
        case .string:
            let (text, length) = try reader.string("value of \"\(key)\"", keeping: longestKeptString)
            return text.map { .string($0) } ?? .longString(utf8Count: length)
        case .array: return try parseArray(of: key)
        case .bool: return .bool(try parseInteger(type, key) != 0)
        case .float32: return .real(Double(Float(bitPattern: try reader.integer(UInt32.self, "value of \"\(key)\""))))
        case .float64: return .real(Double(bitPattern: try reader.integer(UInt64.self, "value of \"\(key)\"")))
        default: return .integer(try parseInteger(type, key))
        }
    }

    private mutating func parseInteger(_ type: GGUFValueType, _ key: String) throws(GGUFError) -> Int {
        let what = "value of \"\(key)\""
        let start = reader.offset
        switch type {
        case .uint8, .bool: return Int(try reader.integer(UInt8.self, what))
        case .int8: return Int(try reader.integer(Int8.self, what))
        case .uint16: return Int(try reader.integer(UInt16.self, what))
        case .int16: return Int(try reader.integer(Int16.self, what))
        case .uint32: return Int(try reader.integer(UInt32.self, what))
        case .int32: return Int(try reader.integer(Int32.self, what))
        case .int64: return Int(try reader.integer(Int64.self, what))
        default:
            let value = try reader.integer(UInt64.self, what)
            guard let small = Int(exactly: value) else {
                throw reader.failure("expected \(what) below 2^63, found \(value)", at: start)
            }
            return small
        }
    }

    private mutating func parseArray(of key: String) throws(GGUFError) -> GGUFValue {
        let elementType = try parseValueType(of: key)
        let count = try reader.count("number of elements of \"\(key)\"", limit: reader.fileBytes)
        guard elementType != .array else {
            throw reader.failure("expected \"\(key)\" to be a flat array, found an array of arrays")
        }
        guard let size = elementType.fixedByteCount else {
            if key == "tokenizer.ggml.tokens" { return try parseVocabulary(count) }
            for _ in 0..<count { _ = try reader.string("element of \"\(key)\"", keeping: 0) }
            return .array(count: count)
        }
        guard elementType.isIntegerOrBool, count <= Self.maximumKeptArrayElements else {
            let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
            try reader.skip(overflow ? .max : bytes, "elements of \"\(key)\"")
            return .array(count: count)
        }
        var elements: [Int] = []
        for _ in 0..<count { elements.append(try parseInteger(elementType, key)) }
        return .integers(elements)
    }

    /// The tokens are only measured; of most of them only the length is read.
    private mutating func parseVocabulary(_ count: Int) throws(GGUFError) -> GGUFValue {
        var lengths = VocabularyLengths()
        for _ in 0..<count {
            let (text, bytes) = try reader.string(
                "token", longerThan: lengths.negligibleBytes, keeping: VocabularyLengths.longestRead)
            if let text {
                lengths.take(text)
            } else if bytes > VocabularyLengths.longestRead {
                lengths.takeLong(bytes: bytes)
            }
        }
        vocabulary = lengths
        return .array(count: count)
    }

    // MARK: Tensors

    private mutating func parseTensors(_ count: Int, alignment: Int) throws(GGUFError) -> [GGUFTensor] {
        var tensors: [GGUFTensor] = []
        var names: Set<String> = []
        for _ in 0..<count {
            let start = reader.offset
            let tensor = try parseTensor(alignment: alignment)
            guard names.insert(tensor.name).inserted else {
                throw reader.failure("expected each tensor once, found \"\(tensor.name)\" again", at: start)
            }
            tensors.append(tensor)
        }
        return tensors
    }

    private mutating func parseTensor(alignment: Int) throws(GGUFError) -> GGUFTensor {
        let start = reader.offset
        guard let name = try reader.string("tensor name", keeping: Self.maximumKeyBytes).text else {
            throw reader.failure("expected a tensor name of at most \(Self.maximumKeyBytes) bytes", at: start)
        }
        let dimensions = try parseDimensions(of: name)
        let type = try parseTensorType(of: name)
        var elements = 1
        for dimension in dimensions {
            let (product, overflow) = elements.multipliedReportingOverflow(by: dimension)
            guard !overflow else {
                throw reader.failure("expected tensor \"\(name)\" below 2^63 elements, found \(dimensions)", at: start)
            }
            elements = product
        }
        guard (dimensions.first ?? 1) % type.blockElements == 0, let bytes = type.byteCount(elements: elements) else {
            throw reader.failure(
                "expected rows of \(type) tensor \"\(name)\" to be multiples of \(type.blockElements), "
                    + "found \(dimensions)", at: start)
        }
        try parseDataOffset(of: name, alignment: alignment)
        return GGUFTensor(
            name: name, dimensions: dimensions, type: type, elementCount: elements, byteCount: bytes)
    }

    private mutating func parseDimensions(of name: String) throws(GGUFError) -> [Int] {
        let start = reader.offset
        let count = try reader.integer(UInt32.self, "number of dimensions of \"\(name)\"")
        guard count <= Self.maximumDimensions else {
            throw reader.failure(
                "expected at most \(Self.maximumDimensions) dimensions of \"\(name)\", found \(count)", at: start)
        }
        var dimensions: [Int] = []
        for _ in 0..<count { dimensions.append(try reader.count("dimension of \"\(name)\"", limit: .max)) }
        return dimensions
    }

    private mutating func parseTensorType(of name: String) throws(GGUFError) -> GGMLType {
        let start = reader.offset
        let code = try reader.integer(UInt32.self, "type of \"\(name)\"")
        guard let type = GGMLType(code: code) else {
            throw reader.failure(
                "expected a known tensor type for \"\(name)\", found number \(code)", at: start, isForeign: true)
        }
        return type
    }

    private mutating func parseDataOffset(of name: String, alignment: Int) throws(GGUFError) {
        let start = reader.offset
        let offset = try reader.count("data offset of \"\(name)\"", limit: .max)
        guard offset % alignment == 0 else {
            throw reader.failure(
                "expected the data offset of \"\(name)\" to be a multiple of \(alignment), found \(offset)", at: start)
        }
        dataOffsets.append(offset)
    }

    /// A download that broke off has a whole header and too few data: llama.cpp would fail later and less clearly.
    ///
    /// - Returns: where the data end, filled up to the alignment.
    private func checkData(of tensors: [GGUFTensor], alignment: Int) throws(GGUFError) -> Int {
        let dataStart = (reader.offset + alignment - 1) / alignment * alignment
        let available = reader.fileBytes - dataStart
        var last = 0
        for (tensor, offset) in zip(tensors, dataOffsets) where tensor.byteCount > 0 {
            let (end, overflow) = offset.addingReportingOverflow(tensor.byteCount)
            guard !overflow, end <= available else {
                throw reader.failure(
                    "expected \(tensor.byteCount) bytes of tensor \"\(tensor.name)\" at data offset \(offset), "
                        + "found the end of the file (\(reader.fileBytes) bytes); is the download complete?",
                    at: dataStart)
            }
            last = max(last, end)
        }
        return dataStart + (last + alignment - 1) / alignment * alignment
    }
}
