"""Small templates that together touch all of the language, and the variables they are rendered with.

What each one must print, or that it must fail, is decided by jinja2: see make_template_fixtures.py. Left out is what
jinja2 prints with an address in memory, and what the interpreter is documented to do otherwise.
"""

CONTEXT = {
    "s": "Hello, World",
    "u": "Straße ÀÉ 你好 🙂 ΟΔΥΣΣΕΥΣ",
    "ws": " \t two  words \n",
    "lines": "one\ntwo\r\nthree\n\nfive",
    "quote": "it's \"quoted\" \\ <b>&</b>",
    "e": "",
    "i": 7,
    "n": -3,
    "z": 0,
    "f": 2.5,
    "big": 9007199254740993,
    "huge": 18446744073709551615,
    "t": True,
    "b": False,
    "none_value": None,
    "nums": [3, 1, 2],
    "floats": [1.5, 0.1, 1e100, 1e-7, 3.0],
    "words": ["pear", "Apple", "fig", "apple"],
    "mixed": [1, "a", None, True, 2.5, [1, 2], {"k": "v"}],
    "empty": [],
    "d": {"one": 1, "two": 2, "three": {"four": [4, 5]}},
    "ed": {},
    "odd": {"items": "own items", "keys": 1, "a b": 2, "1": "string one", "get": "g"},
    "users": [
        {"name": "Ann", "age": 30, "city": "Rome", "tags": ["x", "y"]},
        {"name": "bob", "age": 25, "city": "oslo", "tags": []},
        {"name": "Cid", "age": 30, "city": "Oslo"},
        {"name": "dan", "city": None, "age": 4},
    ],
    "tree": [{"v": 1, "kids": [{"v": 2, "kids": []}, {"v": 3, "kids": [{"v": 4, "kids": []}]}]}, {"v": 5, "kids": []}],
    "schema": {"type": "object", "properties": {"q": {"type": "string", "enum": ["a", "b"], "description": "Ünï \"q\"\n"},
                                                "n": {"type": ["integer", "null"], "minimum": 0.5}}, "required": ["q"]},
}

