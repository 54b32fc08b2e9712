/// The tools of a request, and which of them the answer may call.
struct MessagesTools {
    private struct Tool {
        let name: String
        /// As a chat has it.
        let json: [UInt8]
    }

    private enum Choice {
        case auto, none, any
        case tool(String)
    }

    private var tools: [Tool] = []
    /// nil: the engine's usual way.
    private let choice: Choice?
    /// One call at a time.
    private let isSingle: Bool

    init(_ asked: JSONMembers) throws {
        if let list = asked["tools"] {
            guard list.isArray else { throw APIError.wrongType("tools", "a list of objects") }
            tools = try list.elements().enumerated().map { try Self.tool($1, "tools[\($0)]") }
        }
        guard let value = asked["tool_choice"] else {
            (choice, isSingle) = (nil, false)
            return
        }
        guard value.isObject else { throw Self.noChoice }
        let members = try JSONMembers(value)
        isSingle = members["disable_parallel_tool_use"]?.bool == true
        switch members["type"]?.string {
        case "auto": choice = .auto
        case "none": choice = Choice.none
        case "any": choice = .any
        case "tool": choice = .tool(try Self.chosen(members["name"]?.string, among: tools))
        default: throw Self.noChoice
        }
    }

    private static let noChoice = APIError.invalidRequest(
        #"'tool_choice' must be an object with a 'type' of auto, any, tool or none, such as {"type": "auto"}."#,
        param: "tool_choice")

    private static func chosen(_ name: String?, among tools: [Tool]) throws -> String {
        guard let name else { throw APIError.wrongType("tool_choice.name", "the name of a tool") }
        guard tools.contains(where: { $0.name == name }) else {
            throw APIError.invalidRequest(
                "'tool_choice.name' is '\(name.prefix(100))', and no tool of 'tools' has that name.",
                param: "tool_choice.name")
        }
        return name
    }

    private static func tool(_ value: JSONMembers.Value, _ place: String) throws -> Tool {
        guard value.isObject else { throw APIError.wrongType(place, "an object with a 'name' and an 'input_schema'") }
        let tool = try JSONMembers(value)
        if let type = tool["type"]?.string, type != "custom" {
            throw APIError.invalidRequest(
                "'\(place)' is of type '\(type.prefix(100))', a tool that Anthropic's models know without a "
                    + "description, or that its servers run. Leave it out, or describe it by 'name', 'description' and "
                    + "'input_schema'.", param: place)
        }
        guard let literal = tool["name"], let name = literal.string, !name.isEmpty else {
            throw APIError.wrongType("\(place).name", "a string")
        }
        var function = JSONObjectText()
        function.add("name", json: literal)
        let description = tool["description"]
        if let description, !description.isString { throw APIError.wrongType("\(place).description", "a string") }
        function.add("description", json: description.map(Array.init) ?? Array("\"\"".utf8))
        let schema = tool["input_schema"]
        if let schema, !schema.isObject { throw APIError.wrongType("\(place).input_schema", "an object") }
        function.add("parameters", json: schema.map(Array.init) ?? Array("{}".utf8))
        var written = JSONObjectText()
        written.add("type", "function")
        written.add("function", json: function.bytes)
        return Tool(name: name, json: written.bytes)
    }

    func write(to text: inout JSONObjectText) {
        var offered = tools
        switch choice {
        case nil: break
        case .auto: text.add("tool_choice", "auto")
        case Choice.none?: text.add("tool_choice", "none")
        case .any: text.add("tool_choice", "required")
        case .tool(let name):
            // llama-server knows no choice by name: one of those that it is shown must be called.
            offered = tools.filter { $0.name == name }
            text.add("tool_choice", "required")
        }
        if isSingle { text.add("parallel_tool_calls", false) }
        guard !offered.isEmpty else { return }
        var list = JSONArrayText()
        for tool in offered { list.add(json: tool.json) }
        text.add("tools", json: list.bytes)
    }
}
