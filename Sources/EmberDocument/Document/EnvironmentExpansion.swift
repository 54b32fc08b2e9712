/// Expands `${env.NAME}` and `${env.NAME:-default}` after parsing, so that a variable's value cannot inject YAML.
struct EnvironmentExpansion {
    struct Failure: Error {
        let message: String
    }

    let environment: [String: String]

    /// The text with all variables replaced by their values, which are not expanded again; O(length).
    func expanded(_ text: String) throws(Failure) -> String {
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${env.") {
            result += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "}") else {
                throw Failure(message: "has \"${env.\" without \"}\"; write ${env.NAME} or ${env.NAME:-default}")
            }
            result += try value(of: rest[..<end])
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private func value(of reference: Substring) throws(Failure) -> String {
        let separator = reference.firstRange(of: ":-")
        let name = String(separator.map { reference[..<$0.lowerBound] } ?? reference)
        guard Self.isName(name) else {
            throw Failure(
                message: "\(Quotation.of(name)) is not the name of an environment variable; "
                    + "use letters, digits and underscores as in ${env.NAME}"
            )
        }
        let value = environment[name]
        if let separator {
            return value.flatMap { $0.isEmpty ? nil : $0 } ?? String(reference[separator.upperBound...])
        }
        guard let value else {
            throw Failure(
                message: "the environment variable \(name) is not set; set it or write ${env.\(name):-default}"
            )
        }
        return value
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.first, !first.isNumber else { return false }
        return name.allSatisfy { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
    }
}
