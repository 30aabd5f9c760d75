// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keys and values go to where attention reads them: keys into panels of 32 tokens, values as they
// are. Of codes, four that are multiplied together are neighbours.

#include "compiler/Codegen/KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tfc {

static constexpr int64_t width = kernel::panelWidth;

/// Runs `body` on so many of `size` elements at a time as there are lanes, and one at a time on the
/// last ones.
static void overElements(Emitter &e, int64_t size,
                         llvm::function_ref<void(Value at, bool isVector)> body) {
  const int64_t whole = size - size % e.lanes();
  e.loop(e.i64(0), e.i64(whole), e.lanes(), [&](Value at) { body(at, true); });
  e.loop(e.i64(whole), e.i64(size), 1, [&](Value at) { body(at, false); });
}

/// Stores the parts of a vector of whole numbers, `bytes` bytes each, `stride` bytes apart.
static void scatter(Emitter &e, Value vector, int64_t bytes, Value address, int64_t stride) {
  auto type = cast<VectorType>(vector.getType());
  const int64_t count = type.getNumElements() * type.getElementTypeBitWidth() / 8 / bytes;
  vector = vector::BitCastOp::create(
      e.b, e.loc, VectorType::get({count}, e.b.getIntegerType(8 * bytes)), vector);
  for (int64_t i = 0; i < count; ++i)
    e.storeElement(vector::ExtractOp::create(e.b, e.loc, vector, i),
                   e.bytes(address, e.i64(i * stride)));
}

void emitToPanels(Emitter &e, Value key, Value panels, Value number, int64_t dim, Type stored) {
  Value to =
      e.at(panels, e.add(e.mul(e.div(number, width), dim * width), e.rem(number, width)), stored);
  const int64_t bytes = stored.getIntOrFloatBitWidth() / 8;
  overElements(e, dim, [&](Value d, bool isVector) {
    Value from = e.at(key, d), place = e.at(to, e.mul(d, width), stored);
    if (isVector)
      scatter(e, e.rounded(e.load(from), stored), bytes, place, width * bytes);
    else
      e.storeElement(e.rounded(e.loadElement(from), stored), place);
  });
}

/// Makes codes of a token's `dim` elements. They are put into words: in panels of keys, whose pages
/// are [heads, 1, dim, 32], four columns of a token, of values four tokens of a column. `token`
/// counts within the page.
static void emitCodes(Emitter &e, MemRefType pages, int64_t dim, Value element, Value page,
                      Value scale, Value token) {
  const bool panels = pages.getRank() == 4;
  Type byte = e.b.getI8Type(), i32 = e.b.getI32Type();
  const int64_t columns = panels ? width : dim, steps = kernel::wordSteps(byte);
  Type word = e.b.getIntegerType(8 * e.elementBytes());
  auto constant = [&](Type type, int64_t value) -> Value {
    return arith::ConstantOp::create(e.b, e.loc, e.b.getIntegerAttr(type, value));
  };
  auto numbersAt = [&](Value d, bool isVector) {
    return isVector ? e.load(e.at(element, d)) : e.loadElement(e.at(element, d));
  };
  auto as = [&](Value scalar, bool isVector) { return isVector ? e.splat(scalar) : scalar; };

  const int64_t whole = dim - dim % e.lanes();
  auto largestFrom = [&](int64_t begin, int64_t end, bool isVector) {
    return e.loop(e.i64(begin), e.i64(end), isVector ? e.lanes() : 1,
                  as(constant(word, 0), isVector), [&](Value d, ValueRange running) {
                    return SmallVector<Value>{
                        e.max(running[0], e.magnitude(numbersAt(d, isVector)))};
                  })[0];
  };
  Value largest = vector::ReductionOp::create(e.b, e.loc, vector::CombiningKind::MAXSI,
                                              largestFrom(0, whole, true));
  largest = e.max(largest, largestFrom(whole, dim, false));
  auto [factor, inverse] = e.codeScale(largest);
  e.storeElement(factor, scale);

  Value zero = constant(word, kernel::codeOfZero(byte));
  auto placeOf = [&](Value d) {
    Value step = panels ? d : token, column = panels ? token : d;
    Value place = e.add(e.mul(e.div(step, steps), columns), column);
    return e.bytes(page, e.add(e.mul(place, steps), e.rem(step, steps)));
  };
  overElements(e, dim, [&](Value d, bool isVector) {
    Value codes = e.nearest(e.fmul(numbersAt(d, isVector), as(inverse, isVector)));
    codes = e.add(codes, as(zero, isVector));
    codes = arith::TruncIOp::create(e.b, e.loc, isVector ? e.vectorOf(byte) : byte, codes);
    if (!isVector)
      return e.storeElement(codes, placeOf(d));
    if (panels) {
      const int64_t together = std::min(steps, e.lanes());
      return scatter(e, codes, together, placeOf(d), together * columns);
    }
    // The other tokens' bytes of these words stay.
    Type words = e.vectorOf(i32);
    Value number = arith::TruncIOp::create(e.b, e.loc, i32, e.mul(e.rem(token, steps), 8));
    Value shift = e.splat(number);
    Value place = e.bytes(page, e.mul(e.add(e.mul(e.div(token, steps), columns), d), steps));
    Value mask = arith::ShLIOp::create(e.b, e.loc, e.splat(constant(i32, 0xFF)), shift);
    Value others = LLVM::LoadOp::create(e.b, e.loc, words, place, 4);
    mask = arith::XOrIOp::create(e.b, e.loc, mask, e.splat(constant(i32, -1)));
    others = arith::AndIOp::create(e.b, e.loc, others, mask);
    codes = arith::ExtUIOp::create(e.b, e.loc, words, codes);
    codes = arith::ShLIOp::create(e.b, e.loc, codes, shift);
    LLVM::StoreOp::create(e.b, e.loc, arith::OrIOp::create(e.b, e.loc, others, codes), place, 4);
  });
}