EXPRESSIONS = r"""
1 + 2 * 3
(1 + 2) * 3
7 / 2
6 / 2
7 // 2
-7 // 2
7 % 3
-7 % 3
7 % -3
-7.5 % 2
7.5 // 2
-7.5 // 2
2 ** 10
2 ** -1
-2 ** 2
2 ** 3 ** 2
2.0 ** 0.5
0 ** 0
10 - 2 - 3
1 - -1
- - 1
+5
-f
+t
-t
1 / 3
10 / 4 * 2
1e3
1.5e-5
1e16
1e15
123456789012345678
0.1 + 0.2
1e22
1e21 + 1
100000.0 * 10000000000000
1.0
-0.0
0x1F + 0b101 + 0o17
1_000 + 2
1_0.5_0
i + f
t + t
t * 3
i / z
i // z
i % z
f / 0.0
'a' + 'b'
'a' + 1
1 + 'a'
'a' ~ 1 ~ none ~ true ~ 2.0 ~ [1]
'ab' * 3
3 * 'ab'
'ab' * -1
'ab' * 2.0
[1, 2] + [3]
[1] * 2
(1, 2) + (3,)
[1] + (2,)
(1,)
()
(1)
1, 2
1,
[]
[1, ]
[[], [[]], {}]
{}
{'a': 1, 'b': [1, 2], 3: none}
{'a': 1, 'a': 2}
{1: 'x', true: 'y', 1.0: 'z'}
{'a': 1}.a
{'a': 1}['a']
{[1]: 2}
{(1, 2): 3}[(1, 2)]
{none: 1}[none]
'a' 'b' "c"
'\n\t\\\'\"\x41\u00e9\U0001F642\101\0'
'\q\8'
'é\é'
'a\
b'
"it's" ~ 'a "b"'
['it\'s', "a\"b", 'both \' "', "\n", "é", "\x7f", "\u200b", '\\']
true and false
true or false
1 and 2
0 and 2
1 or 2
0 or ''
'' or 'x'
not 1
not not 1
not ''
1 if t else 2
1 if b else 2
1 if b
(1 if b) is defined
'a' if b else 'b' if z else 'c'
1 if 0 else 2 if 1 else 3
i == 7
i != 7
1 == 1.0
1 == true
'1' == 1
[1, 2] == [1, 2]
[1, 2] == (1, 2)
{'a': 1, 'b': 2} == {'b': 2, 'a': 1}
none == none
undefined_a == undefined_b
undefined_a == none
1 < 2 < 3
1 < 3 < 2
1 < 2 > 1 == 1
3 > 2 >= 2 <= 2 < 5 != 4
'a' < 'b'
'a' < 'B'
[1, 2] < [1, 3]
[1] < [1, 0]
(1, 'a') < (1, 'b')
'a' < 1
none < 1
[1] < (1,)
{} < {}
'ell' in s
'x' in s
'' in s
'x' not in s
1 in nums
4 in nums
4 not in nums
'one' in d
1 in d
'one' in d.keys()
1 in d.values()
('one', 1) in d.items()
[1] in d
1 in 'abc'
1 in 5
1 in none
1 in undefined_a
undefined_a in [1]
undefined_a in 'abc'
2 in range(5)
'a' in ('a', 'b')
s[0]
s[-1]
s[100]
s[100] is defined
s[1:4]
s[:3]
s[3:]
s[-3:]
s[:-3]
s[::2]
s[::-1]
s[5:1:-1]
s[5:1]
s[-100:100]
s[::-3]
s[1:10:3]
s[::0]
s[1.0:2]
s['a':]
s[none:none]
u[2]
u[4]
u[-1]
u[10:13]
u[::-1]
u[::2]
u|length
nums[0]
nums[-1]
nums[3]
nums[1:]
nums[::-1]
nums[-2:]
nums[true]
nums['0']
nums['x'] is defined
nums.0
nums.1
users.0.name
(1, 2, 3)[1:]
(1, 2, 3)[::-1]
range(10)[2:5]
range(10)[::-2]|list
range(10)[3]
range(10)[-1]
d[1:2]
none[0]
none['x'] is undefined
none.x is undefined
i.x is undefined
i[0] is undefined
undefined_a.x
undefined_a['x']
undefined_a[0]
undefined_a[1:]
d.missing
d.missing.deeper
d.missing is defined
d['missing'] is defined
d.three.four[1]
d['three']['four'][0]
d.three['four'] | length
odd.items is callable
odd['items']
odd.keys is callable
odd['keys']
odd['a b']
odd['1']
odd[1] is defined
odd.get('get')
odd.__class__
odd.__class__ is defined
s.__class__.__mro__
s._private is defined
odd.mro is defined
d.update
d.update is defined
d.update({'a': 1})
nums.append(1)
nums.append is defined
d.pop('one')
d.get('one')
d.get('nope')
d.get('nope', 'dflt')
d.get('nope') is none
d.get([1])
d.items()|list
d.keys()|list
d.values()|list
d.keys()
d.items()
d.values()
d.copy() == d
d.items()[0] is defined
d.items()|length
d|length
d|list
d|string
mixed|string
mixed
floats
floats|string
big
huge
huge + 0
9223372036854775807 + 1
2 ** 63
-2 ** 63
1e308 * 10
-1e308 * 10
(1e308 * 10)|string
[1e308 * 10, -(1e308 * 10)]|tojson
true
True
none
None
[true, none]
undefined_a
[undefined_a]
undefined_a + 1
1 + undefined_a
undefined_a ~ 'x'
-undefined_a
not undefined_a
undefined_a or 'dflt'
undefined_a()
undefined_a < 1
s.upper()
s.lower()
s.title()
s.capitalize()
s.swapcase()
u.upper()
u.lower()
u.title()
u.capitalize()
u.swapcase()
u.casefold()
'ΑΣ ΑΣ. Σ ΣΑ ΑΣ\'Σ'.lower()
'ßﬁŉ'.upper()
'ǆ ǅ Ǆ'.title()
'ǆx'.capitalize()
'İI'.lower()
'they\'re bill\'s'.title()
ws.strip()
ws.lstrip()
ws.rstrip()
ws.strip() ~ '|'
'xxaxx'.strip('x')
'xyaxy'.strip('yx')
'xxaxx'.lstrip('x')
'xxaxx'.rstrip('x')
'éaé'.strip('é')
'\u00a0\u3000a\u2003\x1c'.strip()
s.strip(none)
s.split()
s.split(',')
s.split(', ')
s.split('l')
s.split('l', 1)
s.split('l', maxsplit=1)
s.split(sep='l')
s.split('')
s.split(none, 1)
ws.split()
ws.split(' ')
' a  b  c '.split(none, 1)
' a  b  c '.rsplit(none, 1)
'a,b,c'.rsplit(',', 1)
'a,b,c'.rsplit(',')
''.split()
''.split(',')
lines.splitlines()
lines.splitlines(true)
lines.splitlines(keepends=true)
'a\x0bb\x0cc\x1cd\x85e\u2028f'.splitlines()
s.partition(', ')
s.partition('x')
s.rpartition('l')
s.rpartition('x')
s.replace('l', 'L')
s.replace('l', 'L', 1)
s.replace('', '-')
s.replace('', '-', 3)
s.replace('x', 'y')
s.replace('l', '')
s.replace(old='l', new='L')
'aaa'.replace('aa', 'b')
s.startswith('Hell')
s.startswith('x')
s.startswith(('x', 'H'))
s.startswith('ello', 1)
s.endswith('ld')
s.endswith(('x', 'd'))
s.endswith('Hello', 0, 5)
s.startswith(1)
s.startswith('')
s.find('l')
s.find('l', 4)
s.find('l', 4, 6)
s.find('x')
s.rfind('l')
s.rfind('')
s.find('', 100)
u.find('你')
u.rfind('Σ')
s.index('W')
s.index('x')
s.rindex('o')
s.count('l')
s.count('')
s.count('l', 4)
u.count('Σ')
'aaaa'.count('aa')
'abc'.isalpha()
'ab1'.isalnum()
'12'.isdigit()
'²'.isdigit()
'²'.isdecimal()
'½'.isnumeric()
'一'.isnumeric()
''.isalpha()
' \t'.isspace()
'aB'.islower()
'ab1'.islower()
'AB'.isupper()
'1'.isupper()
'Ab Cd'.istitle()
'AB'.istitle()
'a_1'.isidentifier()
'1a'.isidentifier()
'a b'.isprintable()
'a\n'.isprintable()
'é'.isascii()
'e'.isascii()
', '.join(['a', 'b'])
', '.join([1, 2])
', '.join('abc')
''.join(words)
', '.join({'a': 1, 'b': 2})
'-'.join([])
'x'.center(5)
'x'.center(4)
'ab'.center(5)
'ab'.center(5, '*')
'x'.center(5, 'ab')
'é'.ljust(3) ~ '|'
'x'.rjust(3, '.')
'42'.zfill(5)
'-42'.zfill(5)
'+é'.zfill(4)
'a\tb\tc'.expandtabs(4)
'a\tb'.expandtabs()
'prefix'.removeprefix('pre')
'suffix'.removesuffix('fix')
'x'.removeprefix('y')
'{} {}'.format(1, 'a')
'{0} {1} {0}'.format('a', 'b')
'{a} {b}'.format(a=1, b=[1, 'x'])
'{a.b}'.format(a={'b': 5})
'{a[b]} {l[0]}'.format(a={'b': 5}, l=[9])
'{!r} {!s}'.format('x', 'y')
'{:>5}|{:<5}|{:^5}|{:*^7}'.format('a', 'b', 'c', 'd')
'{:5}|{:5}|'.format(1, 'a')
'{:05d} {:+d} {: d} {:x} {:X} {:#x} {:b} {:o} {:,} {:_}'.format(42, 42, 42, 255, 255, 255, 5, 8, 1234567, 1234567)
'{:.2f} {:.0f} {:e} {:g} {:%} {:.1%}'.format(3.14159, 2.5, 12345.678, 0.00001, 0.25, 0.256)
'{:.3} {:10.3f}|{:<10.3f}|{:+.1f}'.format(3.14159, 3.14159, 3.14159, 2.0)
'{:.3}'.format('abcdef')
'{:{w}}|'.format('a', w=5)
'{{}} {}'.format(1)
'{'.format(1)
'{} {0}'.format(1)
'{2}'.format(1)
'{x}'.format(1)
'{:d}'.format('a')
'{:s}'.format(1)
'{}'.format(undefined_a)
'{:5}'.format(true)
'{}'.format(true)
'{:.2f}'.format(1)
'{:,.2f}'.format(1234567.891)
'{:08.3f}'.format(-3.14159)
'{:=+6d}'.format(42)
'{a}'.format_map({'a': 1})
'%s and %s' % ('a', 1)
'%s' % 'a'
'%s' % [1, 2]
'%d %i %05d %+d %-5d|' % (1, 2, 3, 4, 5)
'%.2f %e %g %5.1f|' % (3.14159, 1234.5, 0.0001, 2.25)
'%x %X %o %#x' % (255, 255, 8, 255)
'%r %s' % ('a', 'a')
'%(a)s %(b)d' % {'a': 'x', 'b': 2}
'%c%c' % ('a', 98)
'%%' % ()
'%5s|%-5s|%.2s' % ('a', 'b', 'cde')
'%*d' % (5, 42)
'%d' % 3.9
'%d' % 'a'
'%s %s' % ('a',)
'%s' % ('a', 'b')
'%s' % undefined_a
'%q' % 1
'abc'.nope
'abc'.nope()
(1).bit_length()
(2.0).is_integer()
(2.5).is_integer()
nums.index(1)
nums.index(9)
nums.count(1)
nums.copy()
(1, 2, 1).count(1)
range(5).index(3)
range(3)
range(1, 3)
range(0, 10, 3)
range(0, 10, 3)|list
range(10, 0, -4)|list
range(3)|length
range(0)|list
range(5, 1)|list
range('a')
range()
range(1.5)
range(1, 2, 0)
range(3) == range(0, 3)
dict(a=1, b='x')
dict({'a': 1}, b=2)
dict([('a', 1), ('b', 2)])
dict([(1, 2, 3)])
dict.fromkeys(['a', 'b'], 0)
dict.fromkeys('ab')
namespace(a=1).a
namespace({'a': 1}, b=2).b
namespace().x is defined
namespace(_x=1)
namespace(a=1)['a']
namespace(a=1, b=[2])
lipsum is defined
s|upper
s|lower
s|title
s|capitalize
u|upper
u|lower
u|title
'hello wOrld (foo) [bar] {baz} <qux> a-b_c x\ty'|title
'çedilla élan'|title
ws|trim ~ '|'
'xxaxx'|trim('x')
'xxaxx'|trim(chars='x')
5|trim
none|upper
s|length
s|count
s|wordcount
'a-b c_d é1'|wordcount
s|reverse
nums|reverse|list
d|reverse|list
5|reverse
s|replace('l', 'L')
s|replace('l', 'L', 2)
s|replace('l', 'L', count=1)
12321|replace(2, 'x')
s|replace('', '.')
s|list
d|list
none|list
undefined_a|list
5|list
nums|first
nums|last
empty|first
empty|first is defined
empty|last
undefined_a|first
undefined_a|last
s|first
s|last
d|first
d|last
5|first
nums|join
nums|join(', ')
nums|join(d='-')
users|join(', ', attribute='name')
users|join(', ', 'age')
'abc'|join('-')
undefined_a|join(',')
[undefined_a, none, 1]|join(',')
nums|sum
nums|sum(start=10)
users|sum(attribute='age')
users|sum('age')
words|sum
[[1], [2]]|sum(start=[])
[0.1, 0.2, 1]|sum
nums|min
nums|max
words|min
words|max
words|max(case_sensitive=true)
users|max(attribute='age')
empty|max
empty|min is defined
[1, 'a']|max
nums|sort
nums|sort(reverse=true)
words|sort
words|sort(case_sensitive=true)
words|sort(true)
users|sort(attribute='age')|map(attribute='name')|list
users|sort(attribute='age,name')|map(attribute='name')|list
users|sort(attribute='name', reverse=true)|map(attribute='name')|join(' ')
[1, 'a']|sort
[[2, 'b'], [1, 'z'], [2, 'a']]|sort
[none, 1]|sort
s|sort
d|sort
[true, 0, 2, 1.5]|sort
words|unique|list
words|unique(true)|list
[1, 1.0, true, 2]|unique|list
users|unique(attribute='age')|map(attribute='name')|list
[[1], [1]]|unique|list
words|map('upper')|list
words|map('replace', 'p', 'P')|list
words|map('length')|list
users|map(attribute='name')|list
users|map(attribute='tags.0')|list
users|map(attribute='tags.0', default='none')|list
users|map(attribute='nope', default='?')|join
users|map(attribute='nope')|list
nums|map('string')|join(',')
nums|map('nofilter')|list
nums|map()|list
words|map('upper', 'x')|list
undefined_a|map('upper')|list
[[1, 2], [3]]|map('sum')|list
[[3, 1]]|map('first')|list
users|map('attr', 'name')|list
nums|select('odd')|list
nums|select('>', 1)|list
nums|select('in', [1, 2])|list
[0, 1, '', 'a', none]|select|list
[0, 1, '', 'a', none]|reject|list
nums|reject('even')|list
nums|select('nope')|list
users|selectattr('tags')|map(attribute='name')|list
users|selectattr('age', 'equalto', 30)|map(attribute='name')|list
users|selectattr('age', 'gt', 10)|list|length
users|selectattr('tags', 'defined')|list|length
users|selectattr('city', 'none')|map(attribute='name')|list
users|rejectattr('city')|map(attribute='name')|list
users|rejectattr('age', 'in', [30, 4])|map(attribute='name')|first
users|selectattr('name', 'eq', 'zzz')|first is defined
users|selectattr('name', 'eq', 'zzz')|list|length == 0
users|selectattr()|list
users|selectattr('age', 'nope')|list
(users|selectattr('age', 'eq', 99)) and true
nums|map('upper')|length
users|groupby('age')|list|length
users|groupby('age')
users|groupby('city', default='?')
users|rejectattr('city', 'none')|groupby('city')|map('first')|list
users|groupby('age')|map(attribute='list')|map('length')|list
(users|groupby('age'))[0].grouper
d|dictsort
{'b': 2, 'A': 1, 'c': 0}|dictsort
{'b': 2, 'A': 1, 'c': 0}|dictsort(true)
{'b': 2, 'A': 1, 'c': 0}|dictsort(by='value')
{'b': 2, 'A': 1, 'c': 0}|dictsort(reverse=true)
{'b': 2, 'A': 1}|dictsort(false, 'x')
d|items|list
undefined_a|items|list
5|items|list
nums|batch(2)|list
nums|batch(2, 'x')|list
range(7)|batch(3)|list
nums|slice(2)|list
range(7)|slice(3)|list
range(7)|slice(3, 'x')|list
nums|slice(5)|list
empty|batch(2)|list
nums|slice(0)|list
undefined_a|default('x')
undefined_a|default
undefined_a|d('y')
none|default('x')
none|default('x', true)
''|default('x', boolean=true)
0|d(5, true)
d.nope|default('x')
d.nope.deeper|default('x')
'42'|int
'42.7'|int
'x'|int
'x'|int(5)
'x'|int(default=-1)
'0x1F'|int(base=16)
'1F'|int(0, 16)
'0b11'|int(base=0)
' 12 '|int
'1_000'|int
'-5'|int
'٣'|int
none|int
3.9|int
-3.9|int
true|int
[]|int
''|int
'1e3'|int
'inf'|int
(1e308 * 10)|int
undefined_a|int
'3.5'|float
'x'|float
'x'|float(1.5)
' 1e3 '|float
'inf'|float
'nan'|float
'1_0.5'|float
'.5'|float
'5.'|float
'0x10'|float
none|float
3|float
true|float
undefined_a|float
2.5|round
3.5|round
-2.5|round
2.567|round(2)
2.567|round(2, 'floor')
2.561|round(2, 'ceil')
2.5|round(method='ceil')
1234|round(-2)
1250|round(-2)
1350|round(-2)
1234.5|round(-2)
42|round
42|round(1, 'floor')
2.675|round(2)
1e20|round(2)
0.5|round
1.5|round
'x'|round
2.5|round(0, 'x')
-5|abs
-2.5|abs
t|abs
'x'|abs
i|string
f|string
none|string
'x'|string
i|string|length
'<b>"x"&\'</b>'|e
'<b>'|escape
'<b>'|e|e
'<b>'|forceescape
'<b>'|e|forceescape
'<b>'|safe
5|e
[1, '<']|e
('<b>'|safe) ~ '<i>'
('<b>'|safe) + '<i>'
'<i>' + ('<b>'|safe)
('<b>'|e) + '<i>'
('<b>'|safe)|upper
('<b>'|safe) * 2
['<b>'|safe]
('%s'|safe) % '<x>'
('{}'|safe).format('<x>')
('-'|safe).join(['<', '>'])
('<b>'|safe).replace('b', '<')
('a b'|safe).split()
('<b>'|safe)|replace('b', '<')
('<b>'|safe)[1:]
('<b>'|safe) == '<b>'
('<b>'|safe) is string
('<b>'|safe) is escaped
'<b>' is escaped
'<p>a  <b>x</b> &amp; &lt; &#65;</p><!-- c -->'|striptags
'a < b'|striptags
'%s-%d'|format('a', 5)
'%(x)s'|format(x=1)
'%s'|format
'ab'|center(6) ~ '|'
'ab'|center|length
lines|indent
lines|indent(2)
lines|indent(2, true)
lines|indent(2, first=true)
lines|indent(2, false, true)
lines|indent(width='> ')
lines|indent(width='> ', blank=true, first=true)
''|indent(2, true)
'a\n'|indent(2)
5|indent
undefined_a|indent
'a b c d e f g'|truncate(5)
'a b c d e f g'|truncate(5, true)
'a b c d e f g'|truncate(5, true, '!')
'a b c d e f g'|truncate(5, leeway=0)
'a b c d e f g'|truncate(12)
'abcdefghijkl'|truncate(5, false, '')
'你好你好你好你好你好'|truncate(5, true, '…', 0)
'abc'|truncate(2)
'a b&c/d=é'|urlencode
{'a b': 'c&d', 'e': 1}|urlencode
[('a', 1), ('b', '/')]|urlencode
5|urlencode
{'class': 'a"b', 'id': none, 'n': 5}|xmlattr
{'class': 'a'}|xmlattr(false)
{'a b': 1}|xmlattr
100|filesizeformat
1|filesizeformat
1000|filesizeformat
1500000|filesizeformat
1500000|filesizeformat(true)
'1e30'|filesizeformat
s|attr('upper')()
d|attr('one') is defined
d|attr('get')('one')
undefined_a|attr('x')
d|tojson
schema|tojson
schema|tojson(indent=2)
schema|tojson(indent=4)
schema|tojson(indent='\t')
schema|tojson(indent=0)
schema|tojson(ensure_ascii=true)
schema|tojson(true)
schema|tojson(separators=(',', ':'))
schema|tojson(indent=1, separators=(',', ': '))
schema|tojson(sort_keys=true)
schema|tojson(false, 2, none, true)
mixed|tojson
mixed|tojson(indent=2)
floats|tojson
big|tojson
huge|tojson
u|tojson
u|tojson(ensure_ascii=true)
'a\n\t\r\b\f\x01\x1f\x7f\\"/<>&\''|tojson
''|tojson
none|tojson
true|tojson
1.0|tojson
{}|tojson
[]|tojson(indent=2)
{}|tojson(indent=2)
[[], {}]|tojson(indent=2)
{1: 2, none: 3, true: 4, 1.5: 5}|tojson
{'b': 1, 'a': 2}|tojson(sort_keys=true)
{'b': 1, 2: 3}|tojson(sort_keys=true)
(1, 2)|tojson
undefined_a|tojson
[undefined_a]|tojson
range(3)|tojson
{(1, 2): 3}|tojson
nums|map('string')|tojson
nums|map('string')|list|tojson
d|tojson|length
d|tojson|tojson
undefined_a is defined
undefined_a is undefined
s is defined
s is string
i is string
i is number
f is number
t is number
s is number
i is integer
t is integer
f is integer
f is float
i is float
t is boolean
i is boolean
t is true
i is true
b is false
z is false
none_value is none
z is none
none_value is not none
d is mapping
nums is mapping
nums is iterable
s is iterable
d is iterable
i is iterable
undefined_a is iterable
nums is sequence
s is sequence
d is sequence
undefined_a is sequence
i is sequence
none is sequence
(1, 2) is sequence
range(3) is sequence
nums|map('upper') is iterable
nums|map('upper') is sequence
d.items() is sequence
i is odd
i is even
n is odd
f is odd
s is odd
i is divisibleby 7
i is divisibleby(2)
i is eq 7
i is equalto 7
i is ne 7
i is gt 3
i is greaterthan 30
i is ge 7
i is lt 3
i is lessthan 8
i is le 7
i is sameas 7
none_value is sameas none
t is sameas true
t is sameas 1
'a' is in 'abc'
i is in [7]
i is in nums
i is not in nums
s is upper
'ABC' is upper
'abc' is lower
's1' is lower
5 is lower
'upper' is filter
'nope' is filter
'odd' is test
'nope' is test
range is callable
s is callable
undefined_a is callable
s.upper is callable
i is not odd
not i is odd
i is odd and f is float
i is odd or 1 / 0
i is nope
i|nope
nums|map('upper', 1, 2)|list
s|upper|lower|title
-1|abs
(-1)|abs
2 * 3|string ~ 'x'
'a' ~ 'b' * 2
1 ~ 2 + 3
(1 ~ 2) + '3'
1 + 2 ~ 3
not i == 7
not i in nums
i if t else s|upper
(s if b else u)|length
[1, 2, 3][1:][0]
'abc'[1].upper()
{'a': {'b': [1, {'c': 5}]}}.a.b[1].c
{'a': 1}.items()|list|first|last
(nums|sort)[0]
[i, n]|sort|join(',')
nums | select('gt', 1) | map('string') | join('-')
users|map(attribute='name')|map('lower')|sort|join(',')
('a', 'b')|join
"%.15g" % 0.1
1.1 * 3
1e-5
123456.789
1e16 + 0.5
0.00001234
5 // 2.0
2 ** 0.5
7 // -2
1 == 1 == 1
'ab' < 'abc'
'Z' < 'a' < 'é'
(1, (2, 3))
[(1,), {'a': (2,)}]
{'k': 'it\'s'}
{'k': "a\"b"}
'a\\b'
['a\\b']
['\x00\x1f\x80\xa0\xad\u2028\ufeff\U000e0001']
['🙂é']
"{{ }}"
'{% raw %}'
'a' in {'a': 1} and 'b' not in {'a': 1}
1 if 'a' in s else 2 if 'H' in s else 3
(true, false)|select|list
loop is defined
caller is defined
varargs is defined
1.5.real
i.real
s.format is callable
"a" if true else undefined_a.b
true if undefined_a else false
[1, 2, 3] | batch(2) | map('join', '-') | join('|')
cycler('a', 'b').next()
joiner(', ')()
"a,b;c"|replace(',', ';')|replace(';', ' ')
'é' == 'é'
'é'|length
nums[0]|string + 'x'
nums[i - 7]
d[s[0]|lower ~ 'x'] is undefined
d['o' ~ 'ne']
users[-1].name
users[1:][0]['name']
(users|last)['name']
'\u4f60\u597d'[0]
dict(d, **{'x': 1})
dict(**{'x': 1})
dict(*[{'x': 1}])
range(*[1, 3])|list
s.replace(*['l', 'L'])
[*nums]
range(3,)|list
"\""
'a'|upper|
|upper
1 +
(1
[1
{'a' 1}
'unclosed
1 2
a.
a..b
a[
x is
x is not
not
x | 5
{{ 1 }}
1 if
$x
a?b
a && b
!a
`a`
a = 1
a := 1
lambda x: x
f"x"
i.
is
'x'.join(
range(0, 9000000000000000000, 900000000000000000)[::2]|list
range(-9000000000000000000, 9000000000000000000, 6000000000000000000)|list
range(-9000000000000000000, 9000000000000000000, 6000000000000000000)[-1]
'a'.center(-9223372036854775808)
'a'.zfill(-9223372036854775808)
'abc'|truncate(3, leeway=9223372036854775807)
'abc'[-9223372036854775808:9223372036854775807:9223372036854775807]
nums[::-9223372036854775808]
nums.index(1, -9223372036854775808)
nums|map(
""".strip().split("\n")

