import Foundation
import Logging

/// A line of the log as an object of JSON, in the order of time, level, logger, message, and what goes with it by name.
struct LogLine {
    let text: String

    /// Names that what goes with a message does not take: there they get an underscore.
    private static let reserved: Set<String> = ["time", "level", "logger", "message"]

    init(_ event: LogEvent, label: String, at date: Date) {
        let time = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        var fields = [
            ("time", Self.quoted(time)), ("level", Self.quoted(event.level.rawValue)), ("logger", Self.quoted(label)),
            ("message", Self.quoted("\(event.message)")),
        ]
        for (name, value) in (event.metadata ?? [:]).sorted(by: { $0.key < $1.key }) {
            let text = "\(value)"
            fields.append(
                (
                    Self.reserved.contains(name) ? name + "_" : name,
                    Self.isNumber(name) && Double(text) != nil ? text : Self.quoted(text)
                ))
        }
        text = "{" + fields.map { "\(Self.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    }

    /// Names tell what is a number: a model may be called 7.
    private static func isNumber(_ name: String) -> Bool {
        name == "status" || name == "seconds" || name.hasSuffix("_seconds") || name.hasSuffix("_tokens")
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case _ where scalar.value < 0x20: quoted += String(format: "\\u%04x", scalar.value)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
