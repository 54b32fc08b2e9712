import EmberConfig
import EmberCore
import EmberSystem
import EmberTestSupport
import Foundation
import Logging
import Testing

@testable import EmberHardware
@testable import EmberServer

/// Programs that answer as a test says.
private struct ToldProcesses: Processes {
    let answer: @Sendable (ProgramRun) async throws(ProgramProblem) -> ProgramOutput

    func start(_ command: ChildCommand, logger: Logger) async throws(ChildProcessError) -> any ChildProcess {
        throw .cannotStart("nothing is started")
    }

    func run(_ program: ProgramRun) async throws(ProgramProblem) -> ProgramOutput { try await answer(program) }
}

/// What `ember doctor` finds.
@Suite struct DoctorTests {
    private let files: TestFiles

    init() throws { files = try TestFiles() }

    // MARK: Engine

    private func engine(
        isNeeded: Bool = true, time: TimeSource = .system,
        _ answer: @escaping @Sendable (ProgramRun) async throws(ProgramProblem) -> ProgramOutput
    ) async -> Finding {
        let search = LlamaServerSearch(
            configured: files.path + "/llama-server", environment: [:], cache: files.path, files: .system)
        return await EngineCheck(
            search: search, isNeeded: isNeeded, environment: ["A_TOKEN": "secret", "HOME": "/home/a"], time: time,
            processes: ToldProcesses(answer: answer)
        ).finding()
    }

    @Test func theEnginesVersionIsShown() async throws {
        try files.write([], to: "llama-server", isProgram: true)
        let finding = await engine { run in
            #expect(run.arguments == ["--version"] && run.environment == ["HOME": "/home/a"])
            return ProgramOutput(succeeded: true, text: "", errors: "load: cpu\nversion: 4567 (abc)\nbuilt with cc\n")
        }
        #expect(finding.grade == .ok && finding.fix == nil)
        #expect(finding.found == files.path + "/llama-server, version: 4567 (abc)")
    }

    @Test func anEngineThatIsMissingOrBrokenIsAProblemWhereOneIsNeeded() async throws {
        let missing = await engine { _ throws(ProgramProblem) in throw .notFound }
        #expect(missing.grade == .problem && missing.found.contains("no llama-server"))
        #expect(missing.fix?.contains("make setup") == true)
        try files.write([], to: "llama-server", isProgram: true)
        let broken = await engine { _ in
            ProgramOutput(succeeded: false, text: "", errors: "error while loading shared libraries: libgomp.so.1\n")
        }
        #expect(broken.grade == .problem && broken.found.contains("libgomp.so.1"))
        let unneeded = await engine(isNeeded: false) { _ throws(ProgramProblem) in throw .failed("no such file") }
        #expect(unneeded.grade == .warning && unneeded.found.contains("no such file"))
    }

    @Test func anEngineThatHangsIsNotWaitedForLong() async throws {
        try files.write([], to: "llama-server", isProgram: true)
        let clock = HandClock()
        let finding = Task {
            await engine(time: clock.time()) { _ throws(ProgramProblem) in
                try? await Task.sleep(for: .seconds(3600))
                throw .failed("ended")
            }
        }
        while clock.sleeping == 0 { await Task.yield() }
        clock.advance(by: .seconds(11))
        #expect(await finding.value.found.contains("within 10 s"))
    }

    // MARK: Machine

    private func memory(_ budget: MemoryBudget, _ device: MemoryDevice = .ram) -> MachineCheck {
        var memory = MemoryConfiguration()
        (memory.budget, memory.device) = (budget, device)
        return MachineCheck(memory: memory)
    }

    @Test func memoryIsComparedWithTheBudget() {
        let system = SystemMemory(totalBytes: 8_000_000_000, availableBytes: 5_000_000_000)
        let good = memory(.share(0.5)).ram(system, machineBytes: 8_100_000_000)
        #expect(good.grade == .ok && good.found == "8000 MB, 5000 MB of it free; memory.budget is 4000 MB")
        let full = memory(.share(0.7)).ram(system, machineBytes: 16_000_000_000)
        #expect(full.grade == .warning && full.found.contains("the control group's limit") && full.fix != nil)
        #expect(memory(.bytes(9_000_000_000)).ram(system, machineBytes: 8_000_000_000).grade == .problem)
        #expect(memory(.share(0.5)).ram(nil, machineBytes: 1).grade == .warning)
    }

    @Test func aMissingGPUMattersWhereItsMemoryIsTheBudget() {
        let library = "/no/library.so"
        #expect(memory(.share(0.5)).gpu(library: library).grade == .ok)
        #expect(memory(.bytes(1 << 30), .gpu).gpu(library: library).grade == .warning)
        let problem = memory(.share(0.5), .gpu).gpu(library: library)
        #expect(problem.grade == .problem && problem.fix?.contains("memory.device: ram") == true)
    }

