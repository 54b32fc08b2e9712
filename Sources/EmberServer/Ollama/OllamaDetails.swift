import EmberModels

/// A model in a few words, as Ollama's lists have them; empty where nothing is known.
struct OllamaDetails: Encodable, Equatable {
    /// The base of a variant.
    var parentModel = ""
    var format = ""
    var family = ""
    var families: [String] = []
    var parameterSize = ""
    var quantizationLevel = ""

    init(_ header: GGUFHeader?, base: String?) {
        parentModel = base ?? ""
        guard let header else { return }
        format = "gguf"
        family = header.architecture
        families = [family]
        parameterSize = Self.text(of: header.parameterCount)
        quantizationLevel =
            header.fileType.flatMap(GGUFFileType.name) ?? header.bytesByType.first?.type.name ?? "unknown"
    }

    /// A count as Ollama writes it: 134.52M, 7.6B, 70B.
    static func text(of count: Int) -> String {
        let (thousands, millions, billions) = (Double(count) / 1e3, Double(count) / 1e6, Double(count) / 1e9)
        if billions >= 1 {
            let rounded = (billions * 10).rounded() / 10
            return rounded == rounded.rounded() ? "\(Int(rounded))B" : "\(rounded)B"
        }
        if millions >= 1 {
            let rounded = (millions * 100).rounded() / 100
            return rounded == rounded.rounded() ? "\(Int(rounded))M" : "\(rounded)M"
        }
        return thousands >= 1 ? "\(Int(thousands.rounded()))K" : "\(count)"
    }
}
