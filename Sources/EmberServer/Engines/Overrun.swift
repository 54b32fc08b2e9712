import EmberCore
import EmberModels
import Foundation

/// What an engine took that was ended because it was too much.
struct Overrun: Sendable, CustomStringConvertible {
    let most: Bytes
    /// What it could have.
    let room: Bytes
    let date: Date

    /// "1003 MB (measured 2026-11-29 14:03 UTC), of 700 MB that it can have".
    var description: String {
        "\(most.megabytes) (measured \(Footprint.text(of: date))), of \(room.megabytes) that it can have"
    }
}
