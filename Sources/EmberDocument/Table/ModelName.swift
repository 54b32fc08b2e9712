/// The rule for names of models, services and upstreams: what fits a URL path, a metric's label and a file name.
package enum ModelName {
    package static let pattern = "^[A-Za-z0-9._:/-]{1,200}$"
    package static let rule = "use 1 to 200 letters, digits and . _ : / -"

    package static func isValid(_ name: String) -> Bool {
        (1...200).contains(name.utf8.count) && name.utf8.allSatisfy(isNameByte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        // "-", ".", "/", the digits and ":" are neighbours in ASCII.
        case UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
