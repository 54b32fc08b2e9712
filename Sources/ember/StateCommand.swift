import ArgumentParser
import EmberServer
import Foundation

struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Back up what Ember remembers, restore it, or move it to another machine.",
        discussion: """
            The state folder is $EMBER_STATE, else ~/.local/state/ember. Run these as the user that Ember runs as. To move \
            to another machine, in one command:

              ember state backup - | ssh HOST ember state restore -
            """,
        subcommands: [StateBackupCommand.self, StateRestoreCommand.self])
}

struct StateBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write all that Ember remembers into one file, also while it runs.",
        discussion: """
            Demonstrations with their feedback, what was spent, measured memory, and recorded runs. The file is a tar with \
            checksums, for its owner alone; it is there once it is whole. Saved KV states are not in it: they can be computed \
            again. Nor is the configuration.
            """)

    @Argument(help: "The file to make; - for the standard output.", completion: .file(extensions: ["tar"])) var file:
        String

    func run() async throws {
        let folder = ConfigurationOptions.folders.state
        let interrupts = Interrupts { [file] in
            for half in StateBackup.halves(of: file) { unlink(half) }
            _exit(130)
        }
        defer { interrupts.stop() }
        do throws(StateProblem) {
            let summary = try await StateBackup(of: folder, .system).write(to: file)
            StandardError.write("\(folder): \(summary.files) files, \(summary.bytes >> 10) KiB, are backed up")
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}

struct StateRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the place of what the state folder has: all of it, or nothing.",
        discussion: """
            Ember must not run. The backup is checked first. What was there before is kept in before-restore of the state \
            folder, which may be removed. What has been spent since the backup still counts.
            """)

    @Argument(help: "The backup; - for the standard input.", completion: .file(extensions: ["tar"])) var file: String

    func run() async throws {
        do throws(StateProblem) {
            for line in try await StateRestore(into: ConfigurationOptions.folders.state, .system).read(from: file) {
                print(line)
            }
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
