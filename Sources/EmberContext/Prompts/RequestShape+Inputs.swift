import EmberCore

// Texts by themselves: of completions, embeddings and rankings.
extension RequestShape {
    mutating func takeInputs(_ kind: RequestKind, _ key: StaticString, _ scanner: inout JSONScanner) throws {
        if kind != .rerank, let text = try takeInput(&scanner) {
            measure.addOne()
            measure.add(text)
            return
        }
        guard scanner.skipSpace() == UInt8(ascii: "[") else {
            // What was no input has been walked over.
            if kind == .rerank { try scanner.skipValue() }
            return noteInputs(kind, key)
        }
        var (mixed, hasNumbers, isGood) = (PromptMeasure.Text(), false, true)
        try scanner.elements { scanner in
            measure.addOne()
            if isNumber(scanner.skipSpace()) {
                let number = scanner.text(try scanner.skipValue())
                hasNumbers = true
                mixed.tokens += 1
                isGood = isGood && Self.isWhole(number)
            } else if scanner.skipSpace() == UInt8(ascii: "[") {
                measure.add(try takeTokens(&scanner, &isGood))
                isGood = isGood && kind != .rerank
            } else if let text = try takeInput(&scanner, orObject: kind == .rerank) {
                mixed.visibleBytes += text.visibleBytes
                measure.add(text)
            } else {
                isGood = false
            }
        }
        if hasNumbers {
            // Tokens, perhaps with texts between them: one prompt.
            measure.becomeOne(mixed)
            isGood = isGood && kind != .rerank
        }
        if !isGood || measure.count == 0 { noteInputs(kind, key) }
        guard measure.count > BodyBounds.inputs else { return }
        let problem = "'\(key)' has \(measure.count) texts, more than \(BodyBounds.inputs); send several requests."
        problems.report(key, BodyProblem(.tooMany, param: "\(key)", problem))
    }

    private mutating func noteInputs(_ kind: RequestKind, _ key: StaticString) {
        problems.report(
            key, BodyProblem(param: "\(key)", "'\(key)' is no text and no list of texts: \(kind.promptExample)."))
    }

    private func isNumber(_ byte: UInt8?) -> Bool {
        byte == UInt8(ascii: "-") || byte.map { (0x30...0x39).contains($0) } ?? false
    }

    private static func isWhole(_ number: UnsafeBufferPointer<UInt8>.SubSequence) -> Bool {
        !number.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
    }

    /// A text, or an object with one beside pictures as llama.cpp takes it; nil: something else stands here, of which
    /// only what is no list was walked over.
    private mutating func takeInput(
        _ scanner: inout JSONScanner, orObject: Bool = false
    ) throws -> PromptMeasure.Text? {
        switch scanner.skipSpace() {
        case UInt8(ascii: "\""): return PromptMeasure.Text(visibleBytes: try scanner.text().visibleBytes)
        case UInt8(ascii: "["): return nil
        case UInt8(ascii: "{"):
            var (text, hasMedia) = (PromptMeasure.Text?.none, false)
            try scanner.members { key, scanner in
                let isText = scanner.skipSpace() == UInt8(ascii: "\"")
                if isText, scanner.spells("prompt_string", key) || (orObject && scanner.spells("text", key)) {
                    text = PromptMeasure.Text(visibleBytes: try scanner.text().visibleBytes)
                    return
                }
                hasMedia = hasMedia || scanner.spells("multimodal_data", key)
                try scanner.skipValue()
            }
            if hasMedia { measure.addPicture() }
            return text
        default:
            try scanner.skipValue()
            return nil
        }
    }

    /// A list of tokens, and of texts between them.
    private mutating func takeTokens(_ scanner: inout JSONScanner, _ isGood: inout Bool) throws -> PromptMeasure.Text {
        var text = PromptMeasure.Text()
        try scanner.elements { scanner in
            if isNumber(scanner.skipSpace()) {
                let number = scanner.text(try scanner.skipValue())
                isGood = isGood && Self.isWhole(number)
                text.tokens += 1
            } else if scanner.skipSpace() == UInt8(ascii: "\"") {
                text.visibleBytes += try scanner.text().visibleBytes
            } else {
                try scanner.skipValue()
                isGood = false
            }
        }
        return text
    }
}
