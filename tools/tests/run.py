#!/usr/bin/env python3
"""Runs the tests of the tools: run.py [JUNIT_FILE]."""
import pathlib
import sys
import unittest
import xml.etree.ElementTree as ElementTree


class Recorder(unittest.TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.suite = ElementTree.Element("testsuite", name="tools")

    def startTest(self, test):
        super().startTest(test)
        ElementTree.SubElement(self.suite, "testcase", name=test.id())

    def fail_last(self, test, reason):
        if len(self.suite) == 0 or self.suite[-1].get("name") != test.id():
            ElementTree.SubElement(self.suite, "testcase", name=str(test))  # a module or fixture that broke
        ElementTree.SubElement(self.suite[-1], "failure", message=str(reason))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.fail_last(test, err[1])

    def addError(self, test, err):
        super().addError(test, err)
        self.fail_last(test, err[1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.fail_last(test, err[1])


def main():
    tests = unittest.defaultTestLoader.discover(str(pathlib.Path(__file__).parent), pattern="*_test.py")
    result = unittest.TextTestRunner(resultclass=Recorder).run(tests)
    if len(sys.argv) > 1:
        path = pathlib.Path(sys.argv[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        ElementTree.ElementTree(result.suite).write(path, encoding="unicode")
    return not result.wasSuccessful() or result.testsRun == 0


if __name__ == "__main__":
    sys.exit(main())
