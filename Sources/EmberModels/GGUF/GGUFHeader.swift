import Foundation

/// What a GGUF model file says about itself: metadata and tensor table, without the weights.
public struct GGUFHeader: Sendable {
    /// The path that was read (the first part of a split model).
    public let file: String
    /// GGUF format version, 2 or 3.
    public let version: Int
    /// Metadata by key; tokenizer tables are only counted.
    public let metadata: [String: GGUFValue]
    /// Tensors of all parts.
    public let tensors: [GGUFTensor]
    /// Number of files of the model: 1, or the parts of a split model.
    public let partCount: Int
    /// Length of all files together, in bytes.
    public let fileBytes: Int
    /// "llama", "bert", "clip" ...
    public let architecture: String
    /// How long the tokens are; nil: the file has none.
    let vocabulary: VocabularyLengths?

    /// Reads the header of `file`, and of its further parts when the model is split.
    ///
    /// Reads some tens of kilobytes up to some megabytes (tokenizer), never the weights; blocks while reading.
    /// - Throws: `GGUFError` when a file is missing, broken, cut short, or not the first part of its model.
    public static func read(file: String) throws(GGUFError) -> GGUFHeader {
        try read(file: file, keepingStrings: GGUFParser.maximumKeptStringBytes)
    }

    /// The same, with strings of up to `longest` bytes: a chat template has some thousand.
    public static func read(file: String, keepingStrings longest: Int) throws(GGUFError) -> GGUFHeader {
        var parser = try GGUFParser(file: file, keepingStrings: longest)
        let first = try parser.parse()
        guard case .string(let architecture)? = first.metadata["general.architecture"] else {
            throw GGUFError(file: file, offset: nil, problem: "expected the metadata key general.architecture")
        }
        let others = try GGUFSplit.otherParts(of: file, metadata: first.metadata)
        let tensors = try joined(first.tensors + others.flatMap(\.tensors), file: file)
        return GGUFHeader(
            file: file, version: first.version, metadata: first.metadata,
            tensors: tensors,
            partCount: 1 + others.count,
            fileBytes: others.reduce(first.fileBytes) { $0 + $1.fileBytes },
            architecture: architecture, vocabulary: first.vocabulary)
    }

    /// Checks that the sums over all tensors fit an `Int`: tensors of a made-up file may overlap.
    private static func joined(_ tensors: [GGUFTensor], file: String) throws(GGUFError) -> [GGUFTensor] {
        var elements = 0
        var bytes = 0
        for tensor in tensors {
            let (moreElements, elementOverflow) = elements.addingReportingOverflow(tensor.elementCount)
            let (moreBytes, byteOverflow) = bytes.addingReportingOverflow(tensor.byteCount)
            guard !elementOverflow, !byteOverflow else {
                throw GGUFError(file: file, offset: nil, problem: "expected fewer than 2^63 parameters in all tensors")
            }
            (elements, bytes) = (moreElements, moreBytes)
        }
        return tensors
    }
}

extension GGUFHeader {
    /// Bytes of all tensors.
    public var weightBytes: Int { tensors.reduce(0) { $0 + $1.byteCount } }

    /// Number of parameters: elements of all tensors.
    public var parameterCount: Int { tensors.reduce(0) { $0 + $1.elementCount } }

    /// Bytes of the tensors of each type, largest first (ties by name).
    public var bytesByType: [(type: GGMLType, bytes: Int)] {
        var sums: [GGMLType: Int] = [:]
        for tensor in tensors { sums[tensor.type, default: 0] += tensor.byteCount }
        return sums.map { (type: $0.key, bytes: $0.value) }
            .sorted { ($1.bytes, $0.type.name) < ($0.bytes, $1.type.name) }
    }

    /// The tensor of that name, or nil; linear in the number of tensors.
    public func tensor(named name: String) -> GGUFTensor? { tensors.first { $0.name == name } }
}
