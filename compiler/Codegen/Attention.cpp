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
static constexpr int64_t keyBlock = kernel::pageTokens;
static constexpr int64_t width = kernel::panelWidth;

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
  // one block's share of it [maxRows, 32], running maximum and sum [maxRows] each, then the key
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
  auto headOfPage = [&](TypedValue<MemRefType> pages, Value rowNumber, Value keyHead,
                        Value blockStart) {
    MemRefType type = pages.getType();
    Value page = e.rowPage(call, address.lookup(pages), type, rowNumber,
                           e.div(blockStart, keyBlock), op.seesSource());
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

  // What is read next is fetched where a row has a single token, which waits for memory: a head's
  // part of a page is too short for the processor to see where reading leads to.
  auto fetchBlock = [&](Value rowNumber, Value keyHead, Value begin, Value end) {
    Value keys = e.min(e.sub(end, begin), e.i64(keyBlock));
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
  auto fetchFirstBlock = [&](Value share) {
    Value rowNumber = e.div(share, heads), head = e.rem(share, heads), length = lengthOf(rowNumber);
    e.when(e.less(length, e.i64(2)), [&] {
      Value end = op.getCausal() ? e.add(pastOf(rowNumber), length) : keyCountOf(rowNumber, length);
      fetchBlock(rowNumber, e.div(head, sharing), startOfBlock(seenFrom(end)), end);
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
    auto pageOf = [&](TypedValue<MemRefType> pages, Value blockStart) {
      return headOfPage(pages, rowNumber, keyHead, blockStart);
    };
    Value key, value;
    if (!cached) {
      key = headOf(address.lookup(op.getKey()), keyType, dim);
      value = headOf(address.lookup(op.getValue()), valueType, valueDim);
    }
    // Where a block's panels of keys, and its values, begin.
    auto panelsOf = [&](Value blockStart) {
      return cached ? pageOf(op.getKey(), blockStart)
                    : e.at(panels, e.mul(e.div(blockStart, width), dim * width));
    };
    auto valuesOf = [&](Value blockStart) {
      return cached ? pageOf(op.getValue(), blockStart)
                    : e.at(value, e.mul(blockStart, valueStride));
    };
    // The scales of a block's keys or values, where these are codes.
    auto scalesOf = [&](TypedValue<MemRefType> scales, Value blockStart) {
      return scales ? pageOf(scales, blockStart) : Value();
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
      fetchFirstBlock(nextShare);
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

      // Scores of the tile's queries and a block's keys, not scaled yet, into the scratch memory.
      auto score = [&](Value firstPanel, Value keyPanels) {
        e.loop(e.i64(0), keyPanels, 1, [&](Value p) {
          const int64_t perPanel = kernel::storedSteps(keyElement, dim) * width;
          Value panel = e.at(firstPanel, e.mul(p, perPanel), keyElement);
          const Value operands[] = {tileQuery, panel, e.at(scratch, e.mul(p, width)), e.i64(dim),
                                    rows};
          auto callTile = [&](func::FuncOp tile) {
            func::CallOp::create(e.b, e.loc, tile, ValueRange(operands));
          };
          if (!groups)
            return callTile(scoreTile);
          e.when(together, [&] { callTile(groupTile); }, [&] { callTile(scoreTile); });
        });
      };
      auto scaled = [&](Value numbers, Value scales, Value at) {
        return scales ? e.fmul(numbers, e.load(e.at(scales, at))) : numbers;
      };
      auto keysOf = [&](Value blockStart, Value end) {
        return e.min(e.sub(end, blockStart), e.i64(keyBlock));
      };

      e.loop(tileStart, tileEnd, keyBlock, [&](Value blockStart) {
        Value keys = keysOf(blockStart, tileEnd), keyPanels = e.ceilDiv(keys, width);
        Value blockKeys = panelsOf(blockStart), blockValues = valuesOf(blockStart);
        if (cached)
          e.when(e.less(length, e.i64(2)), [&] {
            Value next = e.add(blockStart, keyBlock);
            e.when(e.less(next, tileEnd), [&] { fetchBlock(rowNumber, keyHead, next, tileEnd); });
          });
        score(blockKeys, keyPanels);
        Value keyScales = scalesOf(op.getKeyScales(), blockStart),
              valueScales = scalesOf(op.getValueScales(), blockStart);

        // Scores to probabilities, relative to the largest score so far.
        e.loop(e.i64(0), rows, 1, [&](Value r) {
          Value scores = e.at(scratch, e.mul(r, keyBlock)), padded = e.mul(keyPanels, width);
          Value largest = e.loop(
              e.i64(0), padded, row.lanes, e.splat(lowest), [&](Value at, ValueRange running) {
                Value product = scaled(e.load(e.at(scores, at)), keyScales, at);
                Value score = scoreOf(r, e.add(blockStart, at), product);
                score = whereSeen(r, e.add(blockStart, at), score, e.splat(lowest));
                e.store(score, e.at(scores, at));
                return SmallVector<Value>{e.fmax(running[0], score)};
              })[0];
          Value before = e.loadElement(e.at(maxima, r)), now = e.fmax(before, e.maxLanes(largest));
          Value total =
              e.loop(e.i64(0), padded, row.lanes, e.splat(0.0), [&](Value at, ValueRange running) {
                Value power = e.exp(e.fsub(e.load(e.at(scores, at)), e.splat(now)));
                // Behind a window's border there may be nothing larger than what is masked yet.
                if (op.getWindow())
                  power = whereSeen(r, e.add(blockStart, at), power, e.splat(0.0));
                e.store(scaled(power, valueScales, at), e.at(scores, at));
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

        for (int64_t p = 0; p < valuePanels; ++p) {
          // A word of a column is several steps of it.
          Value columns =
              e.at(blockValues, e.i64(p * width * kernel::wordSteps(valueElement)), valueElement);
          func::CallOp::create(e.b, e.loc, valueTile,
                               ValueRange{scratch, columns, part, keys, rows});
          e.loop(e.i64(0), rows, 1, [&](Value r) {
            for (int64_t d = 0; d < width; d += row.lanes) {
              Value place = e.at(sums, e.add(e.mul(r, outWidth), p * width + d));
              e.store(e.fadd(e.load(place), e.load(e.at(part, e.add(e.mul(r, width), d)))), place);
            }
          });
        }
      });

      // With maximum and sum known, the probabilities themselves, and their scores.
      if (op.givesMaps())
        e.loop(e.i64(0), keyCount, keyBlock, [&](Value blockStart) {
          Value keys = keysOf(blockStart, keyCount), keyPanels = e.ceilDiv(keys, width);
          score(panelsOf(blockStart), keyPanels);
          Value keyScales = scalesOf(op.getKeyScales(), blockStart);
          e.loop(e.i64(0), rows, 1, [&](Value r) {
            Value scores = e.at(scratch, e.mul(r, keyBlock));
            Value to = e.add(e.mul(e.add(first, r), keyCount), blockStart);
            Value largest = e.splat(e.loadElement(e.at(maxima, r)));
            Value inverse = e.splat(e.fdiv(e.number(1), e.loadElement(e.at(totals, r))));
            e.loop(e.i64(0), keys, row.lanes, [&](Value at) {
              Value product = scaled(e.load(e.at(scores, at)), keyScales, at);
              Value score = scoreOf(r, e.add(blockStart, at), product);
              auto give = [&](Value map, Value value, double unseen) {
                if (op.getCausal())
                  value = whereSeen(r, e.add(blockStart, at), value, e.splat(unseen));
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
