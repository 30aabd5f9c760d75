// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Statements, variables and loops.

#include "Evaluator.h"

namespace tfc::chat {

// ---- Variables ----

uint32_t Evaluator::findString(const char *text) const {
  for (uint32_t i = 0; i < program.stringCount(); ++i)
    if (stringOf(i).isText(text))
      return i;
  return noPart;
}

void Evaluator::assign(uint32_t name, const Value &value) {
  if (machine.failed())
    return;
  for (size_t i = frameBegin; i < variables.count; ++i)
    if (variables[i].name == name) {
      variables[i].value = value;
      return;
    }
  if (!variables.push({name, value}))
    machine.failWithoutMemory();
  if (!frames)
    outermost = variables.count;
}

Value Evaluator::lookUp(uint32_t name) {
  for (size_t i = variables.count; i > floor; --i)
    if (variables[i - 1].name == name)
      return variables[i - 1].value;
  for (size_t i = floor < outermost ? floor : outermost; i > 0; --i)
    if (variables[i - 1].name == name)
      return variables[i - 1].value;
  const Value text = stringOf(name);
  return Value::undefined(text.text, text.size);
}

void Evaluator::assignMember(const Node &node, const Value &value) {
  const Value space = lookUp(node.parts[0]), name = stringOf(node.parts[1]);
  if (!space.is(Kind::nameSpace)) {
    machine.wrongKind("an attribute is assigned, which only namespaces allow", space);
    return;
  }
  if (name.size && *name.text == '_') {
    machine.fail("the attribute '%.*s' of a namespace begins with an underscore",
                 static_cast<int>(name.size), name.text);
    return;
  }
  NameSpace &to = *space.space;
  if (const Value *old = findKey(machine, to.pairs, to.count, name)) {
    *const_cast<Value *>(old) = value;
    return;
  }
  if (to.count == to.capacity) {
    const uint32_t more = to.capacity * 2 + 4;
    Value *grown = machine.values(2 * size_t{more});
    if (!grown)
      return;
    if (to.count)
      memcpy(static_cast<void *>(grown), to.pairs, 2 * to.count * sizeof(Value));
    to.pairs = grown;
    to.capacity = more;
  }
  to.pairs[2 * to.count] = name;
  to.pairs[2 * to.count++ + 1] = value;
}

void Evaluator::assignTarget(uint32_t target, const Value &value) {
  const Node &node = program.node(target);
  Deeper deeper(machine);
  if (machine.failed())
    return;
  if (node.kind == NodeKind::nameTarget)
    return assign(node.parts[0], value);
  if (node.kind == NodeKind::memberTarget)
    return assignMember(node, value);
  if (node.kind != NodeKind::tupleTarget) {
    machine.fail("the compiled template is broken: a target");
    return;
  }
  const Value all = elements(machine, value);
  const uint32_t count = program.listCount(node.parts[0]);
  if (all.size != count && !machine.failed())
    machine.fail("expected %u values, found %u", count, all.size);
  for (uint32_t i = 0; i < count && !machine.failed(); ++i)
    assignTarget(program.element(node.parts[0], i), all.items[i]);
}

// ---- Statements ----

Evaluator::Flow Evaluator::runList(uint32_t list) {
  for (uint32_t i = 0; i < program.listCount(list) && !machine.failed(); ++i)
    if (Flow flow = run(program.element(list, i)); flow != Flow::next)
      return flow;
  return Flow::next;
}

void Evaluator::runScope(uint32_t block) {
  Frame frame(*this);
  run(block);
}

/// What a block with variables of its own writes.
Value Evaluator::captureScope(uint32_t block) {
  const size_t mark = machine.mark();
  runScope(block);
  return machine.cut(mark);
}

Evaluator::Flow Evaluator::run(uint32_t index) {
  const Node &node = program.node(index);
  const uint32_t *parts = node.parts;
  Deeper deeper(machine);
  if (!machine.spend(1))
    return Flow::next;
  machine.line = node.line;
  switch (node.kind) {
  case NodeKind::block:
    return runList(parts[0]);
  case NodeKind::scope:
    runScope(parts[0]);
    return Flow::next;
  case NodeKind::text:
    machine.write(stringOf(parts[0]));
    return Flow::next;
  case NodeKind::print:
    writeText(machine, evaluate(parts[0]));
    return Flow::next;
  case NodeKind::branch: {
    const uint32_t chosen = parts[truth(evaluate(parts[0])) ? 1 : 2];
    return chosen == noPart || machine.failed() ? Flow::next : run(chosen);
  }
  case NodeKind::loop:
    return runLoop(node);
  case NodeKind::assign:
    assignTarget(parts[0], evaluate(parts[1]));
    return Flow::next;
  case NodeKind::capture:
    assignTarget(parts[0], captureScope(parts[1]));
    return Flow::next;
  case NodeKind::macro: {
    Value macro;
    macro.kind = Kind::macro;
    macro.number = index;
    assign(parts[0], macro);
    return Flow::next;
  }
  case NodeKind::breakLoop:
    return Flow::breakLoop;
  case NodeKind::continueLoop:
    return Flow::continueLoop;
  default:
    machine.fail("the compiled template is broken: a statement");
    return Flow::next;
  }
}

// ---- Loops ----

bool Evaluator::peek(Loop &loop) {
  if (loop.peeked)
    return loop.hasNext;
  loop.peeked = true;
  loop.hasNext = false;
  while (loop.at < loop.all.size && !loop.hasNext && machine.spend(1)) {
    loop.next = loop.all.items[loop.at++];
    loop.hasNext = true;
    if (loop.filter == noPart)
      break;
    Frame frame(*this);
    assignTarget(loop.target, loop.next);
    loop.hasNext = truth(evaluate(loop.filter));
  }
  return loop.hasNext;
}

bool Evaluator::advance(Loop &loop) {
  const bool more = peek(loop) && !machine.failed();
  loop.peeked = false;
  if (!more)
    return false;
  loop.previous = loop.current;
  loop.current = loop.next;
  ++loop.index;
  return true;
}

int64_t Evaluator::lengthOf(Loop &loop) {
  if (loop.length >= 0)
    return loop.length;
  // The rest is filtered at once, and then gone through.
  Value *rest = machine.values(loop.all.size - loop.at + size_t{1});
  size_t count = 0;
  while (rest && peek(loop)) {
    rest[count++] = loop.next;
    loop.peeked = false;
  }
  loop.all = machine.list(Kind::list, rest, count);
  loop.at = 0;
  loop.peeked = false;
  loop.filter = noPart;
  return loop.length = static_cast<int64_t>(count) + loop.index + 1;
}

Evaluator::Flow Evaluator::runLoop(const Node &node) {
  const Node &source = program.node(node.parts[1]);
  if (source.kind != NodeKind::source) {
    machine.fail("the compiled template is broken: a loop");
    return Flow::next;
  }
  auto *loop = machine.make<Loop>();
  if (!loop)
    return Flow::next;
  const Value all = elements(machine, evaluate(source.parts[0]));
  *loop = {this, all, 0, node.parts[0], source.parts[1], -1, -1, false, false, {}, {}, {}};
  if (loop->filter == noPart)
    loop->length = all.size;
  Value value;
  value.kind = Kind::loop;
  value.loop = loop;
  // Jinja takes a loop for empty in which no body was gone through to its end.
  bool isEmpty = true;
  for (Flow flow = Flow::next; flow != Flow::breakLoop && advance(*loop);) {
    Frame frame(*this);
    if (loopName != noPart)
      assign(loopName, value);
    assignTarget(loop->target, loop->current);
    flow = run(node.parts[2]);
    isEmpty &= flow != Flow::next;
  }
  if (isEmpty && node.parts[3] != noPart && !machine.failed())
    runScope(node.parts[3]);
  return Flow::next;
}

Value loopAttribute(Machine &machine, Loop &loop, const Value &name) {
  Evaluator &evaluator = *loop.evaluator;
  struct Row {
    const char *name;
    Value (*get)(Evaluator &evaluator, Loop &loop);
  };
  constexpr Row rows[] = {
      {"index0", [](Evaluator &, Loop &loop) { return Value::integer(loop.index); }},
      {"index", [](Evaluator &, Loop &loop) { return Value::integer(loop.index + 1); }},
      {"first", [](Evaluator &, Loop &loop) { return Value::boolean(loop.index == 0); }},
      {"last", [](Evaluator &e, Loop &loop) { return Value::boolean(!e.peek(loop)); }},
      {"length", [](Evaluator &e, Loop &loop) { return Value::integer(e.lengthOf(loop)); }},
      {"revindex",
       [](Evaluator &e, Loop &loop) { return Value::integer(e.lengthOf(loop) - loop.index); }},
      {"revindex0",
       [](Evaluator &e, Loop &loop) { return Value::integer(e.lengthOf(loop) - loop.index - 1); }},
      {"previtem",
       [](Evaluator &, Loop &loop) {
         return loop.index ? loop.previous : Value::undefined("previtem", 8);
       }},
      {"nextitem",
       [](Evaluator &e, Loop &loop) {
         return e.peek(loop) ? loop.next : Value::undefined("nextitem", 8);
       }},
      {"depth", [](Evaluator &, Loop &) { return Value::integer(1); }},
      {"depth0", [](Evaluator &, Loop &) { return Value::integer(0); }},
  };
  for (const Row &row : rows)
    if (name.isText(row.name))
      return row.get(evaluator, loop);
  return Value::undefined(name.text, name.size);
}

} // namespace tfc::chat
