# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random small templates, and variables for them."""

import random

TEXTS = ["", "a", "abc", " x ", "\n", "a b\tc", "Über ß", "水😀", "<|x|>", "a,b,,c", "it's", 'say "hi"', "Ab-cd (ef)", "ǆ ﬁ", "0", "42", " -7 "]
NAMES = ["messages", "tools", "a", "b", "text", "number", "absent", "bos_token"]
KEYS = ["role", "content", "name", "0", "list"]
WHITE = ["", "", "", " ", "\n", "  \n", "\n  ", "\t", "\u00a0\n", " text ", "\n\nword\n"]


class RandomTemplate:
    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.loops = 0

    # ---- Variables ----

    def value(self, depth=2):
        kind = self.draw.randrange(9 if depth else 6)
        if kind < 3:
            return self.draw.choice(TEXTS)
        if kind == 3:
            return self.draw.choice([0, 1, 2, 3, -1, 10])
        if kind == 4:
            return self.draw.choice([True, False, None])
        if kind == 5:
            return [] if self.draw.random() < 0.5 else {}
        if kind == 6:
            return [self.value(depth - 1) for _ in range(self.draw.randrange(4))]
        return {key: self.value(depth - 1) for key in self.draw.sample(KEYS, self.draw.randrange(1, 4))}

    def variables(self):
        messages = [
            {"role": self.draw.choice(["user", "assistant", "system"]), "content": self.draw.choice(TEXTS)}
            for _ in range(self.draw.randrange(5))
        ]
        return {
            "messages": messages,
            "tools": self.value(),
            "a": self.value(),
            "b": self.value(),
            "text": self.draw.choice(TEXTS),
            "number": self.draw.choice([0, 1, 2, 5, -3]),
        }

    # ---- Expressions ----

    def string(self):
        text = self.draw.choice(TEXTS)
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t") + "'"

    def atom(self):
        choice = self.draw.randrange(10)
        if choice < 5:
            names = NAMES + ["i", "m", "loop.index", "loop.first", "loop.last", "loop.index0", "loop.length", "loop.revindex",
                             "loop.nextitem", "loop.previtem"] * bool(self.loops)
            return self.draw.choice(names)
        if choice < 7:
            return self.string()
        if choice == 7:
            return str(self.draw.choice([0, 1, 2, 3, 7]))
        if choice == 8:
            return self.draw.choice(["true", "false", "none", "True", "None", "ns.x"])
        return self.draw.choice(["[]", "{}", "['a', 1]", "('a', 'b')", "{'role': 'x', 'a': [1]}", "range(3)|list", "dict(a=1)", "(1,)"])

    def text(self):
        """What is likely to be a string."""
        return self.draw.choice(["text", "text", "bos_token", self.string(), "(a|string)", "(b ~ text)", "messages[0].content"] + ["(i|string)", "m.role"] * bool(self.loops))

    def number(self):
        return self.draw.choice(["number", "2", "-3", "1", "(text|length)", "(messages|length)", "true"] + ["loop.index", "loop.revindex0"] * bool(self.loops))

    def messages(self):
        return self.draw.choice(["messages", "messages[1:]", "(messages + [{'role': text}])", "[a, b, text]", "[text, 'q', 'Q']"])

    def postfix(self, depth):
        value = self.expression(depth - 1)
        value = value if value.isidentifier() else f"({value})"
        kind = self.draw.randrange(8)
        if kind == 0:
            return f"{value}.{self.draw.choice(['role', 'content', 'name', 'x'])}"
        if kind == 1:
            return f"{value}[{self.draw.choice(['0', '-1', '1', self.string(), self.expression(depth - 1)])}]"
        if kind == 2:
            value = self.draw.choice([self.text(), self.messages(), "a"])
            bounds = [self.draw.choice(["", "0", "1", "-1", "2", "number", "none"]) for _ in range(3)]
            return f"{value}[{bounds[0]}:{bounds[1]}{':' + bounds[2] if self.draw.random() < 0.4 else ''}]"
        if kind < 5:
            method = self.draw.choice(
                ["strip()", "lstrip()", "rstrip('c')", "strip('\\n a')", "split()", "split(',')", "split(',', 1)", "rsplit(',', 1)",
                 "split(none, 1)", "upper()", "lower()", "title()", "capitalize()", "startswith('a')", "endswith(('c', ' '))",
                 "replace('a', 'bb')", "replace('', '-')", "replace('b', '', 1)", "find('b')", "rfind('a')", "count('a')", "splitlines()",
                 "items()", "keys()", "values()", "get('role')", "get('x', 5)", "join(['p', 'q'])", "removeprefix('a')",
                 "removesuffix('c')", "isspace()", "index('a')", "splitlines(true)", f"startswith({self.atom()})"]
            )
            if self.draw.random() < 0.8:
                value = self.text()
            listed = method in ("items()", "keys()", "values()")
            if listed or "get(" in method:
                value = self.draw.choice(["messages[0]", "{'x': a, 'role': b}", value])
            return f"{value}.{method}" + (" | list" if listed else "")
        filters = self.draw.choice(
            ["trim", "length", "upper", "lower", "title", "capitalize", "default('d')", "default('d', true)", "d(1)", "first", "last",
             "join(', ')", "join", "tojson", "tojson(indent=2)", "tojson(ensure_ascii=true)", "tojson(sort_keys=true)",
             "tojson(separators=(',', ':'))", "replace('a', 'z')", "list", "string", "int", "int(5)", "abs", "reverse | list", "items | list",
             "selectattr('role', 'equalto', 'user') | list", "selectattr('role') | list", "rejectattr('role', 'in', ['user']) | list",
             "select('string') | list", "reject('none') | list", "map(attribute='role') | list", "map('upper') | list", "map('length') | list",
             "map(attribute='name', default='?') | join('-')", "unique | list", "max", "min", "sum", "indent(2)", "indent(2, true)", "count",
             "map('tojson') | join"]
        )
        if self.draw.random() < 0.6:
            value = self.messages() if "list" in filters or "map" in filters or "join" in filters else self.text()
        return f"{value} | {filters}"

    def expression(self, depth=3):
        if depth <= 0 or self.draw.random() < 0.25:
            return self.atom()
        kind = self.draw.randrange(12)
        first = lambda: self.wrap(self.expression(depth - 1))
        if kind < 5:
            return self.postfix(depth)
        if kind == 5:
            sign, kind = self.draw.choice([("~", first), ("~", first), ("+", self.text), ("+", self.number), ("-", self.number), ("*", self.number),
                                           ("//", self.number), ("%", self.number), ("** 2 +", self.number), ("+", first), ("*", first)])
            return f"{kind()} {sign} {kind()}"
        if kind == 6:
            sign, kind = self.draw.choice([("==", first), ("!=", first), ("<", self.text), (">=", self.text), ("<=", self.number), (">", self.number),
                                           ("in", self.text), ("not in", self.text), ("in", first), ("<", first)])
            return f"{kind()} {sign} {kind()}" if kind != first or sign != "in" else f"{first()} in {self.messages()}"
        if kind == 7:
            return f"{first()} {self.draw.choice(['and', 'or'])} {first()}"
        if kind == 8:
            return f"not {first()}" if self.draw.random() < 0.7 else f"-{self.number()}"
        if kind == 9:
            other = f" else {first()}" if self.draw.random() < 0.7 else ""
            return f"{first()} if {first()}{other}"
        if kind == 10:
            test = self.draw.choice(
                ["defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number", "integer", "boolean", "true", "false",
                 "odd", "even", "divisibleby 2", "eq(1)", "equalto 'a'", "in ['a', 1]", "gt 1", "ne 2"]
            )
            return f"{first()} is {self.draw.choice(['', 'not '])}{test}"
        return f"[{self.expression(depth - 1)}, {self.expression(depth - 1)}]" if self.draw.random() < 0.5 else f"{{'k': {self.expression(depth - 1)}}}"

    def wrap(self, text):
        return text if self.draw.random() < 0.3 or text.isidentifier() else f"({text})"

    # ---- Statements ----

    def tag(self, text):
        return "{%" + self.draw.choice(["", "", "-", "+"]) + f" {text} " + self.draw.choice(["", "", "-", "+"]) + "%}"

    def statement(self, depth):
        kind = self.draw.randrange(12 if depth else 5)
        if kind < 4:
            return "{{" + self.draw.choice(["", "", "-"]) + f" {self.expression()} " + self.draw.choice(["", "", "-"]) + "}}"
        if kind == 4:
            return self.draw.choice(["{# note #}", "{#- note -#}", "{% raw %}{{ x }}{% endraw %}", "{#+ note\n #}\n"])
        if kind < 7:
            text = self.tag(f"if {self.draw.choice(['', 'not '])}{self.wrap(self.expression(2))}") + self.block(depth - 1)
            if self.draw.random() < 0.3:
                text += self.tag(f"elif ({self.expression(2)})") + self.block(depth - 1)
            if self.draw.random() < 0.5:
                text += self.tag("else") + self.block(depth - 1)
            return text + self.tag("endif")
        if kind < 10:
            target, over = self.draw.choice(
                [("i", "messages"), ("m", "messages"), ("i", "range(3)"), ("i", self.messages()), ("m", "text"), ("m", "messages[::-1]"),
                 ("i, m", "{'x': 1, 'y': 'z'}.items()"), ("i", "a|string"), ("i", f"({self.expression(2)})")]
            )
            filtered = f" if ({self.draw.choice(['m', 'i', target[0], self.expression(2)])})" if self.draw.random() < 0.25 else ""
            self.loops += 1
            body = self.block(depth - 1)
            if self.draw.random() < 0.2:
                body += self.tag(f"if ({self.expression(2)})") + self.tag(self.draw.choice(["break", "continue"])) + self.tag("endif") + "!"
            self.loops -= 1
            other = self.tag("else") + self.block(depth - 1) if self.draw.random() < 0.2 else ""
            return self.tag(f"for {target} in {over}{filtered}") + body + other + self.tag("endfor")
        if kind == 10:
            return self.draw.choice(
                [self.tag(f"set v = {self.expression()}") + "{{ v }}", self.tag(f"set ns.x = {self.expression(2)}") + "{{ ns.x }}",
                 self.tag("set v") + self.block(depth - 1) + self.tag("endset") + "{{ v|length }}{{ v }}",
                 self.tag("set p, q = 1, 'two'") + "{{ q ~ p }}"]
            )
        return self.draw.choice(
            ["{{ f(text, 'w') }}", "{{ f(b=1, a='q') }}", "{{ f(number) | upper }}", self.tag("generation") + self.block(depth - 1) + self.tag("endgeneration")]
        )

    def block(self, depth):
        return "".join(
            self.draw.choice(WHITE) + self.statement(max(depth, 0)) + self.draw.choice(WHITE) for _ in range(self.draw.randrange(1, 4))
        )

    def template(self):
        head = self.tag("macro f(a, b='y')") + "<{{ a }}|{{ b }}{% if a %}+{{ text }}{% endif %}>" + self.tag("endmacro")
        return head + self.tag("set ns = namespace(x=0)") + self.block(2) + self.draw.choice(["", "\n", "\n\n"])
