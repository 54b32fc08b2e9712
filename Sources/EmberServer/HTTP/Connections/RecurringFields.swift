import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Makes Hummingbird's request of a head that came over HTTP/1.
///
/// It remembers the fields of the last one. The requests of a connection have mostly the same, whose names and values
/// then need not be checked and copied again.
struct RecurringFields {
    private struct Known {
        let name: String
        var value: String
        /// nil for a name that is none: such a field is left out.
        private let fieldName: HTTPField.Name?
        let isHost: Bool
        private(set) var field: HTTPField?

        init(_ name: String, _ value: String) {
            (self.name, self.value) = (name, value)
            fieldName = HTTPField.Name(name)
            isHost = fieldName == .host
            field = fieldName.map { HTTPField(name: $0, value: value) }
        }

        mutating func take(_ value: String) {
            self.value = value
            field = fieldName.map { HTTPField(name: $0, value: value) }
        }
    }

    private var known: [Known] = []
    private var authority: String?
    private var fields = HTTPFields()

    /// More than this many bytes are not kept for an idle connection.
    private static let mostBytes = 4096

    /// - Parameter head: its target is a path.
    mutating func request(_ head: HTTPRequestHead) throws -> HTTPRequest {
        let isKept = recur(in: head.headers) || take(head.headers)
        defer { if !isKept { self = RecurringFields() } }
        return HTTPRequest(
            method: try HTTPRequest.Method(head.method), scheme: "http", authority: authority, path: head.uri,
            headerFields: fields)
    }

    private func recur(in headers: HTTPHeaders) -> Bool {
        guard !known.isEmpty, headers.count == known.count else { return false }
        var place = 0
        for (name, value) in headers {
            guard known[place].name == name, known[place].value == value else { return false }
            place += 1
        }
        return true
    }

    /// - Returns: whether they are few enough to be kept.
    private mutating func take(_ headers: HTTPHeaders) -> Bool {
        var (place, bytes) = (0, 0)
        for (name, value) in headers {
            bytes += name.utf8.count + value.utf8.count
            if place == known.count {
                known.append(Known(name, value))
            } else if known[place].name != name {
                known[place] = Known(name, value)
            } else if known[place].value != value {
                known[place].take(value)
            }
            place += 1
        }
        known.removeLast(known.count - place)
        drawUp()
        return bytes <= Self.mostBytes
    }

    /// The first Host is the request's authority, and no field; further ones are left for `PageAccess` to refuse.
    private mutating func drawUp() {
        (authority, fields) = (nil, HTTPFields())
        fields.reserveCapacity(known.count)
        for known in known {
            if known.isHost, authority == nil {
                authority = known.value
            } else if let field = known.field {
                fields.append(field)
            }
        }
    }
}
