"""Many faults in one copy of the sources, of which EMBER_MUTANT switches one on: they are built together, once.

An infix operator becomes one of its own, of the same precedence, whose function asks which fault is on; everything else becomes a
call of a helper. Both stand in one more file of the module.
"""

from .sites import ARITHMETIC, COMPARISONS, LOGIC

# Of what custom operators may be made.
_FIRST_SYMBOL, _SYMBOLS = 0x2200, 256


def symbol(number):
    """The operator of a fault; none is a beginning of another."""
    return chr(_FIRST_SYMBOL + number // _SYMBOLS) + chr(_FIRST_SYMBOL + number % _SYMBOLS)


def number_of(text):
    """The fault whose operator stands in a compiler's message; None: none."""
    for index in range(len(text) - 1):
        high, low = ord(text[index]) - _FIRST_SYMBOL, ord(text[index + 1]) - _FIRST_SYMBOL
        if 0 <= high < _SYMBOLS and 0 <= low < _SYMBOLS:
            return high * _SYMBOLS + low
    return None


def planted(text, mutants):
    """A file's text with its faults, which stand on different lines."""
    lines = text.split("\n")
    for mutant in mutants:
        site = mutant.site
        line = lines[site.line]
        lines[site.line] = line[: site.start] + _replacement(mutant) + line[site.end :]
    return "\n".join(lines)


def _replacement(mutant):
    site, number = mutant.site, mutant.number
    if site.form in ("infix", "not"):
        return symbol(number)
    if site.form in ("number", "truth"):
        return f"emberMutated({number}, {site.before}, {site.after})"
    if site.form == "least":
        return f"{symbol_name(number)}"
    if site.form == "condition":
        return f"emberMutatedCondition({number}, {site.before})"
    return f"if !emberMutant(is: {number}) {{ {site.before} }}"


def symbol_name(number):
    return f"emberMutated{number}"


def helpers(mutants, knows_core, is_core):
    """The file that a module gets."""
    parts = [_HEAD]
    if knows_core and not is_core:
        parts.append("internal import EmberCore\n")
    for mutant in mutants:
        site = mutant.site
        if site.form == "infix":
            parts.append(_infix(mutant, knows_core))
        elif site.form == "not":
            name = symbol(mutant.number)
            parts.append(
                f"prefix operator {name}\nprefix func {name} (a: Bool) -> Bool {{ emberMutant(is: {mutant.number}) ? a : !a }}\n")
        elif site.form == "least":
            name, number = symbol_name(mutant.number), mutant.number
            choice = f"emberMutant(is: {number}) ? Swift.{site.after}(a, b) : Swift.{site.before}(a, b)"
            parts.append(
                f"func {name}<T: Comparable>(_ a: T, _ b: T) -> T {{ {choice} }}\n"
                f"func {name}<T: Comparable>(_ a: T, _ b: T, _ c: T) -> T {{ {name}({name}(a, b), c) }}\n")
    return "\n".join(parts)


def _infix(mutant, knows_core):
    name, number, (before, after) = symbol(mutant.number), mutant.number, (mutant.site.before, mutant.site.after)
    choice = f"emberMutant(is: {number}) ? a {after} b : a {before} b"

    def function(generics, left, right, result, body=choice):
        return f"func {name} {generics}(a: {left}, b: {right}){result} {{ {body} }}"

    if before in COMPARISONS:
        precedence = "ComparisonPrecedence"
        bound = "Equatable" if before in ("==", "!=") else "Comparable"
        functions = [function(f"<T: {bound}>", "T", "T", " -> Bool")]
        if bound == "Comparable":
            functions.append(function("<T: Comparable, U: Comparable>", "(T, U)", "(T, U)", " -> Bool"))
    elif before in LOGIC:
        precedence = "LogicalConjunctionPrecedence" if before == "&&" else "LogicalDisjunctionPrecedence"
        both = f"try emberMutant(is: {number}) ? a {after} b() : a {before} b()"
        functions = [function("", "Bool", "@autoclosure () throws -> Bool", " rethrows -> Bool", both)]
    else:
        precedence, functions = _arithmetic(function, number, before, after, knows_core)
    return f"infix operator {name} : {precedence}\n" + "\n".join(functions) + "\n"


def _arithmetic(function, number, before, after, knows_core):
    if before in ("+=", "-=", "*=", "/="):
        body = f"if emberMutant(is: {number}) {{ a {after} b }} else {{ a {before} b }}"
        bounds = ["AdditiveArithmetic"] if before in ("+=", "-=") else ["BinaryInteger", "FloatingPoint"]
        functions = [function(f"<T: {bound}>", "inout T", "T", "", body) for bound in bounds]
        if knows_core and before in ("+=", "-="):
            functions.append(function("", "inout Bytes", "Bytes", "", body))
        return "AssignmentPrecedence", functions
    if before in ("<<", ">>"):
        return "BitwiseShiftPrecedence", [function("<T: BinaryInteger, U: BinaryInteger>", "T", "U", " -> T")]
    if before in ("+", "-"):
        functions = [function("<T: AdditiveArithmetic>", "T", "T", " -> T")]
        if knows_core:
            functions.append(function("", "Bytes", "Bytes", " -> Bytes"))
            seconds = f"emberMutant(is: {number}) ? a.seconds {after} b.seconds : a.seconds {before} b.seconds"
            later = f"Time(seconds: emberMutant(is: {number}) ? a.seconds {after} b : a.seconds {before} b)"
            functions.append(
                function("", "Time", "Time", " -> Double", seconds)
                if before == "-" else function("", "Time", "Double", " -> Time", later))
        return "AdditionPrecedence", functions
    bounds = ["BinaryInteger"] if before == "%" else ["BinaryInteger", "FloatingPoint"]
    return "MultiplicationPrecedence", [function(f"<T: {bound}>", "T", "T", " -> T") for bound in bounds]


_HEAD = """\
#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The fault that is on; 0: none.
private let emberActiveMutant: Int = getenv("EMBER_MUTANT").flatMap { Int(String(cString: $0)) } ?? 0

/// A byte for each fault, set once it has been reached; nil: not recorded.
private nonisolated(unsafe) let emberReachedMutants: UnsafeMutablePointer<UInt8>? = {
    guard let path = getenv("EMBER_MUTANT_REACHED") else { return nil }
    let file = open(path, O_RDWR)
    guard file >= 0 else { return nil }
    let size = Int(lseek(file, 0, SEEK_END))
    return mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)?.assumingMemoryBound(to: UInt8.self)
}()

func emberMutant(is number: Int) -> Bool {
    emberReachedMutants?[number] = 1
    return number == emberActiveMutant
}

func emberMutated<T>(_ number: Int, _ before: T, _ after: T) -> T { emberMutant(is: number) ? after : before }

func emberMutatedCondition(_ number: Int, _ value: Bool) -> Bool { emberMutant(is: number) ? !value : value }
"""

assert not (COMPARISONS.keys() & ARITHMETIC.keys())
