// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Walks the tree of a chat template: statements write, expressions give values.

#ifndef TFC_RUNTIME_CHAT_EVALUATOR_H
#define TFC_RUNTIME_CHAT_EVALUATOR_H

#include "runtime/Chat/Functions.h"
#include "runtime/Chat/Program.h"
#include "runtime/Chat/Python.h"

namespace tfc::chat {

class Evaluator;

/// A loop that runs. Elements are tested one by one, as far ahead as the template looks.
struct Loop {
  Evaluator *evaluator;
  Value all;       ///< a list
  uint32_t at;     ///< of the next element to look at
  uint32_t target; ///< a node
  uint32_t filter; ///< a node, or noPart
  int64_t index;   ///< of the current one, from 0
  int64_t length;  ///< of those that pass the filter, or -1
  bool peeked;     ///< `next` is the next element, if it hasNext
  bool hasNext;
  Value previous, current, next;
};

class Evaluator {
public:
  Evaluator(const Program &program, Machine &machine)
      : program(program), machine(machine), loopName(findString("loop")) {}

  /// Gives a variable its value, if the template mentions it.
  void define(const char *name, const Value &value) {
    if (const uint32_t found = findString(name); found != noPart)
      assign(found, value);
  }
  void run() { run(program.root()); }

  bool advance(Loop &loop);
  bool peek(Loop &loop);
  int64_t lengthOf(Loop &loop);

private:
  /// What follows a statement.
  enum class Flow { next, breakLoop, continueLoop };

  struct Variable {
    uint32_t name;
    Value value;
  };

  /// Variables that end with it.
  class Frame {
  public:
    explicit Frame(Evaluator &evaluator)
        : evaluator(evaluator), begin(evaluator.frameBegin), floor(evaluator.floor) {
      evaluator.frameBegin = evaluator.variables.count;
      ++evaluator.frames;
    }
    Frame(const Frame &) = delete;
    ~Frame() {
      evaluator.variables.count = evaluator.frameBegin;
      evaluator.frameBegin = begin;
      evaluator.floor = floor;
      --evaluator.frames;
    }

  private:
    Evaluator &evaluator;
    size_t begin, floor;
  };

  Flow run(uint32_t index);
  Flow runList(uint32_t list);
  Flow runLoop(const Node &node);
  void runScope(uint32_t block);
  Value captureScope(uint32_t block);

  void assign(uint32_t name, const Value &value);
  void assignTarget(uint32_t target, const Value &value);
  void assignMember(const Node &node, const Value &value);
  Value lookUp(uint32_t name);
  Value stringOf(uint32_t index) const {
    uint32_t length;
    const char *text = program.string(index, &length);
    return Value::string(text, length);
  }
  uint32_t findString(const char *text) const;

  Value evaluate(uint32_t index);
  Value evaluateOr(uint32_t index, const Value &otherwise) {
    return index == noPart ? otherwise : evaluate(index);
  }
  Value evaluateNode(const Node &node);
  Value evaluateList(Kind kind, uint32_t list);
  Value evaluateDict(uint32_t list);
  Value compare(const Node &node);
  Value callMacro(const Value &macro, const Value *given, uint32_t count, uint32_t list);
  Value callMethod(const Node &node, const Arguments &arguments);

  /// Calls a function with `first`, if there is one, and what a list says.
  template <typename Call> Value withArguments(const Value *first, uint32_t list, Call call);

  const Program &program;
  Machine &machine;
  tokenizer::List<Variable> variables;
  uint32_t loopName;     ///< the string that names a loop, or noPart
  uint32_t frames = 0;   ///< inside that of the template itself
  size_t frameBegin = 0; ///< the first variable of the current frame
  size_t floor = 0;      ///< the first that can be seen, but for those of the template itself
  size_t outermost = 0;  ///< how many variables of the template itself there are
};

} // namespace tfc::chat

#endif
