// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a tile does with codes: weights that are codes as numbers, and products of codes with codes.

#include "compiler/Codegen/Tile.h"

using namespace mlir;

namespace tfc {

/// The words of the columns from `column` on that begin at `step` of k.
Value Tile::words(Value step, int64_t column) {
  const int64_t perStep = bStride * element.getIntOrFloatBitWidth() / 8;
  Value place = e.bytes(b, e.add(e.mul(step, perStep), column * 4));
  return LLVM::LoadOp::create(e.b, e.loc, whole(32), place, 4);
}

/// What `columns` gives, of codes. Put into the last places of a power of two, a code is that many
/// more: that takes no conversion, and a shift only where it brings the code to the beginning of a
/// byte, the lower ones of which are in a number of f32. More places would need more registers for
/// constants.
Value Tile::codes(Value at, int64_t offset, int64_t column) {
  const int64_t bits = element.getIntOrFloatBitWidth(), steps = kernel::wordSteps(element);
  Type single = e.vectorOf(e.b.getF32Type());
  auto scalar = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(e.b, e.loc, e.b.getI32IntegerAttr(int32_t(value)));
  };
  int64_t bit = kernel::wordBit(offset % steps);
  Value word = e.add(at, offset / steps * steps), shift;
  if (inWords) {
    // Two shifts serve three codes of a word of i4, one serves two of i8.
    int64_t places = bits == 8 ? bit / 16 * 16 : bit % 8 + (bit < 24 ? 0 : 24);
    bit -= places;
    shift = places ? scalar(places) : Value();
  } else {
    Value number = e.rem(at, steps);
    word = e.sub(at, number);
    Value places = e.add(e.mul(e.rem(number, 4), 8), e.mul(e.div(number, 4), 4));
    shift = arith::TruncIOp::create(e.b, e.loc, e.b.getI32Type(), places);
  }
  Value places = words(word, column);
  if (shift)
    places = arith::ShRUIOp::create(e.b, e.loc, places, e.splat(shift));
  const float power = float(1 << (23 - bit));
  places = arith::AndIOp::create(e.b, e.loc, places, all(32, ((int64_t(1) << bits) - 1) << bit));
  places = arith::OrIOp::create(e.b, e.loc, places, all(32, llvm::bit_cast<int32_t>(power)));
  Value number = arith::BitcastOp::create(e.b, e.loc, single, places);
  const double zero = power + double(kernel::codeOfZero(element));
  number = e.fsub(
      number,
      e.splat(Value(arith::ConstantOp::create(e.b, e.loc, e.b.getF32FloatAttr(float(zero))))));
  if (e.elementType().isF32())
    return number;
  return arith::ExtFOp::create(e.b, e.loc, e.vectorOf(e.elementType()), number);
}

/// An element of A, which may be a code.
Value Tile::aElement(Value at, int64_t offset) {
  if (!storage.aGroup)
    return e.loadElement(e.at(e.at(a, at), offset));
  Type byte = e.b.getI8Type();
  Value code = LLVM::LoadOp::create(e.b, e.loc, byte, e.bytes(e.bytes(a, at), e.i64(offset)), 1);
  return e.toFloat(code);
}

Value Tile::call(StringRef intrinsic, VectorType type, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(e.b, e.loc, type, e.b.getStringAttr(intrinsic), operands)
      .getResult(0);
}

/// Adds up neighbours among products of 16 bits.
Value Tile::pairSums(Value products, Value factors) {
  return call(row.lanes == 16 ? "llvm.x86.avx512.pmaddw.d.512" : "llvm.x86.avx2.pmadd.wd",
              whole(32), {products, factors});
}

/// Four products of a weight's code, counted from 0 upwards, and one of A are added to each sum. Of
/// pairs, products of i4 stay in 16 bits: a group's largest sum is 8 · 2 · 15 · 127.
Value Tile::multiplyAdd(Value weights, Value activations, Value sum) {
  if (row.product == CodeProduct::bytes)
    return call("llvm.x86.avx512.vpdpbusd.512", whole(32),
                {sum, as(whole(8), weights), as(whole(8), activations)});
  if (element.isInteger(4)) {
    Value products =
        call(row.lanes == 16 ? "llvm.x86.avx512.pmaddubs.w.512" : "llvm.x86.avx2.pmadd.ub.sw",
             whole(16), {as(whole(8), weights), as(whole(8), activations)});
    return e.add(sum, products);
  }
  Value w = as(whole(16), weights), x = as(whole(16), activations), byte = all(16, 8);
  Value even = arith::AndIOp::create(e.b, e.loc, w, all(16, 0xFF));
  Value odd = arith::ShRUIOp::create(e.b, e.loc, w, byte);
  Value evenX = arith::ShLIOp::create(e.b, e.loc, x, byte);
  evenX = arith::ShRSIOp::create(e.b, e.loc, evenX, byte);
  Value oddX = arith::ShRSIOp::create(e.b, e.loc, x, byte);
  return e.add(e.add(sum, pairSums(even, evenX)), pairSums(odd, oddX));
}

