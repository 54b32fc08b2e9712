"""What each target may import: nothing in EmberCore, elsewhere what Package.swift and ARCHITECTURE.md say."""

import re

from project import balanced, line_of

# What the toolchain and the system bring along; any target but EmberCore may import it.
SYSTEM = {
    "Foundation", "FoundationEssentials", "FoundationNetworking", "Dispatch", "Glibc", "Darwin", "Synchronization", "System",
    "SystemPackage", "os", "Musl", "CoreFoundation",
}
# Modules that come with a product of another name.
BROUGHT_ALONG = {
    "Hummingbird": {"HummingbirdCore", "NIOCore", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOPosix", "NIOHTTP1", "UnixSignals"},
    "AsyncHTTPClient": {"NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL"},
}
NO_PACKAGES = {"standard library", "libc", "zlib"}
_IMPORT = re.compile(r"^(?:@\w+(?:\([^)]*\))? )*(?:public |package |internal |private )?import (?:struct |class |enum |func )?(\w+)",
                     re.M)


def core_imports(project):
    for path in project.swift("Sources/EmberCore/"):
        code = project.code(path)
        for found in _IMPORT.finditer(code):
            if found[1] not in {"Glibc", "Darwin"}:
                yield (f"{path}:{line_of(code, found.start())}: EmberCore imports {found[1]}; the core is pure: "
                       "hand in what it needs by an event or a setting")


def packaged(project):
    """Each target of Package.swift: its folder and the modules it depends on."""
    text = project.texts["Package.swift"]
    targets = {}
    for found in re.finditer(r"\.(?:target|executableTarget|testTarget)\(\s*name:", text):
        block = text[found.start():balanced(text, found.start() + found[0].index("("), "(", ")")]
        name = re.search(r'name: "([^"]+)"', block)[1]
        folder = re.search(r'path: "([^"]+)"', block)
        listed = re.search(r"dependencies: \[", block)
        dependencies = block[listed.end() - 1:balanced(block, listed.end() - 1, "[", "]")] if listed else ""
        products = set(re.findall(r'\.product\(name: "([^"]+)"', dependencies))
        packages = {_short(package) for package in re.findall(r'package: "([^"]+)"', dependencies)}
        plain = re.sub(r"\.product\([^)]*\)", "", dependencies)
        kind = "Tests" if "testTarget" in found[0] else "Sources"
        targets[name] = (folder[1] if folder else f"{kind}/{name}", set(re.findall(r'"([^"]+)"', plain)), products, packages)
    return targets


def arrows(project):
    """A source file imports only what its target depends on."""
    for name, (folder, targets, products, _) in packaged(project).items():
        allowed = SYSTEM | targets | products
        for product in products:
            allowed |= BROUGHT_ALONG.get(product, set())
        if name.endswith("Tests") or not folder.startswith("Sources"):
            continue
        for path in project.swift(folder + "/"):
            code = project.code(path)
            for found in _IMPORT.finditer(code):
                if found[1] not in allowed:
                    yield (f"{path}:{line_of(code, found.start())}: {name} imports {found[1]}, which Package.swift does not "
                           f"give it; move the code to a target that may, or change Package.swift and ARCHITECTURE.md's table")


def table(project):
    """The table of targets in ARCHITECTURE.md: what each imports of ours, in the order of the rows."""
    text = project.texts["ARCHITECTURE.md"].split("## Targets")[1].split("\n## ")[0]
    rows = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 and cells[0].startswith("`"):
            rows[cells[0].strip("`")] = {cell.strip() for cell in cells[2].split(",")}
    return rows


def _short(package):
    return package.lower().removesuffix(".swift")


def drawn_arrows(project):
    """ARCHITECTURE.md's table says what Package.swift says, and arrows only point up."""
    rows = table(project)
    above = []
    for name, (folder, targets, _, packages) in packaged(project).items():
        if not folder.startswith("Sources/"):
            continue
        if name not in rows:
            yield f"ARCHITECTURE.md: the table of targets lacks {name}; add its row"
            continue
        drawn = {f"Ember{cell}" if f"Ember{cell}" in rows else cell for cell in rows[name]} & rows.keys()
        named = {_short(cell) for cell in rows[name] if f"Ember{cell}" not in rows and cell not in rows} - NO_PACKAGES
        if named != packages:
            yield (f"ARCHITECTURE.md: the row of {name} names the packages {sorted(named)}, Package.swift {sorted(packages)}; "
                   "make the row say what Package.swift says")
        for target in sorted(targets - drawn):
            yield f"ARCHITECTURE.md: {name} depends on {target}, which its row does not say; add it to the row"
        for target in sorted(drawn - targets):
            yield f"ARCHITECTURE.md: the row of {name} says {target}, on which it does not depend; take it out of the row"
    for name in rows:
        for target in sorted({f"Ember{cell}" if f"Ember{cell}" in rows else cell for cell in rows[name]} & rows.keys()):
            if target not in above:
                yield f"ARCHITECTURE.md: {name} imports {target}, whose row stands below; arrows only point up"
        above.append(name)