void emitKeep(Emitter &e, const Kept &kept, Value call, const Addresses &address, Value rowNumber,
              Value head) {
  MemRefType inputType = kept.input.getType(), pageType = kept.pages.getType();
  const int64_t heads = pageType.getDimSize(0), dim = inputType.getDimSize(1) / heads;
  Type stored = pageType.getElementType();
  Value past = e.rowPast(call, rowNumber), begin = e.rowStart(call, rowNumber);
  Value length = e.sub(e.rowStart(call, e.add(rowNumber, 1)), begin);
  Value from =
      e.at(e.rowPiece(call, address.lookup(kept.input), inputType, rowNumber), e.mul(head, dim));
  e.loop(e.i64(0), length, 1, [&](Value token) {
    Value position = e.add(past, token), place = e.rem(position, kernel::pageTokens);
    auto pageOf = [&](TypedValue<MemRefType> pages) {
      return e.rowPage(call, address.lookup(pages), pages.getType(), rowNumber,
                       e.div(position, kernel::pageTokens));
    };
    Value page =
        e.at(pageOf(kept.pages), e.mul(head, kernel::elementsPerUnit(pageType) / heads), stored);
    Value element = e.at(from, e.mul(token, kernel::stridesOf(inputType).leading));
    if (kept.scales) {
      Value scale = e.at(pageOf(kept.scales), e.add(e.mul(head, kernel::pageTokens), place));
      return emitCodes(e, pageType, dim, element, page, scale, place);
    }
    if (pageType.getRank() == 4)
      return emitToPanels(e, element, page, place, dim, stored);
    Value to = e.at(page, e.mul(place, dim), stored);
    overElements(e, dim, [&](Value d, bool isVector) {
      Value number = isVector ? e.load(e.at(element, d)) : e.loadElement(e.at(element, d));
      LLVM::StoreOp::create(e.b, e.loc, e.rounded(number, stored), e.at(to, d, stored),
                            stored.getIntOrFloatBitWidth() / 8);
    });
  });
}

void emitAppend(Emitter &e, kernel::AppendOp op, Value call, const Addresses &address) {
  const Kept kept = {op.getInput(), op.getOutput(), op.getScales()};
  const int64_t heads = op.getHeads();
  e.shares(call, e.mul(e.units(call, kernel::Area::row), heads), [&](Value share, Value) {
    emitKeep(e, kept, call, address, e.div(share, heads), e.rem(share, heads));
  });
}

} // namespace tfc
