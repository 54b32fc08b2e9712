import Foundation

/// Pieces of HTML and SVG.
enum Markup {
    /// The text as content or as an attribute's value.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A coordinate, to a hundredth of a pixel.
    static func px(_ value: Double) -> String {
        guard abs(value) < 1e6 else { return "0" }
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }

    /// A figure for people that carries all its digits with it.
    static func figure(_ value: Double, _ text: String) -> String { "<data value=\"\(value)\">\(text)</data>" }

    /// - Parameters:
    ///   - title: what screen readers say instead of the picture.
    static func svg(width: Double, height: Double, title: String, _ content: String) -> String {
        """
        <svg viewBox="0 0 \(px(width)) \(px(height))" role="img" aria-label="\(escaped(title))">
        \(content)</svg>

        """
    }

    static func text(_ text: String, x: Double, y: Double, _ classes: String) -> String {
        "<text x=\"\(px(x))\" y=\"\(px(y))\" class=\"\(classes)\">\(escaped(text))</text>\n"
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ classes: String) -> String {
        "<line x1=\"\(px(x1))\" y1=\"\(px(y1))\" x2=\"\(px(x2))\" y2=\"\(px(y2))\" class=\"\(classes)\"/>\n"
    }

    /// A bar that says on hovering what it is; the classes go with it.
    static func bar(x: Double, y: Double, width: Double, height: Double, _ classes: String, title: String) -> String {
        "<rect x=\"\(px(x))\" y=\"\(px(y))\" width=\"\(px(max(0, width)))\" height=\"\(px(height))\" "
            + "class=\"\(classes)\"><title>\(escaped(title))</title></rect>\n"
    }

    /// A heading, a sentence and a figure.
    static func section(_ heading: String, _ sentence: String, _ content: String) -> String {
        """
        <section>
        <h2>\(escaped(heading))</h2>
        <p>\(escaped(sentence))</p>
        \(content)</section>

        """
    }

    /// - Parameter classes: those of the swatches, which the drawing has too.
    static func legend(_ items: [(name: String, classes: String)]) -> String {
        let list = items.map { "<li class=\"\($0.classes)\"><i></i>\(escaped($0.name))</li>" }
        return "<ul class=\"legend\">" + list.joined() + "</ul>\n"
    }
}
