import Foundation

/// The folder of the tests' files.
let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    .path(percentEncoded: false)

/// The least that every scenario needs, for tests of other keys.
let oneModel = "memory: {budget: 100}\nservices: {s: {}}\nmodels: {m: {memory: 10}}\n"
