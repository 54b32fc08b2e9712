import EmberCore
import Testing

@testable import EmberSim

@Suite struct RequestFileTests {
    private let file = RequestFile(
        source: "r.csv",
        catalogue: Catalogue(
            models: [ModelSpec(name: "a"), ModelSpec(name: "b")],
            services: [ServiceSpec(name: "s"), ServiceSpec(name: "t")], sharing: .pairs),
        slots: 3)

    private func messages(_ text: String) -> [String] {
        do throws(ScenarioError) {
            _ = try file.read(text)
            return []
        } catch {
            return error.issues.map(\.description)
        }
    }

    @Test(arguments: ["\n", "\r\n"])
    func readsBatchesAndAddsUp(newline: String) throws {
        let lines = ["slot,service,model,requests", "2,t,b,4", "0,s,b,1", "0,s,b,2", "1,s,a,0", ""]
        let workload = try file.read(lines.joined(separator: newline))
        #expect(workload.slots == [[Batch(pair: PairID(1), count: 3)], [], [Batch(pair: PairID(3), count: 4)]])
        #expect(workload.requests == 7)
    }

    @Test(arguments: [
        ("", "r.csv:1:1: is \"\"; write slot,service,model,requests as the first line"),
        ("3,s,a,1", "r.csv:2:1: \"3\" is no slot; write a number from 0 to 2"),
        ("0,u,a,1", "r.csv:2:3: \"u\" is no service; write one of s, t"),
        ("0,s,c,1", "r.csv:2:5: \"c\" is no model; write one of a, b"),
        ("0,s,a,-1", "r.csv:2:7: \"-1\" is no number of requests; write one from 0 to 1000000000"),
        ("0,s,a", "r.csv:2:1: has 3 columns; write the four of slot,service,model,requests"),
    ])
    func badLinesAreToldWithTheirPlace(line: String, message: String) {
        let text = line.isEmpty ? "" : "slot,service,model,requests\n\(line)\n0,s,a,1\n"
        #expect(messages(text) == [message])
    }

    @Test func fewOfManyBadLinesAreTold() {
        let text = "slot,service,model,requests\n" + String(repeating: "x\n", count: 1000)
        #expect(messages(text).count == 20)
    }
}
