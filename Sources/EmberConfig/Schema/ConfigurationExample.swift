/// Configuration files to start from.
public enum ConfigurationExample {
    /// The least that a server needs.
    public static let minimal = """
        models:
          smollm2:
            path: SmolLM2-135M-Instruct-Q4_1.gguf

        """

    /// Every key with its meaning and default; readable as it is, in an empty environment too.
    public static let text: String = {
        var writer = ExampleWriter()
        writer.write(ServerTable.section.description)
        return writer.text
    }()
}
