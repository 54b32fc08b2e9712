/// Why the processor's energy cannot be measured.
public enum RAPLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kernel counts no package's energy: a virtual machine, another kind of processor or system, a missing driver.
    case missing(folder: String)
    /// A counter is there, but not for this user, or makes no sense.
    case unreadable(file: String)

    public var description: String {
        switch self {
        case .missing(let folder):
            "no counter of a processor package's energy under \(folder): virtual machines have none"
        case .unreadable(let file):
            """
            \(file) cannot be read, which many systems leave to root; until the machine's next start, \
            'sudo chmod a+r \(RAPL.defaultFolder)/intel-rapl:*/energy_uj' permits it to all its users
            """
        }
    }
}
