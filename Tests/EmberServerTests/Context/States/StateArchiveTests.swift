import EmberConfig
import Foundation
import Testing

@testable import EmberServer

/// What is kept, found, and goes for want of room.
@Suite struct StateArchiveTests {
    @Test func aPrefixIsFoundByItsOwnerAlsoAfterARestart() async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(station.prefix("ann"))
        for _ in 0..<2 {
            let found = station.archive.entry(of: station.prefix("ann").owner, fitting: StateStation.fit)
            #expect(found?.tokens == 50 && found?.prefix == "01" && found?.bytes == 100)
            #expect(station.archive.entry(of: station.prefix("bob").owner, fitting: StateStation.fit) == nil)
            #expect(station.archive.entry(of: station.prefix("ann").owner, fitting: "bb") == nil)
            try await station.open()
        }
        #expect(station.counters.damagedStates == 0)
    }

    @Test func aConversationIsFoundByItsLongestSavedBeginningAlsoAfterARestart() async throws {
        let station = try StateStation()
        try await station.open()
        let short = try station.prompt("system", "a")
        let long = try station.prompt("system", "b", "answer", "c")
        try await station.save(short, tokens: 10)
        try await station.save(long, tokens: 40)
        for _ in 0..<2 {
            let next = try station.prompt("system", "b", "answer", "c", "answer", "d")
            #expect(station.match(next)?.entry.tokens == 40)
            #expect(station.match(next)?.sharedBytes == long.chain.bytes)
            #expect(station.match(try station.prompt("system", "a", "more"))?.entry.tokens == 10)
            // Where several begin with the same, the one with the least behind it is the fastest to read.
            let branch = try #require(station.match(try station.prompt("system", "other")))
            #expect(try branch.entry.tokens == 10 && branch.sharedBytes == station.prompt("system").chain.bytes)
            #expect(station.match(try station.prompt("other", "a")) == nil)
            try await station.open()
        }
    }

    @Test func nothingOfAnotherTenantVariantOrModelIsFound() async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(try station.prompt("a", "b"))
        #expect(station.match(try station.prompt("a", "b", tenant: "bob")) == nil)
        #expect(station.match(try station.prompt("a", "b", variant: "pirate")) == nil)
        #expect(station.match(try station.prompt("a", "b"), fit: "fedcba9876543210") == nil)
        // The same tenant's other service may: the prompt is the same.
        #expect(station.match(try station.prompt("a", "b", service: "t", key: "other")) != nil)
    }

    @Test func aLongerStateOfAConversationTakesThePlaceOfTheShorter() async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(try station.prompt("a"))
        try await station.save(try station.prompt("a", "answer", "b"))
        #expect(station.archive.size.count == 1)
        try await station.save(try station.prompt("a", "answer", "b"), tokens: 60)
        #expect(try station.archive.size.count == 1 && station.match(station.prompt("a"))?.entry.tokens == 60)
        // A branch is another conversation.
        try await station.save(try station.prompt("a", "answer", "c"))
        #expect(station.archive.size.count == 2)
        #expect(try station.names.count == 4)
    }

    @Test func whatConversationsHaveInCommonStays() async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(try station.prompt("system"), tokens: 10, isShared: true)
        try await station.save(try station.prompt("system", "a"))
        try await station.open()
        try await station.save(try station.prompt("system", "b"))
        #expect(station.archive.size.count == 3)
        #expect(station.match(try station.prompt("system", "c"))?.entry.tokens == 10)
        // Until it is saved again.
        try await station.save(try station.prompt("system"), tokens: 11, isShared: true)
        #expect(station.archive.size.count == 3)
    }

    @Test func aNewerPrefixTakesThePlaceOfTheOlder() async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(station.prefix("ann"), tokens: 50)
        try await station.save(station.prefix("ann", prefix: "02"), tokens: 60)
        #expect(station.archive.entry(of: station.prefix("ann").owner, fitting: StateStation.fit)?.tokens == 60)
        #expect(try station.names.count == 2)
    }

    // MARK: Quota

    @Test func theLongestUnusedGoFirst() async throws {
        let station = try StateStation()
        station.quota = 250
        try await station.open()
        try await station.save(station.prefix("ann"))
        try await station.save(try station.prompt("bob's"))
        _ = station.archive.entry(of: station.prefix("ann").owner, fitting: StateStation.fit)
        try await station.save(try station.prompt("eve's"))
        #expect(station.match(try station.prompt("bob's")) == nil)
        #expect(station.match(try station.prompt("eve's")) != nil)
        #expect(station.archive.entry(of: station.prefix("ann").owner, fitting: StateStation.fit) != nil)
        #expect(station.archive.size.bytes == 200 && station.counters.evictedStates == 1)
        #expect(try station.names.count == 4)
        // A large one that was unused for one save goes before a small one that was for five.
        station.quota = 1200
        try await station.open()
        let large = try await station.save(try station.prompt("large"), bytes: 1000)
        #expect(station.archive.size.count == 3)
        try await station.save(try station.prompt("small"), bytes: 10)
        #expect(!station.archive.entries(of: "ann").contains(large) && station.archive.size.count == 3)
    }

    @Test func oneThatIsLargerThanEverythingIsNotKeptAndDisplacesNothing() async throws {
        let station = try StateStation()
        station.quota = 250
        try await station.open()
        try await station.save(station.prefix("ann"))
        await #expect(throws: (any Error).self) { try await station.save(station.prefix("bob"), bytes: 300) }
        #expect(station.archive.size.count == 1)
        #expect(try station.names.count == 2)
    }

    /// Whatever the dates of the files say: a clock may have been in the future, or have stood still.
    @Test func afterARestartTheOnesSavedFirstGoFirst() async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(station.prefix("ann"))
        let oldest = try station.path(".kv")
        try await station.save(station.prefix("bob"))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 2_208_988_800)], ofItemAtPath: oldest)
        station.quota = 150
        try await station.open()
        #expect(station.archive.entries(of: "ann").isEmpty && station.archive.entries(of: "bob").count == 1)
        // And what comes then counts as later.
        try await station.save(station.prefix("ann"))
        try await station.open()
        #expect(station.archive.entries(of: "ann").count == 1 && station.archive.size.count == 1)
    }

    // MARK: What is not kept

    @Test func nothingAndHalfAStateAreNotKept() async throws {
        let station = try StateStation()
        try await station.open()
        await #expect(throws: (any Error).self) { try await station.save(station.prefix("ann"), tokens: 0) }
        await #expect(throws: (any Error).self) { try await station.save(station.prefix("ann"), bytes: 0) }
        let missing = try #require(station.archive.beginSaving(station.prefix("ann"), fitting: "aa"))
        await #expect(throws: (any Error).self) { try await station.archive.finishSaving(missing, tokens: 9) }
        let givenUp = try #require(station.archive.beginSaving(station.prefix("ann"), fitting: "aa"))
        try station.write(givenUp)
        station.archive.giveUpSaving(givenUp)
        await station.archive.filesFollow()
        #expect(try station.names.isEmpty)
        station.quota = 0
        try await station.open()
        #expect(station.archive.beginSaving(station.prefix("ann"), fitting: "aa") == nil)
    }

    @Test func whatMustNotBeKeptIsNotEvenBegun() async throws {
        let station = try StateStation()
        try await station.open()
        #expect(station.archive.beginSaving(try station.prompt("a", keep: .none), fitting: "aa") == nil)
        // Nor what could not be found again: several prompts at once, or none.
        let nothing = SlotHolding(owner: SlotOwner(tenant: "ann", service: "s"), prefix: "")
        #expect(station.archive.beginSaving(nothing, fitting: "aa") == nil)
        await station.archive.close()
        #expect(station.archive.beginSaving(try station.prompt("a"), fitting: "aa") == nil)
    }

    @Test func statesThatFitNoModelGo() async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(station.prefix("ann"), fit: "aa")
        try await station.save(try station.prompt("a"), fit: "aa")
        try await station.save(station.prefix("bob"), fit: "bb")
        station.archive.dropAll(exceptFitting: ["bb"])
        #expect(station.archive.entries(of: "ann").isEmpty && station.archive.entries(of: "bob").count == 1)
        await station.archive.filesFollow()
        #expect(try station.names.count == 2)
    }

    // MARK: Privacy

    @Test func filesAreTheUsersOwnAndTheirNamesTellNothing() async throws {
        let station = try StateStation()
        try await station.open()
        try await station.save(try station.prompt("secret", tenant: "../ann", service: "a/b"))
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        for name in try station.names {
            #expect(try mode(station.folder + "/" + name) == 0o600)
            #expect(name.wholeMatch(of: /[0-9a-f]{32}\.(kv|meta)/) != nil, "\(name)")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: station.folder + "/" + name))
            for text in ["secret", "../ann", "a/b"] { #expect(bytes.range(of: Data(text.utf8)) == nil) }
        }
        #expect(try mode(station.folder) == 0o700)
    }

    /// Equal texts have different digests for each tenant and each key.
    @Test func equalConversationsOfTwoTenantsHaveNothingInCommon() async throws {
        let station = try StateStation()
        let (anns, bobs) = (try station.prompt("a"), try station.prompt("a", tenant: "bob"))
        #expect(anns.chain.id != nil && anns.chain.id != bobs.chain.id)
        let digests = ["ann", "bob"].map { station.keys.digest("service", ["s"], of: $0) }
        #expect(digests[0] != digests[1])
        #expect(station.keys.digest("service", ["s"], of: "ann") == digests[0])
        #expect(station.keys.digest("key", ["s"], of: "ann") != digests[0])
        #expect(StateKeys().digest("service", ["s"], of: "ann") != digests[0])
    }
}
