// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Codegen/Emitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "tfc/abi.h"

#include <cstddef>

using namespace mlir;

namespace tfc {

Value Emitter::i64(int64_t value) {
  return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(value));
}
Value Emitter::number(double value) {
  return arith::ConstantOp::create(b, loc, b.getFloatAttr(elementType(), value));
}
Value Emitter::lowest() {
  auto value = llvm::APFloat::getLargest(elementType().getFloatSemantics(), /*Negative=*/true);
  return arith::ConstantOp::create(b, loc, b.getFloatAttr(elementType(), value));
}
Value Emitter::add(Value a, Value c) { return arith::AddIOp::create(b, loc, a, c); }
Value Emitter::sub(Value a, Value c) { return arith::SubIOp::create(b, loc, a, c); }
Value Emitter::mul(Value a, Value c) { return arith::MulIOp::create(b, loc, a, c); }
Value Emitter::div(Value a, Value c) { return arith::DivUIOp::create(b, loc, a, c); }
Value Emitter::rem(Value a, Value c) { return arith::RemUIOp::create(b, loc, a, c); }
Value Emitter::min(Value a, Value c) { return arith::MinSIOp::create(b, loc, a, c); }
Value Emitter::max(Value a, Value c) { return arith::MaxSIOp::create(b, loc, a, c); }
Value Emitter::less(Value a, Value c) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, a, c);
}
Value Emitter::equal(Value a, Value c) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, a, c);
}
Value Emitter::toIndex(Value a) { return arith::IndexCastOp::create(b, loc, b.getIndexType(), a); }
Value Emitter::fromIndex(Value a) { return arith::IndexCastOp::create(b, loc, b.getI64Type(), a); }
Value Emitter::toFloat(Value a) { return arith::SIToFPOp::create(b, loc, elementType(), a); }

Value Emitter::bytes(Value base, Value offset) {
  return LLVM::GEPOp::create(b, loc, base.getType(), b.getI8Type(), base,
                             ArrayRef<LLVM::GEPArg>{offset});
}
Value Emitter::at(Value base, Value element, Type type) {
  return LLVM::GEPOp::create(b, loc, base.getType(), type, base, ArrayRef<LLVM::GEPArg>{element});
}
Value Emitter::loadI64(Value base, int64_t byteOffset) {
  return LLVM::LoadOp::create(b, loc, b.getI64Type(), bytes(base, i64(byteOffset)), 8);
}
Value Emitter::loadPointer(Value base, int64_t byteOffset) {
  return LLVM::LoadOp::create(b, loc, base.getType(), bytes(base, i64(byteOffset)), 8);
}
Value Emitter::loadElement(Value address) {
  return LLVM::LoadOp::create(b, loc, elementType(), address, elementBytes());
}
Value Emitter::load(Value address) {
  return LLVM::LoadOp::create(b, loc, vectorOf(elementType()), address, elementBytes());
}
/// A bf16 is the upper half of an f32.
static constexpr int64_t halfBits = 16;

Value Emitter::loadStored(Value address, Type stored) {
  if (stored == elementType())
    return load(address);
  Value vector =
      LLVM::LoadOp::create(b, loc, vectorOf(stored), address, stored.getIntOrFloatBitWidth() / 8);
  Type type = vectorOf(elementType());
  if (stored.isInteger())
    return arith::SIToFPOp::create(b, loc, type, vector);
  return arith::ExtFOp::create(b, loc, type, vector);
}

void Emitter::storeElement(Value scalar, Value address) {
  LLVM::StoreOp::create(b, loc, scalar, address, scalar.getType().getIntOrFloatBitWidth() / 8);
}
void Emitter::store(Value vector, Value address) {
  LLVM::StoreOp::create(b, loc, vector, address, elementBytes());
}

void Emitter::prefetch(Value address, CacheLevel into) {
  const int hint = into == CacheLevel::first ? 3 : 2;
  LLVM::Prefetch::create(b, loc, address, /*rw=*/0, hint, /*cache=*/1);
}

void Emitter::storeFirst(Value value, Value address, int64_t count) {
  if (count >= lanes())
    return store(value, address);
  SmallVector<bool> exists(lanes(), false);
  std::fill_n(exists.begin(), count, true);
  auto type = cast<VectorType>(vectorOf(b.getI1Type()));
  Value mask = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, exists));
  storeMasked(value, address, mask);
}

