/// What stands at a byte of a text is no JSON.
package struct JSONMalformed: Error, Equatable {
    package let position: Int
    package let problem: JSONProblem
}

/// Why a text is no JSON, with what would be.
package enum JSONProblem: String, Sendable {
    case unexpectedEnd = "the text ends in the middle of a value; was it cut short?"
    case trailingText = "something stands behind the object; send one object and nothing else"
    case expectedValue =
        "no value begins here; write a quoted string, a number (not NaN), true, false, null, an array or an object"
    case expectedKey = "a key in double quotes must stand here; remove a comma that has nothing behind it"
    case noColon = "a colon must stand between a key and its value"
    case commaOrBrace = "a comma or } must stand here"
    case commaOrBracket = "a comma or ] must stand here"
    case leadingZero = "a number must not begin with 0; write 1 instead of 01"
    case expectedDigit = "a digit must stand here; write 1.0 instead of 1., and 0.5 instead of .5"
    case unclosedString = "a string begins here and does not end; close it with a quote"
    case controlCharacter = "a control character must be escaped within a string, such as \\n"
    case unknownEscape =
        "no such escape; these are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits"
    case badUnicodeEscape = "\\u must have four hexadecimal digits behind it"
    case loneSurrogate = "half of a surrogate pair; write both, or the character itself"
    case noUTF8 = "no UTF-8; encode the body in UTF-8"
    case nestedTooDeep = "nested deeper than 512 values"
    case tooManyValues = "more values than a body may have"
}
