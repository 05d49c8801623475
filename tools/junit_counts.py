#!/usr/bin/env python3
"""Prints how many tests of a JUnit file passed and failed: junit_counts.py FILE. A test that did not run has failed."""
import sys
import xml.etree.ElementTree


def counts(path):
    cases = list(xml.etree.ElementTree.parse(path).getroot().iter("testcase"))
    passed = sum(case.find("failure") is None and case.find("error") is None and case.find("skipped") is None
                 and case.get("status", "run") == "run" for case in cases)
    return passed, len(cases) - passed


if __name__ == "__main__":
    print(*counts(sys.argv[1]))