Value Emitter::laneNumbers() {
  auto type = cast<VectorType>(vectorOf(elementType()));
  SmallVector<Attribute> numbers;
  for (int64_t lane = 0; lane < lanes(); ++lane)
    numbers.push_back(b.getFloatAttr(elementType(), double(lane)));
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, numbers));
}

Value Emitter::lanesBelow(Value count) {
  SmallVector<int32_t> numbers(lanes());
  std::iota(numbers.begin(), numbers.end(), 0);
  auto type = cast<VectorType>(vectorOf(b.getI32Type()));
  Value lane = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef(numbers)));
  Value bound = min(count, i64(lanes()));
  bound = arith::TruncIOp::create(b, loc, b.getI32Type(), bound);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, lane,
                               vector::BroadcastOp::create(b, loc, type, bound));
}

void Emitter::storeMasked(Value value, Value address, Value mask) {
  LLVM::MaskedStoreOp::create(b, loc, value, address, mask, elementBytes());
}

Value Emitter::splat(Value scalar) {
  return vector::BroadcastOp::create(b, loc, vectorOf(scalar.getType()), scalar);
}
Value Emitter::fadd(Value a, Value c) { return arith::AddFOp::create(b, loc, a, c); }
Value Emitter::fsub(Value a, Value c) { return arith::SubFOp::create(b, loc, a, c); }
Value Emitter::fmul(Value a, Value c) { return arith::MulFOp::create(b, loc, a, c); }
Value Emitter::fdiv(Value a, Value c) { return arith::DivFOp::create(b, loc, a, c); }
Value Emitter::fmax(Value a, Value c) { return arith::MaxNumFOp::create(b, loc, a, c); }
Value Emitter::larger(Value a, Value c) {
  return select(arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, a, c), a, c);
}
Value Emitter::fma(Value a, Value c, Value d) {
  return row.fma ? Value(math::FmaOp::create(b, loc, a, c, d)) : fadd(fmul(a, c), d);
}
Value Emitter::select(Value condition, Value a, Value c) {
  return arith::SelectOp::create(b, loc, condition, a, c);
}
Value Emitter::sqrt(Value a) { return math::SqrtOp::create(b, loc, a); }
Value Emitter::exp(Value a) { return math::ExpOp::create(b, loc, a); }
Value Emitter::tanh(Value a) { return math::TanhOp::create(b, loc, a); }
Value Emitter::log(Value a) { return math::LogOp::create(b, loc, a); }

Value Emitter::foldLanes(Value value, llvm::function_ref<Value(Value, Value)> combine) {
  for (int64_t width = lanes() / 2; width > 0; width /= 2) {
    SmallVector<int64_t> low(width), high(width);
    std::iota(low.begin(), low.end(), 0);
    std::iota(high.begin(), high.end(), width);
    value = combine(vector::ShuffleOp::create(b, loc, value, value, low),
                    vector::ShuffleOp::create(b, loc, value, value, high));
  }
  return vector::ExtractOp::create(b, loc, value, int64_t(0));
}
Value Emitter::sumLanes(Value value) {
  return foldLanes(value, [&](Value a, Value c) { return fadd(a, c); });
}
Value Emitter::maxLanes(Value value) {
  return foldLanes(value, [&](Value a, Value c) { return fmax(a, c); });
}

/// The bits of an element, or of a vector of them.
static Value bitsOf(Emitter &e, Value number) {
  Type word = e.b.getIntegerType(8 * e.elementBytes());
  Type type = isa<VectorType>(number.getType()) ? e.vectorOf(word) : word;
  return arith::BitcastOp::create(e.b, e.loc, type, number);
}

Value Emitter::rounded(Value number, Type stored) {
  Value bits = bitsOf(*this, number);
  if (stored == elementType())
    return bits;
  const bool isVector = isa<VectorType>(number.getType());
  auto constant = [&](int32_t value) {
    Value scalar = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
    return isVector ? splat(scalar) : scalar;
  };
  auto upper = [&](Value bits) -> Value {
    return arith::ShRUIOp::create(b, loc, bits, constant(halfBits));
  };
  // Almost half of the last place is added, and a little more where that place is odd. NaN would
  // become infinite: it keeps its upper half, and is quiet.
  Value odd = arith::AndIOp::create(b, loc, upper(bits), constant(1));
  Value nearest = upper(add(add(bits, odd), constant(0x7FFF)));
  Value quiet = arith::OrIOp::create(b, loc, upper(bits), constant(0x40));
  Value isNaN = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, number, number);
  Type half = b.getI16Type();
  return arith::TruncIOp::create(b, loc, isVector ? vectorOf(half) : half,
                                 select(isNaN, quiet, nearest));
}

