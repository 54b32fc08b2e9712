import Testing

@testable import EmberCore

/// The owner of contexts and their ages, without a planner.
@Suite struct ContextBookTests {
    private let catalogue = Catalogue(
        models: [ModelSpec(name: "m", windowTokens: 1000)],
        services: (0..<3).map {
            ServiceSpec(name: "s\($0)", vanishing: 0.1 * Double($0 + 1), demonstrationTokens: 100)
        })
    private let id = InstanceID(0)

    @Test func servedRequestsAddAtOnceOrAtTheEndOfTheSlot() {
        var live = ContextBook(catalogue, .continuous)
        live.serve(2, of: ServiceID(0), on: id, at: .zero, catalogue)
        #expect(live.fadingAge(of: ServiceID(0), on: id, at: .zero, catalogue).age == 2)
        #expect(abs(live.fadingAge(of: ServiceID(0), on: id, at: Time(seconds: 5), catalogue).age - 1.5) < 1e-12)
        var slots = ContextBook(catalogue, .slots)
        slots.serve(2, of: ServiceID(0), on: id, at: .zero, catalogue)
        #expect(slots.fadingAge(of: ServiceID(0), on: id, at: .zero, catalogue).age == 0)
        slots.endSlot(at: .zero, catalogue)
        #expect(slots.slotHasEnded)
        #expect(slots.fadingAge(of: ServiceID(0), on: id, at: Time(seconds: 5), catalogue).age == 1.9)
    }

    @Test func whatIsMeasuredCountsOnlyOfAContextInMemory() {
        var book = ContextBook(catalogue, .continuous)
        book.hold(5, worth: 4, of: ServiceID(1), on: id, at: .zero, catalogue)
        #expect(book.fadingAge(of: ServiceID(1), on: id, at: .zero, catalogue).age == 0 && book.changed.isEmpty)
        book.bringIntoMemory(ServiceID(1), on: id, catalogue)
        book.hold(5, worth: 4, of: ServiceID(1), on: id, at: .zero, catalogue)
        #expect(book.fadingAge(of: ServiceID(1), on: id, at: .zero, catalogue).age == 4)
        #expect(book.changed.removeNext()?.isRevalued == true)
        // From then on served requests add nothing.
        book.serve(1, of: ServiceID(1), on: id, at: .zero, catalogue)
        #expect(book.fadingAge(of: ServiceID(1), on: id, at: .zero, catalogue).age == 4)
        book.drop(id, .lost, at: .zero, catalogue)
        #expect(book.fadingAge(of: ServiceID(1), on: id, at: .zero, catalogue).age == 0)
    }

    /// With its line or without it, an instance's age is the mean of its services' contexts.
    @Test func anAgeLineIsTheMean() {
        for seed in seeds(6) {
            var lots = SeededGenerator(seed: seed)
            var book = ContextBook(catalogue, .continuous)
            var now = Time.zero
            for step in 0..<300 {
                now = now + lots.number(0...3)
                let service = ServiceID(lots.whole(0...2))
                switch lots.whole(0...4) {
                case 0: book.countRequests(lots.whole(1...3), of: service, on: id, at: now, catalogue)
                case 1: book.bringIntoMemory(service, on: id, catalogue)
                case 2:
                    book.hold(lots.number(0...8), worth: lots.number(0...8), of: service, on: id, at: now, catalogue)
                case 3: if lots.happens(0.2) { book.drop(id, .lost, at: now, catalogue) }
                default: book.serve(1, of: service, on: id, at: now, catalogue)
                }
                let plain = book.fadingAge(of: id, at: now, catalogue).age
                book.drawAgeLine(of: id, at: now, catalogue)
                #expect(
                    abs(book.fadingAge(of: id, at: now, catalogue).age - plain) < 1e-9, "seed \(seed), step \(step)")
                #expect(book.brokenAgeLines(at: now, catalogue).isEmpty, "seed \(seed), step \(step)")
            }
        }
    }
}