/// The word at step `at` + `offset` of k for all sums.
Tile::Sums Tile::wordStep(Value at, int64_t offset, ValueRange sums) {
  Sums next(sums);
  SmallVector<Value> loaded;
  for (int64_t v = 0; v < vectors; ++v)
    loaded.push_back(words(e.add(at, offset), strip + v * row.lanes));
  for (int64_t half = 0; half < kernel::wordSteps(element); half += 4) {
    const bool inPlace = half && splitsHalves();
    SmallVector<Value> bytes(loaded);
    for (Value &word : bytes)
      if (element.isInteger(4)) {
        if (half && !inPlace)
          word = arith::ShRUIOp::create(e.b, e.loc, word, all(32, 4));
        word = arith::AndIOp::create(e.b, e.loc, word, all(32, inPlace ? 0xF0F0F0F0 : 0x0F0F0F0F));
      }
    for (int64_t r = 0; r < count; ++r) {
      Value place = e.bytes(e.bytes(a, at), e.i64(r * aStride + offset + half));
      Value four = LLVM::LoadOp::create(e.b, e.loc, e.b.getI32Type(), place, 4);
      four = e.splat(four);
      for (int64_t v = 0; v < vectors; ++v) {
        Value &sum = next[(inPlace * count + r) * vectors + v];
        sum = multiplyAdd(bytes[v], four, sum);
      }
    }
  }
  return next;
}

/// Puts together what wordStep has summed apart.
Tile::Sums Tile::wholeSums(Sums sums) {
  for (int64_t i = 0; splitsHalves() && i < count * vectors; ++i) {
    Value upper = sums.pop_back_val();
    Value &lower = sums[count * vectors - 1 - i];
    lower = e.add(lower, arith::ShRSIOp::create(e.b, e.loc, upper, all(32, 4)));
  }
  return sums;
}

/// What a row's sums of a group lack, since weights are counted from the lowest upwards: −128 times
/// the sum of A's codes, which A has, or of i4 −8 times, a sixteenth of that.
Value Tile::negativeZeros(Value begin, int64_t r) {
  Type i32 = e.b.getI32Type();
  Value group = e.add(e.div(begin, storage.aGroup), r * storage.aGroups);
  Value zeros = e.splat(LLVM::LoadOp::create(e.b, e.loc, i32, e.at(aSums, group, i32), 4));
  if (element.isInteger(4))
    zeros = arith::ShRSIOp::create(e.b, e.loc, zeros, all(32, 4));
  return zeros;
}

/// Adds the sums of the block of codes that begins at `begin`, with A's scale, to those before.
Tile::Sums Tile::addScaled(Value begin, ValueRange before) {
  Sums sums(before), found = blockSums(begin);
  for (int64_t r = 0; r < count; ++r) {
    Value group = e.add(e.div(begin, storage.aGroup), r * storage.aGroups);
    Value zeros = isWhole() && sumsPairs() ? negativeZeros(begin, r) : Value();
    Value factor = e.splat(e.loadElement(e.at(aScales, group)));
    for (int64_t v = 0; v < vectors; ++v) {
      Value sum = found[r * vectors + v];
      if (zeros)
        sum = e.add(pairSums(sum, all(16, 1)), zeros);
      if (isWhole())
        sum = arith::SIToFPOp::create(e.b, e.loc, e.vectorOf(e.elementType()), sum);
      sums[r * vectors + v] = e.fma(sum, factor, sums[r * vectors + v]);
    }
  }
  return sums;
}

/// Codes by codes: blocks with their scales are added up over a group of weights, and groups with
/// theirs over k. What does not fit into the registers waits for the end of a group.
void Tile::emitCodes() {
  // What is added to -0 stays what it is.
  const Sums none(count * vectors, e.splat(-0.0));
  Sums totals = e.loop(e.i64(0), k, storage.group, none, [&](Value begin, ValueRange before) {
    Sums next(before), sums;
    if (storage.group == block())
      sums = addScaled(begin, none);
    else
      sums = e.loop(begin, e.min(k, e.add(begin, storage.group)), block(), none,
                    [&](Value at, ValueRange current) { return addScaled(at, current); });
    SmallVector<Value> scale = scalesOf(begin);
    for (auto [at, sum] : llvm::enumerate(next))
      sum = e.fma(sums[at], scale[at % vectors], sum);
    return next;
  });
  forEachSum([&](int64_t at, int64_t, Value place) { e.store(totals[at], place); });
}

} // namespace tfc
