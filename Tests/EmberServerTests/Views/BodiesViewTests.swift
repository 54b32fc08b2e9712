import Testing

@testable import EmberServer

@Suite struct BodiesViewTests {
    private func view(_ bytes: [Int], _ names: [String]) -> BodiesView {
        let use = BodyRoom.Use(requests: 3, bytes: 100, inMemory: 30, byTenant: bytes)
        return BodiesView(use, BodyLimits(total: 1000, perTenant: 500), tenants: names)
    }

    @Test func bytesInFilesAreThoseNotInMemory() {
        let view = view([], [])
        #expect(view.requests == 3 && view.bytes == 100 && view.inFilesBytes == 70)
        #expect(view.limitBytes == 1000 && view.perTenantBytes == 500)
    }

    /// Clients with a name and bytes, the most first.
    @Test func onlyTenantsWithBytesAreTold() {
        let told = view([5, 0, 50, 7], ["ann", "bob", "cyd", ""]).tenants
        #expect(told.map(\.name) == ["cyd", "ann"] && told.map(\.bytes) == [50, 5])
        #expect(view([9], [""]).tenants.isEmpty && view([0], ["ann"]).tenants.isEmpty)
    }

    @Test func noMoreThanTheFirstAreTold() {
        let told = view(Array(1...40), (1...40).map { "\($0)" }).tenants
        #expect(told.map(\.bytes) == Array((25...40).reversed()))
    }
}
