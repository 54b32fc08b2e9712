import EmberConfig
import Testing

@Suite struct ConfigurationTextTests {
    private static let section = "  \"new\":\n    path: \"/n.gguf\"\n    parallel: 2\n"

    private func added(to text: String) throws -> String {
        var text = ConfigurationText(text)
        try text.add(model: Self.section)
        return text.text
    }

    private func removed(_ name: String, from text: String) throws -> String {
        var text = ConfigurationText(text)
        try text.remove(model: name)
        return text.text
    }

    @Test func aModelComesBehindTheOthers() throws {
        #expect(
            try added(
                to: "# mine\nmodels: # all\n  a: {path: x}\n  # of b\n  b:\n    path: y # good\n\n# keys\nkeys: []\n")
                == "# mine\nmodels: # all\n  a: {path: x}\n  # of b\n  b:\n    path: y # good\n"
                + "  \"new\":\n    path: \"/n.gguf\"\n    parallel: 2\n\n# keys\nkeys: []\n")
    }

    @Test func itIsIndentedAsTheyAre() throws {
        #expect(
            try added(to: "models:\n    a:\n        path: x\n")
                == "models:\n    a:\n        path: x\n    \"new\":\n      path: \"/n.gguf\"\n      parallel: 2\n")
        // The last line has no end, and Windows' ends stay.
        #expect(
            try added(to: "models:\r\n  a: {path: x}")
                == "models:\r\n  a: {path: x}\r\n  \"new\":\r\n    path: \"/n.gguf\"\r\n    parallel: 2\r\n")
    }

    @Test func whatCannotBeEditedIsNamed() {
        for text in ["", "listen: x\n", "models: {a: {path: x}}\n", "defaults:\n  models:\n    a: b\n"] {
            #expect(throws: ConfigurationText.Problem.self) { try added(to: text) }
        }
    }

    @Test func aModelIsRemovedWithItsLines() throws {
        let text = """
            models:
              # the first
              a:
                path: x
                # why so
                parallel: 2

              # the second
              'b b': {path: y}
              c.d:
                path: z
            keys: []

            """
        #expect(
            try removed("a", from: text) == """
                models:
                  # the first

                  # the second
                  'b b': {path: y}
                  c.d:
                    path: z
                keys: []

                """)
        #expect(try removed("b b", from: text) == text.replacing("  'b b': {path: y}\n", with: ""))
        #expect(try removed("c.d", from: text) == text.replacing("  c.d:\n    path: z\n", with: ""))
        for name in ["path", "keys", "e", "models"] {
            #expect(throws: ConfigurationText.Problem.self) { try removed(name, from: text) }
        }
    }

    @Test func whatWasAddedCanBeRemoved() throws {
        let text = "a: 1\nmodels:\n  x:\n    path: y\n# end\nb: 2\n"
        #expect(try removed("new", from: try added(to: text)) == text)
    }
}
