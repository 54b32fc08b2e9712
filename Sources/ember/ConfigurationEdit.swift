import EmberConfig
import EmberSystem
import Foundation

/// A change of a configuration file: checked before it is written, and written as a whole.
struct ConfigurationEdit {
    private let file: String
    private let former: Data
    private let next: Data
    private let isPrivate: Bool
    private static let files = SystemFiles()

    /// - Parameters:
    ///   - edit: changes the text.
    ///   - expected: what the configuration must be then. A file may be written in ways that the edit does not
    ///     understand.
    init(
        _ path: String, _ options: ConfigurationOptions,
        _ edit: (inout ConfigurationText) throws(ConfigurationText.Problem) -> Void,
        expecting expected: (Configuration, Configuration) -> Bool
    ) throws {
        // Another file in the place of a link would leave the linked one as it was.
        file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        do {
            former = try Self.files.bytes(of: file)
            isPrivate = try Self.files.status(of: file).map { $0.permissions & 0o077 == 0 } ?? true
        } catch {
            throw CommandFailure("\(error)")
        }
        guard let text = String(data: former, encoding: .utf8) else { throw CommandFailure("\(path) is not UTF-8") }
        var edited = ConfigurationText(text)
        do throws(ConfigurationText.Problem) { try edit(&edited) } catch {
            throw CommandFailure("\(path) \(error). Change it yourself, then run 'ember reload'")
        }
        next = Data(edited.text.utf8)
        let (before, after): (Configuration, Configuration)
        do throws(ConfigurationError) {
            before = try options.reading(text: text, ofFile: path).reading.configuration
            after = try options.reading(text: edited.text, ofFile: path).reading.configuration
        } catch {
            throw CommandFailure("\(path) is not changed, as it would not be good:\n\(error)")
        }
        guard expected(before, after) else {
            throw CommandFailure(
                "\(path) is written in a way that this command does not understand, and is not changed: change it "
                    + "yourself, then run 'ember reload'")
        }
    }

    func write() throws { try write(next) }

    /// The server does not take it.
    func takeBack() throws { try write(former) }

    private func write(_ data: Data) throws {
        do { try Self.files.replace(file, with: data, isPrivate: isPrivate) } catch { throw CommandFailure("\(error)") }
    }
}
