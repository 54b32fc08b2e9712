import EmberConfig
import EmberCore
import Testing

@testable import EmberServer

/// Saved KV states in memory take their part of the budget.
@Suite struct StateMemoryTests {
    private let mounts = MountTable("/dev/sda1 / ext4 rw 0 0\ntmpfs /ram tmpfs rw 0 0")

    private func budget(_ text: String) throws -> Bytes {
        let configuration = try DeploymentSource().configuration(text + "\nmodels: {m: {path: m.gguf}}")
        let gpus = try GPUBudgets(configuration.planning.memory, [], environment: [:])
        return try PlannerSettings(configuration, gpus, mounts: mounts).devices[0]
    }

    @Test func aFolderInMemoryCountsWithItsLimit() throws {
        #expect(
            try budget("memory: {budget: 3GiB}\ncontext: {state_dir: /ram/kv, state_limit: 1GiB}") == .mebibytes(2048))
        #expect(
            try budget("memory: {budget: 3GiB}\ncontext: {state_dir: /disk/kv, state_limit: 1GiB}") == .mebibytes(3072)
        )
        #expect(try budget("memory: {budget: 3GiB}\ncontext: {state_limit: 1GiB}") == .mebibytes(3072))
        #expect(try budget("memory: {budget: 3GiB}\ncontext: {state_dir: /ram/kv, state_limit: 0}") == .mebibytes(3072))
    }

    @Test func aLimitThatLeavesNothingIsAnErrorThatNamesBoth() throws {
        let error = try #require(throws: DeploymentError.self) {
            try budget("memory: {budget: 1GiB}\ncontext: {state_dir: /ram/kv, state_limit: 1GiB}")
        }
        for word in ["context.state_limit", "/ram/kv", "memory.budget", "state_dir"] {
            #expect(error.description.contains(word), "\(error)")
        }
    }

    @Test func theOperatorIsToldWhatIsLostAtAReboot() throws {
        var context = ContextConfiguration()
        #expect(StateMemory(context, mounts).note == nil && StateMemory(context, mounts).bytes == 0)
        context.stateFolder = "/ram/kv"
        let states = StateMemory(context, mounts)
        #expect(states.bytes == context.stateBytes && states.note?.contains("lost at a reboot") == true)
    }
}
