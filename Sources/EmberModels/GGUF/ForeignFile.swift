/// What a file is that should be a model, as far as its first bytes show.
enum ForeignFile {
    static let neededBytes = 64

    private static let signs: [(beginning: [UInt8], what: String)] = [
        (Array("version https://git-lfs".utf8), "a Git LFS pointer: run 'git lfs pull', or pull the file itself"),
        (Array("PK\u{3}\u{4}".utf8), "a zip archive, as PyTorch writes it: a GGUF file is needed"),
        ([0x1F, 0x8B], "compressed by gzip: unpack it"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed by zstd: unpack it"),
        (Array("ggjt".utf8.reversed()), "a GGML file of before GGUF: get the model as GGUF"),
    ]

    /// The kind of file, as text for a message; nil: no known kind begins like this.
    static func guess(_ bytes: [UInt8]) -> String? {
        if let sign = signs.first(where: { bytes.starts(with: $0.beginning) }) { return sign.what }
        // A byte order mark may come first.
        let visible = bytes.drop { $0 <= 0x20 || [0xEF, 0xBB, 0xBF].contains($0) }
        if visible.first == UInt8(ascii: "<") {
            return "a web page: the download got an error or a login in the file's place; pull it again"
        }
        if visible.first == UInt8(ascii: "{") {
            return "JSON: the download got an answer in the file's place; pull it again"
        }
        // A length of eight bytes, and JSON.
        if bytes.count > 8, bytes[8] == UInt8(ascii: "{"), bytes[6...7].allSatisfy({ $0 == 0 }) {
            return "a safetensors file: a GGUF file is needed"
        }
        return bytes.allSatisfy { $0 == 0 } ? "zeros: a download that has reserved its place and not come" : nil
    }
}
