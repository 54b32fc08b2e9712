"""What must hold of the project as text: one test a rule. The rules themselves are tested in test_rules.py."""

import additions
import allowances
import declarations
import pages
import policies
import pytest
import rules
import seams
import sizes
import targets
import words
from project import ROOT, Project


@pytest.fixture(scope="module")
def project():
    return Project.at(ROOT)


def check(problems):
    problems = list(problems)
    assert not problems, f"{len(problems)} problems:\n" + "\n".join(problems)


def check_listed(problems, name):
    check(allowances.apply(problems, allowances.read(name), name))


def test_core_imports_nothing(project):
    check(targets.core_imports(project))


def test_targets_import_what_they_may(project):
    check(targets.arrows(project))


def test_arrows_are_drawn_as_they_are(project):
    check(targets.drawn_arrows(project))


def test_files_are_short(project):
    check_listed(sizes.long_files(project), "long_files.txt")


def test_functions_are_short(project):
    check(problem for problems in sizes.long_functions(project).values() for problem in problems)


def test_lines_are_short(project):
    check_listed(sizes.long_lines(project), "long_lines.txt")


def test_effects_stay_in_seams(project):
    check_listed(seams.direct_effects(project), "seams.txt")


def test_policies_are_complete(project):
    check(policies.incomplete_policies(project))


def test_nothing_is_dead(project):
    check_listed(declarations.dead_declarations(project), "dead.txt")


def test_types_own_little(project):
    check_listed(declarations.large_types(project), "large_types.txt")


def test_links_lead_somewhere(project):
    check(pages.broken_links(project))


def test_commands_exist(project):
    check(pages.unknown_commands(project))


def test_make_targets_exist(project):
    check(pages.unknown_make_targets(project))


def test_rules_exist(project):
    check(rules.unknown_rules(project))


def test_additions_are_counted(project):
    check(additions.miscounted_additions(project))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a copy in which `make additions` has applied one")
def test_additions_apply():
    check(additions.stale_additions(ROOT))


def test_words_are_plain(project):
    check_listed(words.old_words(project), "old_words.txt")
