/// Blocks that become parts of a chat's content: texts and pictures.
enum MessagesParts {
    /// - Parameter type: of the block.
    static func add(
        _ block: JSONMembers, _ type: String, _ place: MessagesPlace, to parts: inout JSONArrayText
    ) throws {
        switch type {
        case "text":
            guard let text = block["text"], text.isString else { throw APIError.wrongType("\(place).text", "a string") }
            add(text, to: &parts)
        case "image": try addPicture(block["source"], place, to: &parts)
        case "document": try addDocument(block, place, to: &parts)
        default:
            throw APIError.invalidRequest(
                "'\(place)' is a block of type '\(type.prefix(100))', which no engine here can read: leave it out. "
                    + "Blocks of type text, image, tool_use, tool_result, thinking, and documents of text are read.",
                param: "\(place)")
        }
    }

    private static func add(_ text: JSONMembers.Value, to parts: inout JSONArrayText) {
        var part = JSONObjectText()
        part.add("type", "text")
        part.add("text", json: text)
        parts.add(json: part.bytes)
    }

    /// The texts of parts as one; nil where there are pictures among them.
    ///
    /// - Parameter parts: as they were added.
    static func joined(_ parts: JSONMembers.Value) throws -> [UInt8]? {
        var text = [UInt8(ascii: "\"")]
        for part in try parts.elements() {
            guard let piece = try JSONMembers(part)["text"] else { return nil }
            text += piece.inner
        }
        return text + [UInt8(ascii: "\"")]
    }

    // MARK: Pictures

    private static func addPicture(
        _ value: JSONMembers.Value?, _ place: MessagesPlace, to parts: inout JSONArrayText
    ) throws {
        guard let value, value.isObject else { throw APIError.wrongType("\(place).source", "an object") }
        let source = try JSONMembers(value)
        var url = [UInt8(ascii: "\"")]
        switch source["type"]?.string {
        case "base64":
            guard let data = source["data"], data.isString else {
                throw APIError.wrongType("\(place).source.data", "a string: the picture in base64")
            }
            url += "data:".utf8
            if let type = source["media_type"], type.isString { url += type.inner } else { url += "image/jpeg".utf8 }
            url += ";base64,".utf8
            url += data.inner
        case "url":
            guard let address = source["url"], address.isString else {
                throw APIError.wrongType("\(place).source.url", "a string")
            }
            url += address.inner
        default: throw unknownSource(source, "the picture", place)
        }
        url.append(UInt8(ascii: "\""))
        var address = JSONObjectText()
        address.add("url", json: url)
        var part = JSONObjectText()
        part.add("type", "image_url")
        part.add("image_url", json: address.bytes)
        parts.add(json: part.bytes)
    }

    private static func unknownSource(_ source: JSONMembers, _ what: String, _ place: MessagesPlace) -> APIError {
        .invalidRequest(
            "'\(place).source' is of type '\((source["type"]?.string ?? "").prefix(100))', which no engine here can "
                + "read: send \(what) in the request itself, as base64.", param: "\(place).source")
    }

    // MARK: Documents

    /// One that is text is read as such; a page description is not.
    private static func addDocument(
        _ block: JSONMembers, _ place: MessagesPlace, to parts: inout JSONArrayText
    ) throws {
        for name in ["title", "context"] {
            if let text = block[name], text.isString, !text.isBlank { add(text, to: &parts) }
        }
        guard let value = block["source"], value.isObject else {
            throw APIError.wrongType("\(place).source", "an object")
        }
        let source = try JSONMembers(value)
        switch source["type"]?.string {
        case "text":
            guard let data = source["data"], data.isString else {
                throw APIError.wrongType("\(place).source.data", "a string: the document's text")
            }
            add(data, to: &parts)
        case "content":
            guard let content = source["content"] else {
                throw APIError.wrongType("\(place).source.content", "a string or a list of blocks")
            }
            if content.isString { return add(content, to: &parts) }
            for inner in try content.isArray ? content.elements() : [] {
                guard inner.isObject, case let members = try JSONMembers(inner), let type = members["type"]?.string,
                    type != "document"
                else { throw APIError.wrongType("\(place).source.content", "a list of blocks of text and pictures") }
                try add(members, type, place, to: &parts)
            }
        case let type:
            throw APIError.invalidRequest(
                "'\(place)' is a document whose source is of type '\((type ?? "").prefix(100))', which no engine here "
                    + "can read: send its text, as a block of type text.", param: "\(place).source")
        }
    }
}
