/// Why NVIDIA's management library gave no answer.
public enum NVMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The library could not be loaded: no NVIDIA driver, or a wrong path.
    case libraryMissing(path: String, reason: String)
    /// The library is too old or is not NVML.
    case symbolMissing(name: String, path: String)
    /// A call failed; `message` is NVML's own text.
    case callFailed(call: String, code: Int32, message: String)

    public var description: String {
        switch self {
        case .libraryMissing(let path, let reason):
            "NVML: \(path) cannot be loaded (\(reason)); install the NVIDIA driver or serve without a GPU"
        case .symbolMissing(let name, let path):
            "NVML: \(path) has no function \(name); update the NVIDIA driver"
        case .callFailed(let call, let code, let message):
            "NVML: \(call) failed with code \(code): \(message)"
        }
    }
}
