"""Random templates out of a grammar, to compare the interpreter with jinja2 where nobody thought of a case."""

import random

NAMES = "s u ws lines e i n z f t b none_value nums floats words mixed empty d ed odd users tree schema undefined_a".split()
STRINGS = ["''", "'a'", "'ab c'", "'\u00e9\U0001f642'", "'%s|%d'", "'{}-{}'", "'\u00df\\n'", "'ABC'", "', '", "'12'", "'1.5'", "'name'", "'age'", "'one'", "'x,y,,z'",
           "'  pad '", "'\u03a3\u03b1'", "'<b>&'"]
NUMBERS = ["0", "1", "2", "-1", "3", "7", "10", "2.5", "0.1", "-3.7", "1e3", "100", "true", "false"]
BINARY = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">", "<=", ">=", "in", "not in", "and", "or"]
FILTERS = """abs attr('name') batch(2) batch(2,'-') capitalize center(9) count d('q') default('q',true) dictsort dictsort(false,'value')
    e escape filesizeformat first float float(1.5) forceescape format(1) groupby('age') indent indent(2,true) int int(9) int(0,16) items join
    join('-') join(attribute='name') last length list lower map('upper') map('string') map('length') map(attribute='name')
    map(attribute='age',default=0) map('int') map('first') max min reject('none') reject rejectattr('age') replace('a','Z')
    replace('a','b',1) reverse round round(1) round(1,'floor') safe select select('string') select('gt',1) selectattr('age')
    selectattr('age','gt',20) slice(2) sort sort(reverse=true) sort(attribute='age') sort(case_sensitive=true) string striptags sum
    sum(attribute='age') title tojson tojson(indent=2) tojson(sort_keys=true) tojson(ensure_ascii=true) trim trim('a') truncate(5)
    truncate(4,true) unique unique(attribute='age') upper urlencode xmlattr reverse|list list|length sort|join(',')
    map('string')|list map('upper')|join select|list unique|list items|list batch(2)|list slice(2)|list""".split()
TESTS = """defined undefined none string number integer float boolean mapping iterable sequence true false odd even upper lower
    callable escaped eq(1) ne('a') gt(1) in([1,'a']) sameas(none) divisibleby(2)""".split()
