import EmberServer
import Foundation

extension RunningEmber {
    private struct Version: Decodable { var ember: String }

    /// What answers at the address, within some seconds.
    var answer: AddressAnswer {
        get async {
            do {
                let bytes = try await bytes(.GET, "/api/version", within: .seconds(5))
                return .ember(version: try JSONDecoder().decode(Version.self, from: bytes).ember)
            } catch let error as NoEmberAnswers {
                return error.isOtherProgram ? .otherProgram : .nothing
            } catch let error as KeyWanted {
                return error.isEmber ? .ember(version: nil) : .otherProgram
            } catch {
                return .otherProgram
            }
        }
    }
}
