import EmberDocument

/// The keys of `log`.
enum LogTable {
    static let section = Section<LogConfiguration>(
        name: "log", defaults: LogConfiguration(),
        fields: [
            Field(
                "format", \.format, .choice("a format"), example: "text",
                "What a line of Ember's log looks like: text, or json (an object); --log-format says it, too."
            ),
            Field(
                "access", \.hasAccess, .bool, example: false,
                "Whether each answered request gets a line, with its id, tokens and seconds; never with its text."
            ),
        ]
    )
}
