/// A text of the user's as an error message shows it: quoted, on one line, of bounded length.
package enum Quotation {
    private static let longest = 80

    package static func of(_ text: String) -> String {
        let head = String(String.UnicodeScalarView(text.unicodeScalars.prefix(longest)))
        let rest = head.unicodeScalars.count < text.unicodeScalars.count ? "…" : ""
        return "\"" + head.unicodeScalars.map(escaped).joined() + rest + "\""
    }

    /// Control and format characters could break the line or hide text in a terminal.
    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
            "\\u{\(String(scalar.value, radix: 16))}"
        default:
            String(scalar)
        }
    }
}
