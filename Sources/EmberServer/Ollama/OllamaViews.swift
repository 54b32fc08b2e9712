import EmberModels

/// /api/tags.
struct OllamaTags: Encodable {
    let models: [Entry]

    struct Entry: Encodable {
        let name: String
        let model: String
        let modifiedAt: String
        let size: Int
        let digest: String
        let details: OllamaDetails
        let capabilities: [String]
    }
}

/// /api/ps: what is in memory.
struct OllamaResidents: Encodable {
    let models: [Entry]

    struct Entry: Encodable {
        let name: String
        let model: String
        let size: Int
        let digest: String
        let details: OllamaDetails
        let expiresAt: String
        let sizeVram: Int
        let contextLength: Int
    }
}

/// /api/show.
struct OllamaModelView: Encodable {
    let modelfile: String
    let parameters: String
    let template: String
    let license: String?
    let details: OllamaDetails
    /// What the file's header says, by its own keys.
    let modelInfo: [String: OllamaInfo]
    let capabilities: [String]
    let modifiedAt: String
}

/// A value of a file's header. Tables and long texts are left out, as Ollama does.
struct OllamaInfo: Encodable {
    let value: GGUFValue

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch value {
        case .integer(let number): try container.encode(number)
        case .real(let number): try container.encode(number)
        case .bool(let bool): try container.encode(bool)
        case .string(let text): try container.encode(text)
        case .integers(let numbers): try container.encode(numbers)
        case .array, .longString: try container.encodeNil()
        }
    }
}
