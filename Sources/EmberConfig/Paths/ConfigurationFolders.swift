/// The folders that a configuration's paths start from; all are absolute paths.
public struct ConfigurationFolders: Sendable, Equatable {
    public var home: String
    /// Engines, models and other files that can be downloaded again.
    public var cache: String
    /// What Ember remembers from run to run.
    public var state: String
    /// The folder of the configuration file.
    public var configuration: String
    /// Where the program was started; paths given by flags start here.
    public var working: String

    public init(home: String, cache: String, state: String, configuration: String, working: String) {
        self.home = home
        self.cache = cache
        self.state = state
        self.configuration = configuration
        self.working = working
    }

    /// An absolute path of what a user has written: what begins with `~/` starts at the home folder, the rest where the
    /// program was started.
    public func path(_ text: String) -> String { PathText.joined(working, PathText.expanded(text, home: home)) }

    /// Where models are unless the configuration says otherwise.
    public var defaultModels: String { cache + "/models" }

    /// The folders of this platform: `EMBER_CACHE` and `EMBER_STATE`, else the XDG variables, else the usual ones.
    /// Empty and relative values of the variables are ignored, except that Ember's own may be relative to `working` or
    /// begin with `~/`.
    public static func standard(
        environment: [String: String], working: String, configurationFile: String? = nil
    ) -> ConfigurationFolders {
        let home = absolute(environment["HOME"]) ?? "/"
        let file = configurationFile.map { PathText.joined(working, PathText.expanded($0, home: home)) }
        return ConfigurationFolders(
            home: home,
            cache: folder("EMBER_CACHE", "XDG_CACHE_HOME", home, usualCache, environment, working),
            state: folder("EMBER_STATE", "XDG_STATE_HOME", home, usualState, environment, working),
            configuration: file.map(PathText.parent) ?? working,
            working: working
        )
    }

    #if os(macOS)
        private static let usualCache = "/Library/Caches"
        private static let usualState = "/Library/Application Support"
    #else
        private static let usualCache = "/.cache"
        private static let usualState = "/.local/state"
    #endif

    private static func folder(
        _ own: String, _ shared: String, _ home: String, _ usual: String, _ environment: [String: String],
        _ working: String
    ) -> String {
        if let folder = environment[own], !folder.isEmpty {
            return PathText.joined(working, PathText.expanded(folder, home: home))
        }
        return PathText.joined(absolute(environment[shared]) ?? home + usual, "ember")
    }

    private static func absolute(_ path: String?) -> String? {
        path.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
}
