// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A compiled chat template: constant data without pointers, which the compiler writes and the
// runtime evaluates in place.
//
//   ChatHeader · Node[nodes] · uint32_t[lists] · uint32_t[strings + 1] · char[textBytes]
//
// Nodes form a tree whose leaves come first: a node names only nodes before itself. A list is the
// place of its count in `lists`, and its elements follow there. String i is the text from offset i
// to offset i + 1, UTF-8.

#ifndef TFC_RUNTIME_CHAT_FORMAT_H
#define TFC_RUNTIME_CHAT_FORMAT_H

#include <stdint.h>

namespace tfc::chat {

constexpr uint32_t chatMagic = 0x48434654; // "TFCH"
/// An optional part that is not there.
constexpr uint32_t noPart = 0xFFFFFFFF;

struct ChatHeader {
  uint32_t magic, nodes, lists, strings, textBytes;
  uint32_t root;   ///< a block; noPart where the template is not supported
  uint32_t reason; ///< then: the string that says why
  uint32_t reserved;
};

/// Kinds of nodes, and what the parts of each are: n a node, o a node or noPart, s a string, l a
/// list of nodes, m a list of nodes or noPart, i a number.
#define TFC_CHAT_NODES(NODE)                                                                       \
  /* Statements */                                                                                 \
  NODE(block, "l")      /* statements */                                                           \
  NODE(scope, "n")      /* a block with variables of its own */                                    \
  NODE(text, "s")       /* is written as it is */                                                  \
  NODE(print, "n")      /* an expression */                                                        \
  NODE(branch, "nno")   /* a condition, a block, and another one */                                \
  NODE(loop, "nnno")    /* a target, a source, a block, and one for no elements */                 \
  NODE(source, "no")    /* what a loop goes over, and a condition of its elements */               \
  NODE(assign, "nn")    /* a target and a value */                                                 \
  NODE(capture, "nn")   /* a target, and a block whose text it gets */                             \
  NODE(macro, "sln")    /* a name, parameters and a block */                                       \
  NODE(parameter, "so") /* a name and a default */                                                 \
  NODE(breakLoop, "")                                                                              \
  NODE(continueLoop, "")                                                                           \
  /* Targets */                                                                                    \
  NODE(nameTarget, "s")                                                                            \
  NODE(memberTarget, "ss") /* a namespace and its attribute */                                     \
  NODE(tupleTarget, "l")                                                                           \
  /* Expressions */                                                                                \
  NODE(nothing, "")                                                                                \
  NODE(truth, "i")                                                                                 \
  NODE(integer, "ii") /* the low and the high half */                                              \
  NODE(string, "s")                                                                                \
  NODE(name, "s")                                                                                  \
  NODE(list, "l")                                                                                  \
  NODE(tuple, "l")                                                                                 \
  NODE(dict, "l") /* key, value, key, value … */                                                   \
  NODE(attribute, "ns")                                                                            \
  NODE(item, "nn")                                                                                 \
  NODE(slice, "nooo")    /* of what, from, to, step */                                             \
  NODE(invert, "n")      /* not */                                                                 \
  NODE(sign, "n")        /* code 1: minus */                                                       \
  NODE(both, "nn")       /* and */                                                                 \
  NODE(either, "nn")     /* or */                                                                  \
  NODE(choose, "nno")    /* a condition, and what it chooses from */                               \
  NODE(arithmetic, "nn") /* code: Operator */                                                      \
  NODE(concat, "l")                                                                                \
  NODE(compare, "nl") /* the first, and an operand for each comparison of the chain */             \
  NODE(operand, "n")  /* code: Comparison */                                                       \
  NODE(filter, "nmi") /* code: a row of TFC_CHAT_FILTERS; arguments, and what those name */        \
  NODE(test, "nm")    /* code: a row of TFC_CHAT_TESTS */                                          \
  NODE(method, "nms") /* code: a row of TFC_CHAT_METHODS; arguments, and the name */               \
  NODE(call, "nl")                                                                                 \
  NODE(keyword, "sn") /* an argument by name */                                                    \
  NODE(global, "m")   /* code: a row of TFC_CHAT_GLOBALS */

enum class NodeKind : uint16_t {
#define NODE(name, parts) name,
  TFC_CHAT_NODES(NODE)
#undef NODE
      count
};

struct Node {
  NodeKind kind;
  uint16_t code;
  uint32_t line; ///< of the template, from 1
  uint32_t parts[4];
};

enum class Operator : uint16_t { add, subtract, multiply, floorDivide, modulo, power };
enum class Comparison : uint16_t {
  equal,
  unequal,
  less,
  lessEqual,
  greater,
  greaterEqual,
  in,
  notIn
};

/// What templates can name, each with its function in the runtime and its parameters: `x!` must be
/// given; `*` takes any number, and by name as well in a global.
#define TFC_CHAT_FILTERS(ROW)                                                                      \
  ROW(abs, absolute, "")                                                                           \
  ROW(capitalize, capitalize, "")                                                                  \
  ROW(count, length, "")                                                                           \
  ROW(d, fallback, "default_value boolean")                                                        \
  ROW(default, fallback, "default_value boolean")                                                  \
  ROW(first, first, "")                                                                            \
  ROW(indent, indent, "width first blank")                                                         \
  ROW(int, toInteger, "default")                                                                   \
  ROW(items, items, "")                                                                            \
  ROW(join, join, "d attribute")                                                                   \
  ROW(last, last, "")                                                                              \
  ROW(length, length, "")                                                                          \
  ROW(list, toList, "")                                                                            \
  ROW(lower, lower, "")                                                                            \
  ROW(map, map, "*")                                                                               \
  ROW(max, largest, "")                                                                            \
  ROW(min, smallest, "")                                                                           \
  ROW(reject, select, "*")                                                                         \
  ROW(rejectattr, select, "*")                                                                     \
  ROW(replace, replace, "old! new! count")                                                         \
  ROW(reverse, reverse, "")                                                                        \
  ROW(safe, toText, "")                                                                            \
  ROW(select, select, "*")                                                                         \
  ROW(selectattr, select, "*")                                                                     \
  ROW(string, toText, "")                                                                          \
  ROW(sum, sum, "attribute start")                                                                 \
  ROW(title, titleWords, "")                                                                       \
  ROW(tojson, toJson, "ensure_ascii indent separators sort_keys")                                  \
  ROW(trim, trim, "chars")                                                                         \
  ROW(unique, unique, "case_sensitive attribute")                                                  \
  ROW(upper, upper, "")

#define TFC_CHAT_TESTS(ROW)                                                                        \
  ROW(boolean, isBoolean, "")                                                                      \
  ROW(defined, isDefined, "")                                                                      \
  ROW(divisibleby, isDivisible, "num!")                                                            \
  ROW(eq, isEqual, "other!")                                                                       \
  ROW(equalto, isEqual, "other!")                                                                  \
  ROW(even, isEven, "")                                                                            \
  ROW(false, isFalse, "")                                                                          \
  ROW(ge, isGreaterEqual, "other!")                                                                \
  ROW(greaterthan, isGreater, "other!")                                                            \
  ROW(gt, isGreater, "other!")                                                                     \
  ROW(in, isIn, "seq!")                                                                            \
  ROW(integer, isInteger, "")                                                                      \
  ROW(iterable, isIterable, "")                                                                    \
  ROW(le, isLessEqual, "other!")                                                                   \
  ROW(lessthan, isLess, "other!")                                                                  \
  ROW(lt, isLess, "other!")                                                                        \
  ROW(mapping, isMapping, "")                                                                      \
  ROW(ne, isUnequal, "other!")                                                                     \
  ROW(none, isNone, "")                                                                            \
  ROW(number, isNumber, "")                                                                        \
  ROW(odd, isOdd, "")                                                                              \
  ROW(sequence, isSequence, "")                                                                    \
  ROW(string, isString, "")                                                                        \
  ROW(true, isTrue, "")                                                                            \
  ROW(undefined, isUndefined, "")

/// Methods also say of what they are: s strings, l lists and tuples, d mappings, L the loop.
#define TFC_CHAT_METHODS(ROW)                                                                      \
  ROW(capitalize, capitalize, "", "s")                                                             \
  ROW(count, countOf, "sub!", "sl")                                                                \
  ROW(cycle, cycle, "*", "L")                                                                      \
  ROW(endswith, endsWith, "suffix!", "s")                                                          \
  ROW(find, find, "sub!", "s")                                                                     \
  ROW(get, get, "key! default", "d")                                                               \
  ROW(index, indexOf, "sub!", "sl")                                                                \
  ROW(isdigit, isDigits, "", "s")                                                                  \
  ROW(isspace, isWhite, "", "s")                                                                   \
  ROW(items, items, "", "d")                                                                       \
  ROW(join, joinBy, "iterable!", "s")                                                              \
  ROW(keys, keys, "", "d")                                                                         \
  ROW(lower, lower, "", "s")                                                                       \
  ROW(lstrip, stripLeft, "chars", "s")                                                             \
  ROW(removeprefix, removePrefix, "prefix!", "s")                                                  \
  ROW(removesuffix, removeSuffix, "suffix!", "s")                                                  \
  ROW(replace, replace, "old! new! count", "s")                                                    \
  ROW(rfind, findLast, "sub!", "s")                                                                \
  ROW(rsplit, splitRight, "sep maxsplit", "s")                                                     \
  ROW(rstrip, stripRight, "chars", "s")                                                            \
  ROW(split, split, "sep maxsplit", "s")                                                           \
  ROW(splitlines, splitLines, "keepends", "s")                                                     \
  ROW(startswith, startsWith, "prefix!", "s")                                                      \
  ROW(strip, strip, "chars", "s")                                                                  \
  ROW(title, title, "", "s")                                                                       \
  ROW(upper, upper, "", "s")                                                                       \
  ROW(values, values, "", "d")

#define TFC_CHAT_GLOBALS(ROW)                                                                      \
  ROW(dict, makeDict, "*")                                                                         \
  ROW(namespace, makeNamespace, "*")                                                               \
  ROW(raise_exception, refuse, "message!")                                                         \
  ROW(range, makeRange, "start! stop step")                                                        \
  ROW(strftime_now, formatTime, "format!")

#define ROW(name, ...) name##_,
enum class FilterCode : uint16_t { TFC_CHAT_FILTERS(ROW) count_of };
enum class TestCode : uint16_t { TFC_CHAT_TESTS(ROW) count_of };
enum class MethodCode : uint16_t { TFC_CHAT_METHODS(ROW) count_of };
enum class GlobalCode : uint16_t { TFC_CHAT_GLOBALS(ROW) count_of };
#undef ROW

} // namespace tfc::chat

#endif