Value Emitter::magnitude(Value number) {
  Value bits = bitsOf(*this, number);
  const APInt mask = APInt::getSignedMaxValue(8 * elementBytes());
  Value all = arith::ConstantOp::create(
      b, loc, b.getIntegerAttr(b.getIntegerType(8 * elementBytes()), mask));
  return arith::AndIOp::create(b, loc, bits, isa<VectorType>(bits.getType()) ? splat(all) : all);
}

std::pair<Value, Value> Emitter::codeScale(Value largest) {
  Value top = arith::BitcastOp::create(b, loc, elementType(), largest);
  Value least = number(elementType().isF64() ? 0x1p-1000 : 0x1p-119);
  Value enough = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, top, least);
  return {fdiv(top, number(127)), select(enough, fdiv(number(127), top), number(0))};
}

/// Added to so large a number, another is rounded to a whole one, which is in its last places.
Value Emitter::nearest(Value value) {
  Value large = number(elementType().isF64() ? 0x1.8p52 : 0x1.8p23);
  if (isa<VectorType>(value.getType()))
    large = splat(large);
  return sub(bitsOf(*this, fadd(value, large)), bitsOf(*this, large));
}

void Emitter::loop(Value from, Value to, int64_t step, Body body) {
  loop(from, to, step, ValueRange(), [&](Value at, ValueRange) {
    body(at);
    return SmallVector<Value>();
  });
}

SmallVector<Value> Emitter::loop(Value from, Value to, int64_t step, ValueRange start,
                                 ReduceBody body) {
  auto loop = scf::ForOp::create(b, loc, from, to, i64(step), start,
                                 [&](OpBuilder &, Location, Value, ValueRange) {});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, loc, next);
  return SmallVector<Value>(loop.getResults());
}

void Emitter::when(Value condition, llvm::function_ref<void()> then,
                   llvm::function_ref<void()> otherwise) {
  auto choice = scf::IfOp::create(b, loc, condition, bool(otherwise));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  then();
  if (!otherwise)
    return;
  b.setInsertionPointToStart(choice.elseBlock());
  otherwise();
}

void Emitter::choose(Value value, int64_t cases, llvm::function_ref<void(int64_t)> body) {
  SmallVector<int64_t> numbers(cases);
  std::iota(numbers.begin(), numbers.end(), 1);
  auto choice = scf::IndexSwitchOp::create(b, loc, TypeRange(), toIndex(value), numbers, cases);
  OpBuilder::InsertionGuard guard(b);
  for (int64_t number : numbers) {
    b.createBlock(&choice.getCaseRegions()[number - 1]);
    body(number);
    scf::YieldOp::create(b, loc);
  }
  b.createBlock(&choice.getDefaultRegion());
  scf::YieldOp::create(b, loc);
}

Value Emitter::units(Value call, kernel::Area area) {
  return loadI64(call,
                 area == kernel::Area::row ? offsetof(tfc_call, rows) : offsetof(tfc_call, tokens));
}

Value Emitter::longest(Value call) { return loadI64(call, offsetof(tfc_call, longest)); }

Value Emitter::rowStart(Value call, Value rowNumber) {
  Value offsets = loadPointer(call, offsetof(tfc_call, offsets));
  Value start = LLVM::LoadOp::create(b, loc, b.getI32Type(), bytes(offsets, mul(rowNumber, 4)), 4);
  return arith::ExtSIOp::create(b, loc, b.getI64Type(), start);
}

Value Emitter::rowPast(Value call, Value rowNumber) {
  Value past = loadPointer(call, offsetof(tfc_call, past));
  Value count = LLVM::LoadOp::create(b, loc, b.getI32Type(), bytes(past, mul(rowNumber, 4)), 4);
  return arith::ExtSIOp::create(b, loc, b.getI64Type(), count);
}

Value Emitter::sourceLength(Value call, Value rowNumber) {
  Value lengths = loadPointer(call, offsetof(tfc_call, source_lengths));
  Value count = LLVM::LoadOp::create(b, loc, b.getI32Type(), bytes(lengths, mul(rowNumber, 4)), 4);
  return arith::ExtSIOp::create(b, loc, b.getI64Type(), count);
}

