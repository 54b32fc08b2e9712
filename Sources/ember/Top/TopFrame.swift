import EmberServer
import Foundation

/// What `ember top` shows of a state: lines that fit a terminal.
struct TopFrame {
    struct Line {
        enum Tone {
            case plain, heading, faint, alarm, good
        }

        let words: String
        var tone = Tone.plain

        func text(_ style: ScreenStyle) -> String {
            guard case .coloured = style, let code else { return words }
            return "\u{1b}[\(code)m\(words)\u{1b}[0m"
        }

        private var code: String? {
            switch tone {
            case .plain: nil
            case .heading: "7"
            case .faint: "2"
            case .alarm: "31"
            case .good: "32"
            }
        }
    }

    let lines: [Line]

    private static let mostDecisions = 5
    private static let footer = Line(words: "q leaves", tone: .faint)

    /// - Parameters:
    ///   - before: an earlier state, from which rates follow; nil: there is none.
    ///   - problem: why the state is an old one; nil: it is not.
    ///   - address: where Ember listens.
    init(
        _ state: StateView, since before: StateView?, problem: String?, in size: ScreenSize, at address: String
    ) {
        var top = TopFigures(state, since: before, address).lines
        if let problem { top.append(Line(words: problem, tone: .alarm)) }
        let table = TopModels(state.models, columns: size.columns)
        let decisions = state.decisions.prefix(Self.mostDecisions).map { Line(words: $0.summary, tone: .faint) }
        // With a heading, and the last line of all.
        let room = size.lines - top.count - 2
        // Decisions have what models leave, models all if there is not room for both.
        let forDecisions = min(decisions.count, max(0, room - state.models.count - 1))
        let rows = table.rows(atMost: max(0, room - (forDecisions > 0 ? forDecisions + 1 : 0)))
        var all = top + [Line(words: table.heading, tone: .heading)] + rows
        if forDecisions > 0 { all += [Line(words: "")] + decisions.prefix(forDecisions) }
        if size.lines < .max {
            all += Array(repeating: Line(words: ""), count: max(0, size.lines - 1 - all.count))
            all = Array(all.prefix(size.lines - 1)) + [Self.footer]
        }
        lines = all.map { Line(words: Self.fitting($0, size.columns), tone: $0.tone) }
    }

    func text(_ style: ScreenStyle) -> String { lines.map { $0.text(style) + "\n" }.joined() }

    /// A heading goes to the end of its line.
    private static func fitting(_ line: Line, _ columns: Int) -> String {
        let words = Terminal.harmless(line.words).replacing("\n", with: " ").replacing("\t", with: " ")
        guard words.count <= columns else { return String(words.prefix(max(1, columns - 1))) + "…" }
        return line.tone == .heading ? words + String(repeating: " ", count: columns - words.count) : words
    }
}
