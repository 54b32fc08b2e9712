import EmberSystem
import Testing

@Suite struct OneLineTests {
    @Test func foreignTextBecomesOneHarmlessLine() {
        #expect(OneLine.of("a\n b\u{1B}[31m\0é") == "a b?[31m??")
        #expect(OneLine.of(String(repeating: "x", count: 400)).count == 303)
    }
}