METHODS = """upper() lower() title() capitalize() swapcase() strip() lstrip() rstrip('a') split() split(',') split('a',1) rsplit(none,1)
    splitlines() splitlines(true) replace('a','b') replace('','-',2) startswith('a') endswith(('c','d')) find('b') rfind('a') count('a')
    index('a') join(['x','y']) center(7,'*') ljust(6,'.') rjust(6) zfill(6) expandtabs(3) partition('a') rpartition(' ')
    removeprefix('a') removesuffix('c') isalpha() isdigit() isspace() isupper() islower() istitle() isalnum() isnumeric() isidentifier()
    isprintable() isascii() casefold() format(1,'x') format(a=1) items() keys() values() get('one') get('k',5) get(1) copy() index(1)
    count(1) items()|list keys()|list values()|list|length bit_length() is_integer() nope() append(1) name age one tags 0 1""".split()


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = list(NAMES)

    def pick(self, items):
        return self.random.choice(items)

    def chance(self, probability):
        return self.random.random() < probability

    def atom(self):
        kind = self.random.randrange(10)
        if kind < 5:
            return self.pick(self.names)
        if kind < 7:
            return self.pick(STRINGS)
        if kind < 9:
            return self.pick(NUMBERS)
        return self.pick(["none", "[]", "{}", "()", "range(4)", "loop", "namespace(a=1)", "dict(a=1)", "[1,'a',none]", "{'a':1,'b':[2]}"])

    def slice_part(self):
        return self.pick(["", "", "0", "1", "2", "-1", "-2", "5", "i"])

    def expression(self, depth):
        if depth <= 0:
            return self.atom()
        kind = self.random.randrange(16)
        inner = lambda: self.expression(depth - 1)  # noqa: E731
        if kind < 3:
            return f"{inner()} {self.pick(BINARY)} {inner()}"
        if kind < 7:
            return f"({inner()})|{self.pick(FILTERS)}"
        if kind < 9:
            return f"({inner()}).{self.pick(METHODS)}"
        if kind == 9:
            return f"({inner()}) is {'not ' if self.chance(0.3) else ''}{self.pick(TESTS)}"
        if kind == 10:
            # Of names only: jinja2 folds constants, and then slices what has no slices without an error.
            return f"{self.pick(self.names)}[{self.slice_part()}:{self.slice_part()}{self.pick(['', ':' + self.pick(['', '1', '2', '-1', '-2'])])}]"
        if kind == 11:
            return f"({inner()})[{self.pick(['0', '1', '-1', '5', inner(), self.pick(STRINGS)])}]"
        if kind == 12:
            return f"({inner()} if {inner()} else {inner()})"
        if kind == 13:
            return f"[{inner()}, {inner()}]"
        if kind == 14:
            return f"{{{self.pick(STRINGS)}: {inner()}, {self.pick(NUMBERS)}: {inner()}}}"
        return self.pick(["not ", "-", "+"]) + f"({inner()})"

    def tag(self, text):
        opening = self.pick(["{%", "{%", "{%-", "{%+"])
        closing = self.pick(["%}", "%}", "-%}", "+%}"])
        return f"{opening} {text} {closing}"

    def text(self):
        return self.pick(["", "", "a", " ", "\n", "\n  ", "x \n", " y", "\n\n"])

    def new_name(self):
        name = self.pick(["v", "w", "x", "s", "nums", "acc"])
        if name not in self.names:
            self.names.append(name)
        return name

    def body(self, depth):
        return "".join(self.text() + self.statement(depth) for _ in range(self.random.randrange(1, 4))) + self.text()

    def statement(self, depth):
        expression = self.expression(self.random.randrange(0, 4))
        kind = self.random.randrange(14)
        if depth <= 0 or kind < 5:
            return f"{self.pick(['{{', '{{', '{{-'])} {expression} {self.pick(['}}', '}}', '-}}'])}"
        if kind == 5:
            return self.tag(f"if {expression}") + self.body(depth - 1) + self.pick(["", self.tag("else") + self.body(depth - 1)]) + self.tag("endif")
        if kind in (6, 7):
            test = f" if {self.expression(1)}" if self.chance(0.2) else ""
            target = self.pick([self.new_name(), self.new_name(), "k, v"])
            jump = self.tag(f"if {self.expression(1)}") + self.tag(self.pick(["break", "continue"])) + self.tag("endif") if self.chance(0.15) else ""
            other = self.tag("else") + self.body(depth - 1) if self.chance(0.3) else ""
            return self.tag(f"for {target} in {expression}{test}") + self.body(depth - 1) + jump + \
                self.pick(["", "{{ loop.index }}{{ loop.last }}", "{{ loop.previtem }}", "{{ loop.length }}"]) + other + self.tag("endfor")
        if kind in (8, 9):
            return self.tag(f"set {self.new_name()} = {expression}")
        if kind == 10:
            return self.tag(f"set {self.new_name()}") + self.body(depth - 1) + self.tag("endset")
        if kind == 11:
            name = self.pick(["m", "m2"])
            return self.tag(f"macro {name}(a, w={self.atom()})") + self.body(depth - 1) + "{{ a }}{{ w }}" + self.tag("endmacro") + \
                f"{{{{ {name}({self.expression(1)}) }}}}"
        if kind == 12:
            return self.tag(f"with {self.new_name()} = {expression}") + self.body(depth - 1) + self.tag("endwith")
        return self.tag(f"filter {self.pick(['upper', 'trim', 'indent(2)', 'title', 'length', 'reverse'])}") + self.body(depth - 1) + self.tag("endfilter")


def random_templates(count, seed):
    for index in range(count):
        generator = Generator(f"{seed}.{index}")
        yield generator.statement(0) if index % 2 else generator.body(3)
