# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fills in chat templates with tfc-chat and with Jinja, and counts the differences.

    compare.py BIN/tfc-chat [--random N] [--seed S]

Where transformers can be imported, the templates of templates.py go through its apply_chat_template;
elsewhere through Jinja in a sandbox that is set up alike, as random ones always do.
"""

import argparse
import datetime
import functools
import json
import subprocess
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox
from random_templates import RandomTemplate
from templates import CONVERSATIONS, TEMPLATES, TOOLS

CONSTANTS = {"bos_token": "<s>", "eos_token": "</s>"}
NOW = datetime.datetime(2026, 2, 5, 16, 7, 9)


class Generation(jinja2.ext.Extension):
    """The block that marks what an assistant says; here it is only a scope."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_write"), [], [], body).set_lineno(line)

    def _write(self, caller):
        return caller()


def refuse(text):
    raise jinja2.TemplateError(text)


def sandbox():
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )

    def to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    environment.filters["tojson"] = to_json
    environment.globals.update(raise_exception=refuse, strftime_now=NOW.strftime)
    return environment


compiled = functools.lru_cache(maxsize=1)(sandbox().from_string)


def by_jinja(template, variables):
    return compiled(template).render(**CONSTANTS, **variables)


def by_transformers():
    try:
        import transformers
        from tokenizers import Tokenizer, models
        from transformers.utils import chat_template_utils
    except ImportError:
        return None
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.BPE()), bos_token="<s>", eos_token="</s>"
    )

    class Clock:
        @staticmethod
        def now():
            return NOW

    chat_template_utils.datetime = Clock

    def fill_in(template, variables):
        variables = dict(variables)
        return tokenizer.apply_chat_template(
            variables.pop("messages"), chat_template=template, tokenize=False, **variables
        )

    return fill_in


def ours(tool, cases):
    """The answers to (template, [variables, …]) pairs, a list for each."""
    now = int((NOW - datetime.datetime(1970, 1, 1)).total_seconds())
    lines = "".join(
        json.dumps({"template": template, "constants": CONSTANTS, "now": now, "variables": variables}) + "\n"
        for template, variables in cases
    )
    done = subprocess.run([tool], input=lines.encode(), capture_output=True)
    if done.returncode:
        sys.exit(f"{tool} ends with {done.returncode}: {done.stderr.decode()}")
    answers = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
    assert len(answers) == sum(len(variables) for _, variables in cases)
    found = iter(answers)
    return [[next(found) for _ in variables] for _, variables in cases]


def expected(reference, template, variables):
    try:
        return {"text": reference(template, variables)}
    except Exception as error:  # whatever the template makes Python raise
        return {"error": f"{type(error).__name__}: {error}"}


def compare(tool, cases, reference, may_be_unsupported=False):
    count = wrong = unsupported = refused = 0
    for (template, all_variables), answers in zip(cases, ours(tool, cases)):
        for variables, found in zip(all_variables, answers):
            count += 1
            if may_be_unsupported and "unsupported" in found:
                unsupported += 1
                continue
            want = expected(reference, template, variables)
            refused += "error" in want
            if want.keys() != found.keys() or want.get("text") != found.get("text"):
                wrong += 1
                if wrong <= 12:
                    print(f"template {template!r}\n  with     {str(variables)[:400]}\n  expected {want}\n  found    {found}")
    return count, wrong, unsupported, refused


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument("--random", type=int, default=500, help="how many random templates")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    variables = [
        {"messages": messages, "tools": tools, "documents": None, "add_generation_prompt": prompt}
        for messages in CONVERSATIONS
        for tools in (None, TOOLS)
        for prompt in (False, True)
    ]
    reference = by_transformers()
    results = [compare(arguments.tool, [(text, variables) for text in TEMPLATES.values()], reference or by_jinja)]
    print("families, by {}: {} texts, {} differ, {} unsupported, {} refused".format(
        "transformers" if reference else "Jinja", *results[0]))

    cases = []
    for number in range(arguments.random):
        random = RandomTemplate(arguments.seed * 1000003 + number)
        cases.append((random.template(), [random.variables() for _ in range(3)]))
    results.append(compare(arguments.tool, cases, by_jinja, may_be_unsupported=True))
    print("random: {} texts, {} differ, {} unsupported, {} refused".format(*results[1]))
    # A comparison in which nearly everything is refused would say little.
    good = all(count and not wrong and unsupported + refused < 0.7 * count for count, wrong, unsupported, refused in results)
    sys.exit(not good)


if __name__ == "__main__":
    main()