Value Emitter::rowPage(Value call, Value buffer, MemRefType type, Value rowNumber, Value number,
                       bool source) {
  Value rows =
      loadPointer(call, source ? offsetof(tfc_call, source_pages) : offsetof(tfc_call, pages));
  Value pages = loadPointer(bytes(rows, mul(rowNumber, 8)), 0);
  Value page = LLVM::LoadOp::create(b, loc, b.getI32Type(), bytes(pages, mul(number, 4)), 4);
  page = arith::ExtSIOp::create(b, loc, b.getI64Type(), page);
  return at(buffer, mul(page, kernel::elementsPerUnit(type)), type.getElementType());
}

Value Emitter::rowPiece(Value call, Value buffer, MemRefType type, Value rowNumber) {
  int64_t perUnit = type.getLayout().isIdentity() ? kernel::elementsPerUnit(type)
                                                  : kernel::stridesOf(type).leading;
  switch (kernel::areaOf(type)) {
  case kernel::Area::weight:
    return buffer;
  case kernel::Area::page:
    llvm_unreachable("pages are found by rowPage");
  case kernel::Area::row:
    return at(buffer, mul(rowNumber, perUnit), type.getElementType());
  case kernel::Area::token:
    return at(buffer, mul(rowStart(call, rowNumber), perUnit), type.getElementType());
  case kernel::Area::pair:
    return at(buffer, mul(mul(rowStart(call, rowNumber), longest(call)), perUnit),
              type.getElementType());
  }
  llvm_unreachable("all areas are above");
}

std::pair<Value, Value> Emitter::partOf(Value total, Value thread, Value threads) {
  auto beginOf = [&](Value number) { return ceilDiv(mul(number, total), threads); };
  return {beginOf(thread), beginOf(add(thread, 1))};
}

void Emitter::shares(Value call, Value total, ShareBody body) {
  Value threads = loadI64(call, offsetof(tfc_call, threads)),
        thread = loadI64(call, offsetof(tfc_call, thread)),
        claims = loadPointer(call, offsetof(tfc_call, claims));
  Type number = b.getI64Type();
  loop(i64(0), threads, 1, [&](Value turn) {
    Value owner = rem(add(thread, turn), threads), isOwn = equal(turn, i64(0));
    auto [begin, end] = partOf(total, owner, threads);
    Value size = sub(end, begin), counter = bytes(claims, mul(owner, TFC_CLAIMS_STRIDE));
    auto split = [&](Value claimed) {
      return std::pair(rem(claimed, TFC_CLAIM_FROM_BACK), div(claimed, TFC_CLAIM_FROM_BACK));
    };
    // Looking leaves the owner its cache line.
    Value seen = LLVM::LoadOp::create(b, loc, number, counter, 8, /*isVolatile=*/false,
                                      /*isNonTemporal=*/false, /*isInvariant=*/false,
                                      /*isInvariantGroup=*/false, LLVM::AtomicOrdering::monotonic);
    auto [seenFront, seenBack] = split(seen);
    when(less(add(seenFront, seenBack), size), [&] {
      auto claiming = scf::WhileOp::create(b, loc, TypeRange{number, number}, ValueRange());
      OpBuilder::InsertionGuard guard(b);
      b.createBlock(&claiming.getBefore());
      Value claimed = LLVM::AtomicRMWOp::create(b, loc, LLVM::AtomicBinOp::add, counter,
                                                select(isOwn, i64(1), i64(TFC_CLAIM_FROM_BACK)),
                                                LLVM::AtomicOrdering::monotonic);
      auto [front, back] = split(claimed);
      scf::ConditionOp::create(b, loc, less(add(front, back), size), ValueRange{front, back});
      b.createBlock(&claiming.getAfter(), {}, {number, number}, {loc, loc});
      Value ahead = add(begin, claiming.getAfterArguments()[0]),
            behind = sub(sub(end, i64(1)), claiming.getAfterArguments()[1]);
      // What is behind the own part is not known yet.
      body(select(isOwn, ahead, behind),
           select(isOwn, min(add(ahead, 1), behind), max(sub(behind, i64(1)), ahead)));
      scf::YieldOp::create(b, loc);
    });
  });
}

} // namespace tfc
