/// Names of cases in JSON, headers and codes.
public enum SnakeCase {
    /// `queueFull` as `queue_full`. O(length).
    public static func of(_ name: String) -> String {
        var result = ""
        for character in name {
            if character.isUppercase { result += "_" }
            result += character.lowercased()
        }
        return result
    }
}
