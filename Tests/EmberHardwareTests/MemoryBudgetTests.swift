import EmberCore
import EmberHardware
import Testing

@Suite struct MemoryBudgetTests {
    @Test func shareIsTakenOfTheTotal() throws {
        #expect(try MemoryBudget.share(0.25).budgetBytes(on: .ram, totalBytes: 8_000_000_000) == 2_000_000_000)
        #expect(try MemoryBudget.share(1).budgetBytes(on: .gpu, totalBytes: 7) == 7)
        #expect(try MemoryBudget.share(1).budgetBytes(on: .gpu, totalBytes: .max / 2) <= .max / 2)
    }

    @Test(arguments: [0, -0.1, 1.01, Double.nan, .infinity]) func shareOutOfRangeIsRefused(share: Double) {
        let error = #expect(throws: MemoryBudgetError.self) {
            try MemoryBudget.share(share).budgetBytes(on: .ram, totalBytes: 1000)
        }
        #expect(error?.description.contains("\(share)") == true)
    }

    @Test func figureIsTakenAsItIs() throws {
        for device in MemoryDevice.allCases {
            #expect(try MemoryBudget.bytes(123).budgetBytes(on: device) == 123)
        }
        #expect(throws: MemoryBudgetError.bytesOutOfRange(0)) { try MemoryBudget.bytes(0).budgetBytes(on: .ram) }
    }

    @Test func shareOfThisMachinesMemory() throws {
        let total = try #require(SystemMemory.current()).totalBytes
        #expect(try MemoryBudget.share(0.5).budgetBytes(on: .ram) == Int(Double(total) * 0.5))
        #expect(throws: MemoryBudgetError.totalUnknown(.gpu, reason: nil)) {
            try MemoryBudget.share(0.5).budgetBytes(on: .gpu, totalBytes: nil)
        }
    }
}
