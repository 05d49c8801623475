#!/usr/bin/env python3
"""Prints how many tests of a JUnit file passed and failed: junit_counts.py FILE; with --failed, the names of those that
failed. A test that did not run has failed."""
import sys
import xml.etree.ElementTree


def has_passed(case):
    return (case.find("failure") is None and case.find("error") is None and case.find("skipped") is None
            and case.get("status", "run") == "run")


def test_cases(path):
    return list(xml.etree.ElementTree.parse(path).getroot().iter("testcase"))


def counts(path):
    cases = test_cases(path)
    passed = sum(has_passed(case) for case in cases)
    return passed, len(cases) - passed


def failed(path):
    return [case.get("name", "?") for case in test_cases(path) if not has_passed(case)]


if __name__ == "__main__":
    if sys.argv[1] == "--failed":
        print(*failed(sys.argv[2]), sep="\n")
    else:
        print(*counts(sys.argv[1]))
