// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Expressions and calls.

#include "Evaluator.h"

namespace tfc::chat {

Value Evaluator::evaluate(uint32_t index) {
  const Node &node = program.node(index);
  Deeper deeper(machine);
  if (!machine.spend(1))
    return Value();
  machine.line = node.line;
  Value value = evaluateNode(node);
  return machine.failed() ? Value() : value;
}

template <typename Call>
Value Evaluator::withArguments(const Value *first, uint32_t list, Call call) {
  const uint32_t given = first ? 1 : 0, count = program.listCount(list) + given;
  Value few[6];
  Value *all = count <= 6 ? few : machine.values(count);
  if (!all)
    return Value();
  if (first)
    all[0] = *first;
  for (uint32_t i = given; i < count; ++i)
    all[i] = evaluateOr(program.element(list, i - given), Value::missing());
  return machine.failed() ? Value() : call(Arguments{all, count});
}

Value Evaluator::evaluateNode(const Node &node) {
  const uint32_t *parts = node.parts;
  switch (node.kind) {
  case NodeKind::nothing:
    return Value::none();
  case NodeKind::truth:
    return Value::boolean(parts[0] != 0);
  case NodeKind::integer:
    return Value::integer(static_cast<int64_t>(uint64_t{parts[1]} << 32 | parts[0]));
  case NodeKind::string:
    return stringOf(parts[0]);
  case NodeKind::name:
    return lookUp(parts[0]);
  case NodeKind::list:
    return evaluateList(Kind::list, parts[0]);
  case NodeKind::tuple:
    return evaluateList(Kind::tuple, parts[0]);
  case NodeKind::dict:
    return evaluateDict(parts[0]);
  case NodeKind::attribute: {
    const Value value = evaluate(parts[0]);
    return attributeOf(machine, value, stringOf(parts[1]));
  }
  case NodeKind::item: {
    const Value value = evaluate(parts[0]);
    return itemOf(machine, value, evaluate(parts[1]));
  }
  case NodeKind::slice: {
    const Value value = evaluate(parts[0]);
    const Value bounds[3] = {evaluateOr(parts[1], Value::none()),
                             evaluateOr(parts[2], Value::none()),
                             evaluateOr(parts[3], Value::none())};
    return sliceOf(machine, value, bounds);
  }
  case NodeKind::invert:
    return Value::boolean(!truth(evaluate(parts[0])));
  case NodeKind::sign: {
    const Value value = evaluate(parts[0]);
    if (!value.isNumber() || value.number == INT64_MIN)
      return machine.wrongKind(node.code ? "-" : "+", value);
    return Value::integer(node.code ? -value.number : value.number);
  }
  case NodeKind::both: {
    const Value value = evaluate(parts[0]);
    return truth(value) ? evaluate(parts[1]) : value;
  }
  case NodeKind::either: {
    const Value value = evaluate(parts[0]);
    return truth(value) ? value : evaluate(parts[1]);
  }
  case NodeKind::choose:
    return evaluateOr(parts[truth(evaluate(parts[0])) ? 1 : 2],
                      Value::undefined("the value of an if without else", 31));
  case NodeKind::arithmetic: {
    const Value left = evaluate(parts[0]);
    return arithmetic(machine, static_cast<Operator>(node.code), left, evaluate(parts[1]));
  }
  case NodeKind::concat: {
    const Value all = evaluateList(Kind::list, parts[0]);
    const size_t mark = machine.mark();
    for (uint32_t i = 0; i < all.size; ++i)
      writeText(machine, all.items[i]);
    return machine.cut(mark);
  }
  case NodeKind::compare:
    return compare(node);
  case NodeKind::filter: {
    const Value value = evaluate(parts[0]);
    return withArguments(&value, parts[1], [&](Arguments arguments) {
      arguments.names = parts[2];
      return runFilter(machine, static_cast<FilterCode>(node.code), arguments);
    });
  }
  case NodeKind::test: {
    const Value value = evaluate(parts[0]);
    return withArguments(&value, parts[1], [&](const Arguments &arguments) {
      return Value::boolean(runTest(machine, static_cast<TestCode>(node.code), arguments));
    });
  }
  case NodeKind::method: {
    const Value value = evaluate(parts[0]);
    return withArguments(&value, parts[1],
                         [&](const Arguments &arguments) { return callMethod(node, arguments); });
  }
  case NodeKind::call:
    return callMacro(evaluate(parts[0]), nullptr, 0, parts[1]);
  case NodeKind::global:
    return withArguments(nullptr, parts[0], [&](const Arguments &arguments) {
      return runGlobal(machine, static_cast<GlobalCode>(node.code), arguments);
    });
  default:
    return machine.fail("the compiled template is broken: an expression");
  }
}

Value Evaluator::evaluateList(Kind kind, uint32_t list) {
  const uint32_t count = program.listCount(list);
  Value *made = machine.values(count);
  for (uint32_t i = 0; made && i < count && !machine.failed(); ++i)
    made[i] = evaluate(program.element(list, i));
  return machine.list(kind, made, count);
}

Value Evaluator::evaluateDict(uint32_t list) {
  Value *made = machine.values(program.listCount(list));
  size_t count = 0;
  for (uint32_t i = 0; made && i + 1 < program.listCount(list) && !machine.failed(); i += 2) {
    const Value key = evaluate(program.element(list, i)),
                value = evaluate(program.element(list, i + 1));
    if (!needKey(machine, key))
      return Value();
    if (const Value *old = findKey(machine, made, count, key)) {
      *const_cast<Value *>(old) = value;
      continue;
    }
    made[2 * count] = key;
    made[2 * count++ + 1] = value;
  }
  return machine.failed() ? Value() : Value::dict(made, count);
}

Value Evaluator::compare(const Node &node) {
  Value left = evaluate(node.parts[0]);
  for (uint32_t i = 0; i < program.listCount(node.parts[1]) && !machine.failed(); ++i) {
    const Node &operand = program.node(program.element(node.parts[1], i));
    const Value right = evaluate(operand.parts[0]);
    if (machine.failed())
      break;
    bool holds = false;
    switch (static_cast<Comparison>(operand.code)) {
    case Comparison::equal:
      holds = equal(machine, left, right);
      break;
    case Comparison::unequal:
      holds = !equal(machine, left, right);
      break;
    case Comparison::less:
      holds = less(machine, left, right);
      break;
    case Comparison::lessEqual:
      holds = !less(machine, right, left);
      break;
    case Comparison::greater:
      holds = less(machine, right, left);
      break;
    case Comparison::greaterEqual:
      holds = !less(machine, left, right);
      break;
    case Comparison::in:
      holds = contains(machine, right, left);
      break;
    case Comparison::notIn:
      holds = !contains(machine, right, left);
      break;
    }
    if (!holds)
      return Value::boolean(false);
    left = right;
  }
  return Value::boolean(true);
}

Value Evaluator::callMethod(const Node &node, const Arguments &arguments) {
  const auto code = static_cast<MethodCode>(node.code);
  if (hasMethod(code, arguments[0].kind))
    return runMethod(machine, code, arguments);
  const Value name = stringOf(node.parts[2]);
  const Value callee = attributeOf(machine, arguments[0], name);
  if (!callee.is(Kind::macro))
    return machine.fail("%s has no method '%.*s'", nameOf(arguments[0].kind),
                        static_cast<int>(name.size), name.text);
  uint32_t count = 1;
  while (count < arguments.count && !arguments[count].is(Kind::missing))
    ++count;
  return callMacro(callee, arguments.values + 1, count - 1, noPart);
}

/// `given` are arguments that are known, `list` (or noPart) those that are not yet.
Value Evaluator::callMacro(const Value &macro, const Value *given, uint32_t count, uint32_t list) {
  if (machine.failed())
    return Value();
  if (!macro.is(Kind::macro) || macro.number == noPart)
    return machine.wrongKind("what is called", macro);
  const Node &node = program.node(static_cast<uint32_t>(macro.number));
  const uint32_t parameters = node.parts[1], known = program.listCount(parameters),
                 more = list == noPart ? 0 : program.listCount(list);
  Value *values = machine.values(known + size_t{1});
  for (uint32_t i = 0; values && i < known; ++i)
    values[i] = i < count ? given[i] : Value::missing();
  for (uint32_t i = 0, next = count; values && i < more && !machine.failed(); ++i) {
    const Node &argument = program.node(program.element(list, i));
    const bool byName = argument.kind == NodeKind::keyword;
    uint32_t place = next;
    if (byName)
      for (place = 0; place < known; ++place)
        if (program.node(program.element(parameters, place)).parts[0] == argument.parts[0])
          break;
    const Value value = evaluate(byName ? argument.parts[1] : program.element(list, i));
    next += !byName;
    if (place >= known || !values[place].is(Kind::missing))
      return machine.fail("the macro has no place for argument %u", i + 1);
    values[place] = value;
  }
  if (count > known)
    return machine.fail("the macro has no place for argument %u", known + 1);
  if (!values || machine.failed())
    return Value();
  Frame frame(*this);
  floor = variables.count;
  for (uint32_t i = 0; i < known; ++i) {
    const Node &parameter = program.node(program.element(parameters, i));
    const Value name = stringOf(parameter.parts[0]);
    assign(parameter.parts[0],
           !values[i].is(Kind::missing)
               ? values[i]
               : evaluateOr(parameter.parts[1], Value::undefined(name.text, name.size)));
  }
  const size_t mark = machine.mark();
  run(node.parts[2]);
  return machine.cut(mark);
}

} // namespace tfc::chat
