// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention of all heads of all rows.
//
// A share is one head of one row; where the row has a single token, which is what it has when it is
// generated, and heads of the query share one of the keys, it is all of these heads: each page is
// then read once for all of them. With `append`, a share first keeps the keys and values of its own
// head, which no other reads. A share's rows of queries are its tokens, or its heads. Its keys
// are transposed once into panels of 32 keys, unless they come from pages, where they lie in panels
// already; scores are then a product of the same kind as any other: query rows by panels. Tiles of
// queries then go through the keys in blocks counted from key 0, keeping a running maximum and sum
// for each query (online softmax: Milakov and Gimelshein 2018), and the weighted sum of values is
// again a product by tiles, with the probabilities as A and the values as B in place.

#include "compiler/Codegen/KernelModule.h"

#include "llvm/Support/MathExtras.h"

#include "tfc/abi.h"

#include <cstddef>
#include <limits>

using namespace mlir;

namespace tfc {

/// Keys that are scored before their probabilities are used.
static constexpr int64_t keyBlock = 128;
static constexpr int64_t width = kernel::panelWidth;
static_assert(kernel::pageTokens == TFC_PAGE_TOKENS && kernel::pageTokens == width,
              "a page has one panel of keys");

/// Fetches so many elements.
static void fetchAll(Emitter &e, Value from, MemRefType type, Value elements) {
  constexpr int64_t line = 64;
  Value bytes = e.div(e.mul(elements, type.getElementTypeBitWidth()), 8);
  e.loop(e.i64(0), bytes, line, [&](Value at) { e.prefetch(e.bytes(from, at)); });
}

void emitAttention(KernelModule &module, Emitter &e, kernel::AttentionOp op, Value call,
                   Value scratch, const Addresses &address) {
  const KernelRow &row = e.row;
  MemRefType queryType = op.getQuery().getType(), keyType = op.getKey().getType(),
             valueType = op.getValue().getType();
  MemRefType outType = op.getOutput().getType();
  int64_t heads = op.getHeads(), dim = op.getHeadDim(), valueDim = op.getValueDim();
  int64_t sharing = heads / op.getKeyHeads(); // heads of the query to one of the keys
  int64_t valuePanels = llvm::divideCeil(valueDim, width), outWidth = valuePanels * width;
  const bool cached = op.isCached();
  int64_t queryStride = kernel::stridesOf(queryType).leading,
          keyStride = kernel::stridesOf(keyType).leading;
  int64_t valueStride = cached ? valueDim : kernel::stridesOf(valueType).leading,
          outStride = kernel::stridesOf(outType).leading;

  // Scratch, in elements: probabilities [maxRows, keyBlock], the weighted sum [maxRows, outWidth],
  // one page's share of it [maxRows, 32], running maximum and sum [maxRows] each, then the key
  // panels [⌈keys / 32⌉, dim, 32].
  int64_t sumAt = row.maxRows * keyBlock, partAt = sumAt + row.maxRows * outWidth;
  int64_t maxAt = partAt + row.maxRows * width, totalAt = maxAt + row.maxRows,
          panelsAt = llvm::alignTo(totalAt + row.maxRows, 16);
  module.needScratch((panelsAt + (cached ? 0 : dim * width)) * e.elementBytes(),
                     cached ? 0 : dim * e.elementBytes());
  Value sums = e.at(scratch, sumAt), part = e.at(scratch, partAt), maxima = e.at(scratch, maxAt);
  Value totals = e.at(scratch, totalAt), panels = e.at(scratch, panelsAt);
  const Type keyElement = keyType.getElementType(), valueElement = valueType.getElementType();
  func::FuncOp scoreTile =
      module.tile(row, queryStride, width, keyBlock, false, e.loc, {keyElement});
  func::FuncOp valueTile =
      module.tile(row, keyBlock, valueStride, width, false, e.loc, {valueElement});
  const double cap = op.getSoftcap() ? op.getSoftcap()->convertToDouble() : 1;
  // The same for heads that go together, whose queries lie beside each other.
  const bool groups = cached && sharing > 1;
  func::FuncOp groupTile =
      groups ? module.tile(row, dim, width, keyBlock, false, e.loc, {keyElement}) : scoreTile;
  Value scale = e.splat(op.getScale().convertToDouble() / cap), lowest = e.lowest();

  auto lengthOf = [&](Value rowNumber) {
    return e.sub(e.rowStart(call, e.add(rowNumber, 1)), e.rowStart(call, rowNumber));
  };
  // Of the page that begins with `token`.
  auto headOfPage = [&](TypedValue<MemRefType> pages, Value rowNumber, Value keyHead, Value token) {
    MemRefType type = pages.getType();
    Value page = e.rowPage(call, address.lookup(pages), type, rowNumber,
                           e.div(token, kernel::pageTokens), op.seesSource());
    return e.at(page, e.mul(keyHead, kernel::elementsPerUnit(type) / op.getKeyHeads()),
                type.getElementType());
  };
  // Keys before a row's first query, none where queries do not see them; and how many a query sees
  // where all see the same.
  auto pastOf = [&](Value rowNumber) {
    return cached && op.getCausal() ? e.rowPast(call, rowNumber) : e.i64(0);
  };
  auto keyCountOf = [&](Value rowNumber, Value length) {
    return op.seesSource() ? e.sourceLength(call, rowNumber) : length;
  };
  auto seenFrom = [&](Value seenEnd) {
    auto window = op.getWindow();
    return window ? e.max(e.sub(seenEnd, e.i64(*window)), e.i64(0)) : e.i64(0);
  };
  auto startOfBlock = [&](Value key) { return e.mul(e.div(key, keyBlock), keyBlock); };
  auto keysOf = [&](Value begin, Value end, int64_t most) {
    return e.min(e.sub(end, begin), e.i64(most));
  };

  // The page that is read next is fetched where a row has a single token, which waits for memory: a
  // head's part of a page is too short for the processor to see where reading leads to.
  auto fetchPage = [&](Value rowNumber, Value keyHead, Value begin, Value end) {
    Value keys = keysOf(begin, end, kernel::pageTokens);
    auto fetch = [&](TypedValue<MemRefType> pages, int64_t unit, int64_t columns) {
      if (!pages)
        return;
      Value tokens = e.mul(e.ceilDiv(keys, unit), unit);
      fetchAll(e, headOfPage(pages, rowNumber, keyHead, begin), pages.getType(),
               e.mul(tokens, columns));
    };
    fetch(op.getKey(), width, dim);
    fetch(op.getKeyScales(), 1, 1);
    fetch(op.getValue(), kernel::wordSteps(valueElement), valueDim);
    fetch(op.getValueScales(), 1, 1);
  };
  auto fetchFirstPage = [&](Value share) {
    Value rowNumber = e.div(share, heads), head = e.rem(share, heads), length = lengthOf(rowNumber);
    e.when(e.less(length, e.i64(2)), [&] {
      Value end = op.getCausal() ? e.add(pastOf(rowNumber), length) : keyCountOf(rowNumber, length);
      fetchPage(rowNumber, e.div(head, sharing), startOfBlock(seenFrom(end)), end);
    });
  };

  auto attend = [&](Value rowNumber, Value head, Value length, Value together, Value nextShare) {
    // Of a row of queries: how far its token, its head, its numbers and its result are from those
    // of the row before.
    auto step = [&](int64_t heads, int64_t tokens) {
      return groups ? e.select(together, e.i64(heads), e.i64(tokens)) : e.i64(tokens);
    };
    Value tokenStep = step(0, 1), headStep = step(1, 0), queryStep = step(dim, queryStride),
          outStep = step(valueDim, outStride);
    Value count = groups ? e.select(together, e.i64(sharing), length) : length;
    Value query = e.at(e.rowPiece(call, address.lookup(op.getQuery()), queryType, rowNumber),
                       e.mul(head, dim));
    Value keyHead = e.div(head, sharing);
    Value slopes; // of the scores of heads from this one on, by distance
    Value distances;
    int64_t distanceCount = 0; // of each head
    if (auto table = op.getDistances()) {
      distanceCount = table.getType().getDimSize(1);
      distances = e.at(address.lookup(table), e.mul(head, distanceCount));
    }
    if (op.getSlopes())
      slopes = e.at(module.constants(e, *op.getSlopes()), head);
    Value past = pastOf(rowNumber), keyCount = keyCountOf(rowNumber, length);
    auto headOf = [&](Value buffer, MemRefType type, int64_t dim) {
      return e.at(e.rowPiece(call, buffer, type, rowNumber), e.mul(keyHead, dim));
    };
    Value key, value;
    if (!cached) {
      key = headOf(address.lookup(op.getKey()), keyType, dim);
      value = headOf(address.lookup(op.getValue()), valueType, valueDim);
    }
    // The panel of keys, and the values, from a token on with which a panel begins.
    auto panelFrom = [&](Value token) {
      return cached ? headOfPage(op.getKey(), rowNumber, keyHead, token)
                    : e.at(panels, e.mul(e.div(token, width), dim * width));
    };
    auto valuesFrom = [&](Value token) {
      return cached ? headOfPage(op.getValue(), rowNumber, keyHead, token)
                    : e.at(value, e.mul(token, valueStride));
    };
    // Numbers times the scales of what is kept of as many tokens, where that is codes.
    auto scaled = [&](Value numbers, TypedValue<MemRefType> scales, Value token) {
      if (!scales)
        return numbers;
      Value begin = e.mul(e.div(token, kernel::pageTokens), kernel::pageTokens);
      Value ofPage = headOfPage(scales, rowNumber, keyHead, begin);
      return e.fmul(numbers, e.load(e.at(ofPage, e.sub(token, begin))));
    };
    Value out = e.at(e.rowPiece(call, address.lookup(op.getOutput()), outType, rowNumber),
                     e.mul(head, valueDim));
    Value outElement = e.add(e.mul(e.rowStart(call, rowNumber), outStride), e.mul(head, valueDim));
    // [queries, keys] of this head.
    auto mapOf = [&](TypedValue<MemRefType> maps) {
      return maps ? e.at(e.rowPiece(call, address.lookup(maps), maps.getType(), rowNumber),
                         e.mul(head, e.mul(length, keyCount)))
                  : Value();
    };
    Value probabilities = mapOf(op.getProbabilities()), givenScores = mapOf(op.getScores());

    if (cached)
      fetchFirstPage(nextShare);
    if (op.appends())
      for (const Kept &kept : {Kept{op.getNewKey(), op.getKey(), op.getKeyScales()},
                               Kept{op.getNewValue(), op.getValue(), op.getValueScales()}})
        emitKeep(e, kept, call, address, rowNumber, head);
    if (!cached)
      e.loop(e.i64(0), length, 1, [&](Value number) {
        emitToPanels(e, e.at(key, e.mul(number, keyStride)), panels, number, dim, keyElement);
      });

    Value tiles = e.ceilDiv(count, row.maxRows), size = e.div(count, tiles),
          larger = e.rem(count, tiles);
    e.loop(e.i64(0), tiles, 1, [&](Value number) {
      Value first = e.add(e.mul(number, size), e.min(number, larger));
      Value rows = e.add(size, e.select(e.less(number, larger), e.i64(1), e.i64(0)));
      Value tileQuery = e.at(query, e.mul(first, queryStep));
      auto tokenOf = [&](Value r) { return e.add(past, e.mul(e.add(first, r), tokenStep)); };
      e.loop(e.i64(0), rows, 1, [&](Value r) {
        e.storeElement(lowest, e.at(maxima, r));
        e.storeElement(e.number(0), e.at(totals, r));
        for (int64_t d = 0; d < outWidth; d += row.lanes)
          e.store(e.splat(0.0), e.at(sums, e.add(e.mul(r, outWidth), d)));
      });

      // The keys that query r of the tile sees: from `seenFrom` on, below `seenEnd`.
      auto seenEnd = [&](Value r) { return op.getCausal() ? e.add(tokenOf(r), 1) : keyCount; };
      // Where it sees the lanes from key `at` on, `score`, elsewhere `otherwise`.
      auto whereSeen = [&](Value r, Value at, Value score, Value otherwise) {
        score = e.select(e.lanesBelow(e.sub(seenEnd(r), at)), score, otherwise);
        if (op.getWindow())
          score = e.select(e.lanesBelow(e.sub(seenFrom(seenEnd(r)), at)), otherwise, score);
        return score;
      };
      // What query r's product with the lanes from key `at` on becomes before it is masked.
      auto scoreOf = [&](Value r, Value at, Value product) {
        Value score = e.fmul(product, scale);
        if (op.getSoftcap())
          score = e.fmul(e.tanh(score), e.splat(cap));
        if (distances) { // near its ends, a head's numbers are those that go on for ever
          Value start = e.add(e.sub(at, tokenOf(r)), distanceCount / 2);
          start = e.max(e.min(start, e.i64(distanceCount - row.lanes)), e.i64(0));
          Value ofHead = e.mul(e.mul(e.add(first, r), headStep), distanceCount);
          score = e.fadd(score, e.load(e.at(distances, e.add(ofHead, start))));
        }
        if (op.getSlopes()) {
          Value apart = e.sub(at, tokenOf(r));
          Value slope = e.splat(e.loadElement(e.at(slopes, e.mul(e.add(first, r), headStep))));
          score = e.fma(e.fadd(e.splat(e.toFloat(apart)), e.laneNumbers()), slope, score);
        }
        return score;
      };
      Value tileEnd = seenEnd(e.sub(rows, e.i64(1)));
      Value tileStart = startOfBlock(seenFrom(seenEnd(e.i64(0))));

      // Scores of the tile's queries and the keys of a block from `begin` on, below `end`, not
      // scaled yet, into the scratch memory.
      auto score = [&](Value begin, Value end) {
        e.loop(e.i64(0), e.sub(end, begin), width, [&](Value at) {
          Value token = e.add(begin, at), next = e.add(token, width);
          if (cached)
            e.when(e.less(length, e.i64(2)), [&] {
              e.when(e.less(next, tileEnd), [&] { fetchPage(rowNumber, keyHead, next, tileEnd); });
            });
          const Value operands[] = {tileQuery, panelFrom(token), e.at(scratch, at), e.i64(dim),
                                    rows};
          auto callTile = [&](func::FuncOp tile) {
            func::CallOp::create(e.b, e.loc, tile, ValueRange(operands));
          };
          if (!groups)
            return callTile(scoreTile);
          e.when(together, [&] { callTile(groupTile); }, [&] { callTile(scoreTile); });
        });
      };

      e.loop(tileStart, tileEnd, keyBlock, [&](Value blockStart) {
        Value keys = keysOf(blockStart, tileEnd, keyBlock);
        Value padded = e.mul(e.ceilDiv(keys, width), width);
        score(blockStart, e.add(blockStart, keys));

        // Scores to probabilities, relative to the largest score so far.
        e.loop(e.i64(0), rows, 1, [&](Value r) {
          Value scores = e.at(scratch, e.mul(r, keyBlock));
          Value largest = e.loop(
              e.i64(0), padded, row.lanes, e.splat(lowest), [&](Value at, ValueRange running) {
                Value token = e.add(blockStart, at);
                Value product = scaled(e.load(e.at(scores, at)), op.getKeyScales(), token);
                Value score = scoreOf(r, token, product);
                score = whereSeen(r, token, score, e.splat(lowest));
                e.store(score, e.at(scores, at));
                return SmallVector<Value>{e.fmax(running[0], score)};
              })[0];
          Value before = e.loadElement(e.at(maxima, r)), now = e.fmax(before, e.maxLanes(largest));
          Value total =
              e.loop(e.i64(0), padded, row.lanes, e.splat(0.0), [&](Value at, ValueRange running) {
                Value token = e.add(blockStart, at);
                Value power = e.exp(e.fsub(e.load(e.at(scores, at)), e.splat(now)));
                // Behind a window's border there may be nothing larger than what is masked yet.
                if (op.getWindow())
                  power = whereSeen(r, token, power, e.splat(0.0));
                e.store(scaled(power, op.getValueScales(), token), e.at(scores, at));
                return SmallVector<Value>{e.fadd(running[0], power)};
              })[0];
          Value shrink = e.exp(e.splat(e.fsub(before, now)));
          Value old = e.splat(e.loadElement(e.at(totals, r)));
          // The first lane of a vector of equal numbers.
          e.storeFirst(e.fadd(e.fmul(old, shrink), e.splat(e.sumLanes(total))), e.at(totals, r), 1);
          e.storeElement(now, e.at(maxima, r));
          for (int64_t d = 0; d < outWidth; d += row.lanes) {
            Value place = e.at(sums, e.add(e.mul(r, outWidth), d));
            e.store(e.fmul(e.load(place), shrink), place);
          }
        });

        // A page at a time, also where there is none: the bits are the same.
        e.loop(e.i64(0), keys, kernel::pageTokens, [&](Value at) {
          Value values = valuesFrom(e.add(blockStart, at)),
                count = keysOf(at, keys, kernel::pageTokens);
          for (int64_t p = 0; p < valuePanels; ++p) {
            // A word of a column is several steps of it.
            Value columns =
                e.at(values, e.i64(p * width * kernel::wordSteps(valueElement)), valueElement);
            func::CallOp::create(e.b, e.loc, valueTile,
                                 ValueRange{e.at(scratch, at), columns, part, count, rows});
            e.loop(e.i64(0), rows, 1, [&](Value r) {
              for (int64_t d = 0; d < width; d += row.lanes) {
                Value place = e.at(sums, e.add(e.mul(r, outWidth), p * width + d));
                Value more = e.load(e.at(part, e.add(e.mul(r, width), d)));
                e.store(e.fadd(e.load(place), more), place);
              }
            });
          }
        });
      });

      // With maximum and sum known, the probabilities themselves, and their scores.
      if (op.givesMaps())
        e.loop(e.i64(0), keyCount, keyBlock, [&](Value blockStart) {
          Value keys = keysOf(blockStart, keyCount, keyBlock);
          score(blockStart, e.add(blockStart, keys));
          e.loop(e.i64(0), rows, 1, [&](Value r) {
            Value scores = e.at(scratch, e.mul(r, keyBlock));
            Value to = e.add(e.mul(e.add(first, r), keyCount), blockStart);
            Value largest = e.splat(e.loadElement(e.at(maxima, r)));
            Value inverse = e.splat(e.fdiv(e.number(1), e.loadElement(e.at(totals, r))));
            e.loop(e.i64(0), keys, row.lanes, [&](Value at) {
              Value token = e.add(blockStart, at);
              Value product = scaled(e.load(e.at(scores, at)), op.getKeyScales(), token);
              Value score = scoreOf(r, token, product);
              auto give = [&](Value map, Value value, double unseen) {
                if (op.getCausal())
                  value = whereSeen(r, token, value, e.splat(unseen));
                e.storeMasked(value, e.at(map, e.add(to, at)), e.lanesBelow(e.sub(keys, at)));
              };
              if (givenScores)
                give(givenScores, score, -std::numeric_limits<double>::infinity());
              if (probabilities)
                give(probabilities, e.fmul(e.exp(e.fsub(score, largest)), inverse), 0);
            });
          });
        });

      e.loop(e.i64(0), rows, 1, [&](Value r) {
        Value inverse = e.splat(e.fdiv(e.number(1), e.loadElement(e.at(totals, r))));
        Value place = e.at(out, e.mul(e.add(first, r), outStep));
        for (int64_t d = 0; d < valueDim; d += row.lanes)
          e.storeFirst(e.fmul(e.load(e.at(sums, e.add(e.mul(r, outWidth), d))), inverse),
                       e.at(place, d), valueDim - d);
        if (!op.getCodes().empty()) {
          Value element = e.add(outElement, e.mul(e.add(first, r), outStep));
          emitGroups(e, op.getCodes(), address, place, e.div(element, groupOf(op.getCodes())),
                     valueDim);
        }
      });
    });
  };

  Value rowCount = e.units(call, kernel::Area::row), shares = e.mul(rowCount, heads);
  e.shares(call, shares, [&](Value share, Value nextShare) {
    Value rowNumber = e.div(share, heads), head = e.rem(share, heads), length = lengthOf(rowNumber);
    if (!groups)
      return attend(rowNumber, head, length, Value(), nextShare);
    // Not where threads would have nothing to do. The bits are the same either way.
    Value threads = e.loadI64(call, offsetof(tfc_call, threads));
    Value enough = e.less(threads, e.add(e.mul(rowCount, op.getKeyHeads()), 1));
    Value together = e.select(e.less(length, e.i64(2)), enough, e.less(e.i64(1), e.i64(0)));
    Value behind = e.select(together, e.rem(head, sharing), e.i64(0));
    // That of the next keys, unless shares are claimed from the back.
    Value behindGroup = e.min(e.add(share, sharing), e.sub(shares, e.i64(1))),
          next = e.select(e.less(share, nextShare), behindGroup, nextShare);
    e.when(e.less(behind, e.i64(1)), [&] { attend(rowNumber, head, length, together, next); });
  });
}

} // namespace tfc