# Expressions over several lines in the table above are one string each.
TEMPLATES = [
    "",
    "plain text",
    "a\n",
    "a\n\n",
    "a\r\nb\rc\n",
    "{{ 'a\r\nb' }}",
    "{{ s }}",
    "{{s}}",
    "{{-s-}}",
    "a {{- s -}} b",
    "a {{ s }} b",
    "a\n  {{ s }}\n  b",
    "a\n  {{- s }}\n  b",
    "a\n  {{ s -}}\n  b",
    "a\n  {%- if t %}\n  b\n  {%- endif %}\n  c",
    "a\n  {% if t -%}\n  b\n  {% endif -%}\n  c",
    "a\n  {% if t %}\n  b\n  {% endif %}\n  c",
    "a\n  {%+ if t %}\n  b\n  {%+ endif %}\n  c",
    "a\n  {% if t +%}\n  b\n  {% endif +%}\n  c",
    "  {% if t %}x{% endif %}  \n  {% if t %}y{% endif %}\n",
    "a {% if t %} b {% endif %} c",
    "{% if t %}\n\nb{% endif %}\n\nc",
    "\t{% if t %}\tb\n\t{% endif %}",
    "x\u00a0\n\u00a0{% if t %}b{% endif %}",
    "a {# comment #} b",
    "a\n  {# comment #}\nb",
    "a\n  {#- comment -#}\n  b",
    "a\n  {#+ comment +#}\n  b",
    "a{#-#}b",
    "a{##}b",
    "a{# {% if %} {{ x }} #}b",
    "a{# unclosed",
    "{# a #}{# b #}\n{# c #}\nd",
    "{% raw %}{{ x }}{% if %}{% endraw %}",
    "a {%- raw -%} {{ x }} {%- endraw -%} b",
    "{% raw %}\n{{ x }}\n{% endraw %}\nb",
    "a\n  {% raw %}\n  x\n  {% endraw %}\nb",
    "{%raw%}x{%endraw%}",
    "{% raw %}unclosed",
    "{% raw +%}x{% endraw %}",
    "{{ '{% raw %}' }}",
    "{{ '}}' }}{{ '%}' }}",
    "{{ {'a': {'b': 1}}.a.b }}",
    "{{ {'a': {'b': 1}}}}",
    "{% if {'a': 1}['a'] %}x{% endif %}",
    "{ { } } {a} %} }} #}",
    "{{ }}",
    "{% %}",
    "{{ s",
    "{% if t",
    "{% if t %}",
    "{% if t %}a{% else %}b",
    "{% endif %}",
    "{% else %}",
    "{% if t %}{% endfor %}",
    "{% for x in nums %}{% endif %}",
    "{% nope %}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
    "{% if t %}a{% endif %}",
    "{% if b %}a{% else %}c{% endif %}",
    "{% if b %}a{% elif i == 7 %}b{% else %}c{% endif %}",
    "{% if b %}a{% elif z %}b{% elif n %}d{% else %}c{% endif %}",
    "{% if b %}a{% elif z %}b{% endif %}",
    "{% if t: %}a{% endif %}",
    "{% if 1, 2 %}a{% endif %}",
    "{% if b %}{{ 1 / 0 }}{% endif %}ok",
    "{% if b %}{{ s|nope }}{% endif %}ok",
    "{% if b %}{{ s is nope }}{% endif %}ok",
    "{% if b %}{% for x in nums %}{{ x|nope }}{% endfor %}{% endif %}ok",
    "{% for x in nums %}{% if b %}{{ x|nope }}{% endif %}{% endfor %}ok",
    "{{ 1 if t else s|nope }}",
    "{{ s|nope if b else 2 }}",
    "{% for x in nums %}{{ x }}{% endfor %}",
    "{% for x in nums %}{{ x }},{% else %}none{% endfor %}",
    "{% for x in empty %}{{ x }},{% else %}none{% endfor %}",
    "{% for x in undefined_a %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in none %}{{ x }}{% endfor %}",
    "{% for x in 5 %}{{ x }}{% endfor %}",
    "{% for c in 'aé🙂' %}{{ c }}-{% endfor %}",
    "{% for k in d %}{{ k }} {% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }} {% endfor %}",
    "{% for k, v in d|items %}{{ k }}={{ v }} {% endfor %}",
    "{% for k, v in d|dictsort %}{{ k }} {% endfor %}",
    "{% for a, b in [[1, 2], (3, 4), 'xy'] %}{{ a }}{{ b }} {% endfor %}",
    "{% for a, b in [[1, 2, 3]] %}{{ a }}{% endfor %}",
    "{% for a, b in [1] %}{{ a }}{% endfor %}",
    "{% for a, in [[1], [2]] %}{{ a }}{% endfor %}",
    "{% for (a, b) in [[1, 2]] %}{{ a }}{{ b }}{% endfor %}",
    "{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for x in nums if x > 1 %}{{ x }}{% endfor %}",
    "{% for x in nums if x > 9 %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in nums if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% endfor %}",
    "{% for k, v in d.items() if v == 1 %}{{ k }}{{ loop.last }}{% endfor %}",
    "{% for k, v in [[1, 2], [3, 4]] if k > 1 %}{{ loop.previtem }}{{ k }}{% endfor %}",
    "{% for u in users if u.age == 30 %}{{ u.name }}{{ ', ' if not loop.last }}{% endfor %}",
    "{% for x in nums if loop.index > 1 %}{{ x }}{% endfor %}",
    "{% for x in nums %}{% for y in nums if y == x %}{{ loop.index }}{{ y }}{% endfor %}{% endfor %}",
    "{% for x in nums if x is odd if x > 1 %}{% endfor %}",
    "{% for x in nums if x is odd else y %}{% endfor %}",
    "{% for x in nums if t else empty %}{{ x }}{% endfor %}",
    "{% for x in (nums if t else empty) %}{{ x }}{% endfor %}",
    "{% for x in nums + [9] %}{{ x }}{% endfor %}",
    "{% for x in 1, 2 %}{{ x }}{% endfor %}",
    "{% for x in nums: %}{{ x }}{% endfor %}",
    "{% for x in nums %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}"
    "{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }};{% endfor %}",
    "{% for x in nums %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "{% for x in nums %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}",
    "{% for x in nums %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in nums %}{{ loop.cycle() }}{% endfor %}",
    "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }} {% endfor %}",
    "{% for x in [1, 1, 2] %}{{ loop.changed(x, 'k') }} {% endfor %}",
    "{% for x in nums|map('string') %}{{ loop.length }}{{ loop.index }}{{ x }} {% endfor %}",
    "{% for x in nums|map('string') %}{{ x }}{{ loop.last }} {% endfor %}",
    "{% for x in nums|map('string') %}{% if loop.first %}{{ loop.nextitem }}{% endif %}{{ x }}{{ loop.length }} {% endfor %}",
    "{% for x in nums %}{{ loop.nope }}{{ loop.nope is defined }}{% endfor %}",
    "{% for x in nums %}{{ loop['index'] }}{% endfor %}",
    "{% for x in nums %}{{ loop }} {% endfor %}",
    "{% for x in nums %}{{ loop|length }}{% endfor %}",
    "{% for x in nums %}{% for y in nums %}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}",
    "{% for x in nums %}{% set outer = loop %}{% for y in 'ab' %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for x in nums %}{% for y in [loop.index] %}{{ y }}{% endfor %}{% endfor %}",
    "{% for x in nums %}{% endfor %}{{ loop is defined }}{{ x is defined }}",
    "{% for x in nums %}{% set loop = 1 %}{% endfor %}",
    "{% for loop in nums %}{% endfor %}",
    "{% set loop = 5 %}{{ loop }}{% for x in nums %}{{ loop.index }}{% endfor %}{{ loop }}",
    "{% for x in nums %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in nums %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in nums %}{% continue %}{% else %}else ran{% endfor %}",
    "{% for x in nums %}{% break %}{% else %}else ran{% endfor %}",
    "{% for x in nums %}{{ x }}{% break %}{% else %}else ran{% endfor %}",
    "{% for x in nums %}{% for y in nums %}{% break %}{% endfor %}{{ x }}{% endfor %}",
    "{% for x in nums %}{% for y in empty %}{% else %}{% break %}{% endfor %}{{ x }}{% endfor %}",
    "{% break %}",
    "{% continue %}",
    "{% for x in nums %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% for x in nums %}{% set y %}{% if x == 1 %}{% break %}{% endif %}v{{ x }}{% endset %}{{ y }}{% endfor %}",
    "{% for x in nums %}{% filter upper %}a{% continue %}b{% endfilter %}{% endfor %}",
    "{% for x in tree recursive %}{{ x.v }}{% if x.kids %}({{ loop(x.kids) }}){% endif %}{% endfor %}",
    "{% for x in tree recursive %}{{ loop.depth }}{{ loop.depth0 }}:{{ x.v }}[{{ loop(x.kids) }}]{% endfor %}",
    "{% for x in tree recursive %}{{ x.v }}{{ loop(x.kids) }}{% else %}-{% endfor %}",
    "{% for x in tree if x.v != 2 recursive %}{{ x.v }}{{ loop(x.kids) }}{% endfor %}",
    "{% for x in tree %}{{ loop(x.kids) }}{% endfor %}",
    "{% set y = 'out' %}{% for x in tree recursive %}{{ y }}{{ x.v }}{{ loop(x.kids) }}{% endfor %}",
    "{% for x in tree recursive %}{% set outer = loop %}{% for k in x.kids %}{{ outer([k]) }}{% endfor %}{{ x.v }}{% endfor %}",
    "{% set x = 5 %}{{ x }}",
    "{% set x = 1, 2 %}{{ x }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = b, 2 %}{{ a }}{{ b }}",
    "{% set (a, b) = [1, 2] %}{{ a }}{{ b }}",
    "{% set a, b = [1] %}",
    "{% set a.b = 1 %}",
    "{% set s.b = 1 %}",
    "{% set 'a' = 1 %}",
    "{% set true = 1 %}",
    "{% set x %}",
    "{% set x = %}",
    "{% set x -%}  block {{ s }} {%- endset %}[{{ x }}]",
    "{% set x %}a{{ i }}{% endset %}{{ x }}{{ x is string }}",
    "{% set x | upper %}abc{% endset %}{{ x }}",
    "{% set x | upper | replace('B', '-') %}abc{% endset %}{{ x }}",
    "{% set x | length %}abc{% endset %}{{ x + 1 }}",
    "{% set x %}{% set y = 5 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}",
    "{% if t %}{% set x = 1 %}{% endif %}{{ x }}",
    "{% if b %}{% set x = 1 %}{% endif %}{{ x is defined }}",
    "{% if b %}{% set s = 'changed' %}{% endif %}{{ s }}",
    "{% if t %}{% set s = 'changed' %}{% endif %}{{ s }}",
    "{{ s }}{% set s = 'changed' %}{{ s }}",
    "{% set s = s ~ '!' %}{{ s }}",
    "{% for x in nums %}{% set s = x %}{% endfor %}{{ s }}",
    "{% set v = 0 %}{% for x in nums %}{% set v = v + x %}{{ v }},{% endfor %}{{ v }}",
    "{% for x in nums %}{% if loop.first %}{% set v = x %}{% endif %}{{ v is defined }},{% endfor %}",
    "{% for x in nums %}{{ y is defined }}{% set y = 1 %}{{ y is defined }} {% endfor %}",
    "{% set ns = namespace(v=0) %}{% for x in nums %}{% set ns.v = ns.v + x %}{% endfor %}{{ ns.v }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b = [ns.a] %}{{ ns.a }}{{ ns.b }}{{ ns.c }}{{ ns }}",
    "{% set ns = namespace(a=1) %}{% set ns.a, x = 5, 6 %}{{ ns.a }}{{ x }}",
    "{% set ns = namespace() %}{% set ns._x = 1 %}",
    "{% set ns = namespace() %}{% set ns.x %}block{% endset %}{{ ns.x }}",
    "{% set ns = namespace(l=[]) %}{% for x in nums %}{% set ns.l = ns.l + [x] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(d={}) %}{% for u in users %}{% set ns.d = dict(ns.d, **{u.name: u.age}) %}{% endfor %}{{ ns.d }}",
    "{% set ns = namespace(a=1) %}{{ ns.a }}{{ ns['a'] }}{{ 'a' in ns }}",
    "{% set ns = namespace(x=namespace(y=1)) %}{{ ns.x.y }}{% set ns.x.y = 2 %}",
    "{% set ns = namespace(items=5) %}{{ ns.items }}",
    "{% macro m() %}x{% endmacro %}{{ m() }}",
    "{% macro m(a, b=2) %}{{ a }}-{{ b }};{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=5, a=4) }}{{ m() }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x=1) }}",
    "{% macro m(a, b) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}",
    "{% macro m(a) %}{{ a is defined }}{{ a is none }}{% endmacro %}{{ m() }}{{ m(none) }}{{ m(undefined_a) }}",
    "{% macro m(a=undefined_a) %}{{ a is defined }}{% endmacro %}{{ m() }}",
    "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}",
    "{% macro m(a=b, b=1) %}{{ a }}{{ b }}{% endmacro %}{{ m() }}",
    "{% macro m(a=1, b) %}{% endmacro %}",
    "{% macro m(a, a) %}{% endmacro %}",
    "{% macro m(a=s) %}{{ a }}{% endmacro %}{% set s = 'new' %}{{ m() }}",
    "{% macro m(*args) %}{% endmacro %}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}",
    "{% macro m(a) %}{{ a }}{{ varargs }}{% endmacro %}{{ m(1, 2, 3) }}",
    "{% macro m(a) %}{{ a }}{{ kwargs }}{% endmacro %}{{ m(1, b=2) }}{{ m(a=1) }}",
    "{% macro m() %}{{ kwargs.x }}{% endmacro %}{{ m(**{'x': 5}) }}",
    "{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}body{{ i }}{% endcall %}",
    "{% macro m(x) %}[{{ caller(x, 2) }}]{% endmacro %}{% call(a, b) m(1) %}{{ a }}{{ b }}{% endcall %}",
    "{% macro m() %}[{{ caller() }}]{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}{% call m() %}{% endcall %}",
    "{% macro m() %}x{% endmacro %}{% call m() %}{% endcall %}",
    "{% macro m(caller) %}{{ caller() }}{% endmacro %}{% call m() %}x{% endcall %}",
    "{% macro m(caller=none) %}{{ caller() if caller else 'no' }}{% endmacro %}{% call m() %}x{% endcall %}{{ m() }}",
    "{% call nope() %}x{% endcall %}",
    "{% call 5 %}x{% endcall %}",
    "{% macro inner() %}<{{ caller() }}>{% endmacro %}{% macro outer() %}{% call inner() %}{{ caller() }}{% endcall %}{% endmacro %}{% call outer() %}deep{% endcall %}",
    "{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ m() }}",
    "{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% set x = 2 %}{{ m() }}",
    "{% macro m() %}{{ s }}{% endmacro %}{{ m() }}{% set s = 2 %}{{ m() }}",
    "{% macro m() %}{% set x = 1 %}{{ x }}{% endmacro %}{{ m() }}{{ x is defined }}",
    "{% macro m() %}{% set s = 1 %}{{ s }}{% endmacro %}{{ m() }}{{ s }}",
    "{% macro fact(n) %}{{ 1 if n <= 1 else n * (fact(n - 1)|int) }}{% endmacro %}{{ fact(6) }}",
    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}b{% endmacro %}{{ a() }}",
    "{{ a() }}{% macro a() %}x{% endmacro %}",
    "{% macro m() %}{% macro n() %}n{% endmacro %}{{ n() }}{% endmacro %}{{ m() }}{{ n is defined }}",
    "{% for x in nums %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}{{ m is defined }}",
    "{% if t %}{% macro m() %}yes{% endmacro %}{% endif %}{{ m() }}",
    "{% if b %}{% macro m() %}yes{% endmacro %}{% endif %}{{ m() }}",
    "{% macro m(a, b=1) %}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.catch_varargs }}{{ m.caller }}",
    "{% macro m() %}{% endmacro %}{{ m }}",
    "{% macro m() -%}\n  x\n{%- endmacro %}[{{ m() }}]",
    "{% macro m() %}{{ m2('a') }}{% endmacro %}{% macro m2(x) %}{{ x }}{% endmacro %}{{ m()|upper }}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{{ nums|map('string')|map('upper')|join }}{{ m(nums|join) }}",
    "{% set f = s.upper %}{{ f() }}",
    "{% set m = d.get %}{{ m('one') }}",
    "{% filter upper %}a{{ s }}{% endfilter %}",
    "{% filter replace('a', 'b') | upper %}aa{% endfilter %}",
    "{% filter upper %}{% set x = 1 %}{{ x }}{% endfilter %}{{ x is defined }}",
    "{% filter nope %}{% endfilter %}",
    "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% set a = 'outer' %}{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q is defined }}",
    "{% with a, b = [1, 2] %}{{ a }}{% endwith %}",
    "{% with (a, b) = [1, 2] %}{{ a }}{{ b }}{% endwith %}",
    "{% generation %}a{{ s }}{% endgeneration %}b",
    "{% generation %}{% set g = 1 %}{% endgeneration %}{{ g is defined }}",
    "x\n  {% generation %}\n  y\n  {% endgeneration %}\nz",
    "{% print s %}",
    "{% print s, i %}",
    "{{ raise_exception('stop: ' ~ s) }}",
    "{% if b %}{{ raise_exception('no') }}{% endif %}fine",
    "{{ raise_exception() }}",
    "{{ raise_exception(5) }}",
    "{% set c = cycler('a', 'b', 'c') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{% set _ = c.reset() %}{{ c.current }}",
    "{{ cycler() }}",
    "{% set j = joiner('|') %}{{ j() }}a{{ j() }}b{{ j() }}",
    "{% set j = joiner() %}{% for x in nums %}{{ j() }}{{ x }}{% endfor %}",
    "{% set g = nums|map('string') %}{{ g|list }}{{ g|list }}",
    "{% set g = nums|select('odd') %}{% for x in g %}{{ x }}{% endfor %}{{ g|first is defined }}",
    "{% set g = nums|map('nope') %}never asked",
    "{% if nums|select('gt', 99) %}a generator is true{% endif %}",
    "{% if nums|select('gt', 99)|list %}x{% else %}empty{% endif %}",
    "{% set ns = namespace(n=0) %}{% for x in nums if x > ns.n %}{% set ns.n = x %}{{ x }}{% endfor %}",
    "{% set x = 1 %}{% for x in nums %}{{ x }}{% endfor %}{{ x }}",
    "{% for x in x %}{{ x }}{% endfor %}",
    "{% for s in s %}{{ s }}{% endfor %}{{ s }}",
    "{% for x in nums %}{% for x in 'ab' %}{{ x }}{% endfor %}{{ x }}{% endfor %}",
    "{% for x in nums %}{% if x == 1 %}{% set flag = true %}{% endif %}{% endfor %}{{ flag is defined }}",
    "{% set items = [] %}{% set _ = items.append(1) %}",
    "{{ users[0] }}",
    "{{ users[2].tags is defined }}{{ users[2].tags|default([])|length }}",
    "{% for u in users %}{{ u.name }}: {{ u.tags|join('/') if u.tags else '-' }}\n{% endfor %}",
    "{% for u in users %}{% if not loop.first %}, {% endif %}{{ u['name'] }}{% endfor %}.",
    "{% for g in users|groupby('age') %}{{ g.grouper }}:{{ g.list|map(attribute='name')|join(',') }} {% endfor %}",
    "{% for age, list in users|groupby('age') %}{{ age }}:{{ list|length }} {% endfor %}",
    "{% for row in nums|batch(2, 0) %}{{ row|join(',') }};{% endfor %}",
    "{%- for x in nums -%}  {{ x }}  {%- endfor -%}",
    "{% set x = {'a': 1,\n 'b': 2} %}{{ x }}",
    "{{ {\n'a': [\n1,\n2\n]\n} }}",
    "{{ s\n|\nupper }}",
    "{% if t and\n not b %}x{% endif %}",
    "{%if t%}x{%endif%}",
    "{%-if t-%} x {%-endif-%}",
    "a{{ '' }}\n{{ '' }}\nb",
    "{{ s }}\n\n{{ s }}\n",
    "line\n{% set x = 1 %}\nline",
    "line\n    {% set x = 1 %}    \nline",
    "line\n    {% set x = 1 %}{# c #}\nline",
    "{# c #}    {% set x = 1 %}\nline",
    "{% set x = 1 %}    {% set y = 1 %}\nline",
    "{{ 1 }}    {% set y = 1 %}\nline",
    "<|im_start|>{{ 'user' }}\n{{ s | trim }}<|im_end|>\n",
    "{{ '<|im_start|>' ~ 'user' + '\n' }}",
    "{{ \"a\" \"b\" }}",
    "{{ 'a' if t }}{{ 'a' if b }}",
    "{{ (users|selectattr('age', 'eq', 4)|first).name }}",
    "{{ (users|selectattr('age', 'eq', 99)|first).name }}",
    "{% macro render(v, depth=0) %}{% if v is mapping %}{% for k, x in v.items() %}{{ '  ' * depth }}{{ k }}:\n"
    "{{ render(x, depth + 1) }}{% endfor %}{% elif v is string %}{{ '  ' * depth }}{{ v }}\n{% elif v is iterable %}"
    "{% for x in v %}{{ render(x, depth + 1) }}{% endfor %}{% else %}{{ '  ' * depth }}{{ v }}\n{% endif %}{% endmacro %}"
    "{{ render(schema) }}",
    "{% set ns = namespace(found=false) %}{% for m in users %}{% if m.age == 25 and not ns.found %}"
    "{% set ns.found = true %}{{ loop.index0 }}{% endif %}{% endfor %}{{ ns.found }}",
    "{% for x in range(3) %}{% for y in range(x) %}{{ x }}{{ y }}{{ loop.last }} {% endfor %}{% endfor %}",
    "{{ {'a': 1}.update({'b': 2}) }}",
    "{{ ''.__class__ }}{{ ().__class__.__bases__ }}",
    "{{ ''.__class__ }}|",
    "{{ cycler.__init__.__globals__ }}",
    "{{ namespace.__init__ }}|",
    "{{ range.__name__ }}|",
    "{% block a %}{% endblock %}{% block a %}{% endblock %}",
    "{% autoescape nope",
    "{% do 1 %}",
    "{% trans %}x{% endtrans %}",
    "{% debug %}",
    "{% if %}{% endif %}",
    "{% for %}{% endfor %}",
    "{% for x %}{% endfor %}",
    "{% for x in %}{% endfor %}",
    "{% for in nums %}{% endfor %}",
    "{% for 1 in nums %}{% endfor %}",
    "{% for x.y in nums %}{% endfor %}",
    "{% macro %}{% endmacro %}",
    "{% macro 5() %}{% endmacro %}",
    "{% macro m %}{% endmacro %}",
    "{% if t %}a{% endif x %}",
    "{% set x = 1 y %}",
    "{{ s }",
    "{{ s }}}",
    "{{{ s }}}",
    "{{ {{ s }} }}",
    "{% {% %}",
    "{% if t %}{{ s }{% endif %}",
    "{{ \"unclosed }}",
    "{{ 'a\\' }}",
    "{{ '\\x4' }}",
    "{{ '\\u12' }}",
    "{{ '\\U00110000' }}",
]
