import EmberCore
import HTTPTypes

extension ContextChoice {
    /// What the request's headers say about its context.
    init(_ headers: HTTPFields) throws(APIError) {
        if let name = headers[.selection] {
            guard let mode = SelectionMode(rawValue: name) else {
                let known = SelectionMode.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidRequest(
                    "'\(name.prefix(100))' (x-ember-selection) is no selection. Write one of \(known).",
                    param: "x-ember-selection")
            }
            self.mode = mode
        }
        if let text = headers[.examples] {
            guard let count = Int(text), (0...1000).contains(count) else {
                throw .invalidRequest(
                    "'\(text.prefix(100))' (x-ember-examples) is no number of demonstrations. Write 0 for none,"
                        + " up to 1000.",
                    param: "x-ember-examples")
            }
            examples = count
        }
        if let text = headers[.keep] {
            guard let mayBeKept = ["no": false, "yes": true][text.lowercased()] else {
                throw .invalidRequest(
                    "'\(text.prefix(100))' (x-ember-keep) is neither yes nor no. Write no, so that the request's "
                        + "conversation is not saved to disk, or leave the header out.",
                    param: "x-ember-keep")
            }
            self.mayBeKept = mayBeKept
        }
    }
}
