import EmberConfig
import EmberCore
import EmberModels
import EmberSystem
import Foundation

/// What the headers of a llama-server's files say, or why they cannot be read.
struct Examination {
    private(set) var header: GGUFHeader?
    private(set) var projector: GGUFHeader?
    /// Why the model is not what it should be.
    private(set) var error: GGUFError?
    /// The adapters that it can be started with, and their bytes; others would keep it from starting.
    private(set) var goodAdapters: [String] = []
    private(set) var adapterBytes = Bytes.zero

    init(of llama: LlamaServerSettings, adapters: [String]) {
        do throws(GGUFError) {
            let header = try GGUFHeader.read(file: llama.path)
            self.header = header
            if let problem = header.problem(as: .model) { throw problem }
            if let path = llama.projectorPath {
                let projector = try GGUFHeader.read(file: path)
                if let problem = projector.problem(as: .projector) { throw problem }
                self.projector = projector
            }
        } catch {
            self.error = error
        }
        for path in adapters {
            guard Self.error(ofAdapter: path, architecture: header?.architecture) == nil else { continue }
            goodAdapters.append(path)
            adapterBytes += Bytes(FileStamp(file: path)?.bytes ?? 0)
        }
    }

    /// Why requests for a variant cannot be served; nil: its adapter is good, or its base has a problem of its own.
    static func problem(ofAdapter path: String, base: ServedModel) -> String? {
        guard case .llamaServer(let options) = base.engine?.launch, !options.adapters.contains(path) else { return nil }
        let architecture = (try? GGUFHeader.read(file: options.modelPath))?.architecture
        return error(ofAdapter: path, architecture: architecture).map { "\($0)" }
            ?? "the adapter \(path) has changed while it was read"
    }

    private static func error(ofAdapter path: String, architecture: String?) -> GGUFError? {
        do throws(GGUFError) {
            let adapter = try GGUFHeader.read(file: path)
            return adapter.problem(as: .adapter(of: architecture ?? adapter.architecture))
        } catch {
            return error
        }
    }
}
