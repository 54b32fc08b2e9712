/// A file of the page at `/`. All of them are a part of the program: nothing lies beside it, and nothing is built.
public struct PageFile: Sendable {
    /// The path under which the page asks for it.
    public let path: String
    public let contentType: String
    public let bytes: [UInt8]

    public static let all: [PageFile] = [
        PageFile("/", html, PackageResources.index_html),
        PageFile("/page/page.css", "text/css; charset=utf-8", PackageResources.page_css),
        PageFile("/page/icon.svg", "image/svg+xml", PackageResources.icon_svg),
        PageFile("/page/app.js", script, PackageResources.app_js),
        PageFile("/page/server.js", script, PackageResources.server_js),
        PageFile("/page/dom.js", script, PackageResources.dom_js),
        PageFile("/page/format.js", script, PackageResources.format_js),
        PageFile("/page/chart.js", script, PackageResources.chart_js),
        PageFile("/page/now.js", script, PackageResources.now_js),
        PageFile("/page/requests.js", script, PackageResources.requests_js),
        PageFile("/page/decision.js", script, PackageResources.decision_js),
        PageFile("/page/cost.js", script, PackageResources.cost_js),
        PageFile("/page/act.js", script, PackageResources.act_js),
        PageFile("/page/context.js", script, PackageResources.context_js),
        PageFile("/page/try.js", script, PackageResources.try_js),
        PageFile("/page/whatif.js", script, PackageResources.whatif_js),
    ]

    private static let html = "text/html; charset=utf-8"
    private static let script = "text/javascript; charset=utf-8"

    private init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
        (self.path, self.contentType, self.bytes) = (path, contentType, bytes)
    }
}