    @Test func theClockMustBeInThisTime() {
        #expect(MachineCheck.clock(0).grade == .problem)
        #expect(MachineCheck.clock(1_795_000_000) == Finding("clock", "2026-11-18T11:06:40Z"))
        #expect(MachineCheck.clock(5_000_000_000).grade == .problem)
    }

    @Test func descriptorsAreCountedAsTheServerCountsThem() throws {
        let configuration = try configuration()
        let few = MachineCheck.descriptors(configuration, limit: 256)
        #expect(few.grade == .warning && few.found.contains("256 may be open") && few.fix?.contains("ulimit") == true)
        #expect(MachineCheck.descriptors(configuration, limit: 1 << 20).grade == .ok)
    }

    // MARK: Folders

    private var folders: FolderCheck { FolderCheck(files: .system, random: RandomSource { 7 }) }

    @Test func aFolderIsThereOrCanBeMade() throws {
        let good = folders.finding("state folder", files.path, setting: "EMBER_STATE")
        #expect(good.grade == .ok && good.found.hasPrefix(files.path + ", ") && good.found.hasSuffix("MB free"))
        let new = folders.finding("state folder", files.path + "/a/b", setting: "EMBER_STATE")
        #expect(new.grade == .ok && new.found.contains("not there yet"))
        let file = try files.write([], to: "file")
        let wrong = folders.finding("state folder", file, setting: "EMBER_STATE")
        #expect(wrong.grade == .problem && wrong.fix?.contains("EMBER_STATE") == true)
        let read = folders.finding("models folder", file + "/x", setting: "models_dir", isOnlyRead: true)
        #expect(read.grade == .warning)
        // Nothing is left of the looking.
        #expect(try SystemFiles().names(in: files.path) == ["file"])
    }

    // MARK: Network

    @Test(arguments: [
        (AddressAnswer.nothing, Finding.Grade.ok, "is free"), (.ember(version: nil), .ok, "wants a key"),
        (.ember(version: EmberVersion.current), .ok, "answers at"), (.ember(version: "0.0.9"), .warning, "0.0.9"),
        (.otherProgram, .problem, "another program"),
    ])
    func whatAnswersAtTheAddressIsNamed(_ answer: AddressAnswer, _ grade: Finding.Grade, _ words: String) {
        let finding = AddressCheck.finding(of: .tcp(host: "127.0.0.1", port: 11_500), answer)
        #expect(finding.grade == grade && finding.found.contains(words) && finding.found.contains("127.0.0.1:11500"))
        #expect((finding.fix != nil) == (grade != .ok))
    }

    @Test func aPortThatTheSystemChoosesIsNotAsked() {
        let finding = AddressCheck.finding(of: .tcp(host: "127.0.0.1", port: 0), .otherProgram)
        #expect(finding.grade == .ok && finding.found.contains("the system chooses"))
    }

    @Test func proxiesAreShownWithoutTheirPasswords() {
        #expect(ProxyCheck.finding([:]) == Finding("proxies", "none"))
        let found = ProxyCheck.finding(["HTTPS_PROXY": "http://me:secret@proxy.example:3128"])
        #expect(found == Finding("proxies", "https goes through proxy.example:3128 (HTTPS_PROXY)"))
        let wrong = ProxyCheck.finding(["http_proxy": "ftp://me:secret@proxy"])
        #expect(wrong.grade == .problem && wrong.found.contains("http_proxy") && !wrong.found.contains("secret"))
        #expect(ProxyCheck.finding(["SSL_CERT_FILE": "/no/certificates.pem"]).grade == .problem)
    }

    // MARK: All of it

    private func configuration() throws -> Configuration {
        let folders = ConfigurationFolders(
            home: files.path, cache: files.path + "/cache", state: files.path + "/state", configuration: files.path,
            working: files.path)
        let text = "models: {m: {path: none.gguf}}\nllama_server: \(files.path)/llama-server\n"
        return try ConfigurationReader(environment: [:], folders: folders, files: .init(.system))
            .read(text: text, source: "test").configuration
    }

    @Test func modelsAreLookedAtOnlyOfAConfiguration() async throws {
        let folders = ConfigurationFolders(
            home: files.path, cache: files.path + "/cache", state: files.path + "/state", configuration: files.path,
            working: files.path)
        var surroundings = Surroundings.system
        surroundings.processes = ToldProcesses { _ in ProgramOutput(succeeded: true, text: "version: 1", errors: "") }
        for isOwn in [true, false] {
            let doctor = Doctor(
                try configuration(), isOwn: isOwn, folders: folders, environment: [:], surroundings)
            let findings = await doctor.findings { _ in .nothing }
            let models = findings.filter { $0.subject == "models" }
            #expect(models.count == (isOwn ? 1 : 0))
            #expect(models.allSatisfy { $0.grade == .warning && $0.found.contains("none.gguf") })
            let subjects = findings.map(\.subject)
            #expect(
                subjects.prefix(10) == [
                    "engine", "ember-guard", "memory", "GPU", "open files", "state folder", "cache folder",
                    "models folder", "address", "clock",
                ])
        }
    }
}
