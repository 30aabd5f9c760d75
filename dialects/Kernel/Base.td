// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel dialect itself, and what its buffers are.

#ifndef TFC_KERNEL_BASE_TD
#define TFC_KERNEL_BASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def KernelDialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::tfc::kernel";
  let summary = "How and where a model is computed, a batch at a time";
  let description = [{
    Functions of this dialect run once per batch on every thread. Buffers are memrefs whose shape is that of *one row*
    (`?` is its length) and whose memory space says how they grow with the batch: `#kernel.area<row>` once for each row,
    `token` with the number of tokens, `pair` with tokens times the longest row; `weight` is constant and may be stored in fewer bits than are computed with (bf16, f16, i8, i4), as what is computed may
    be codes (i8) for products with codes, and `page` is kept
    from run to run, once for each 32 tokens that a row has had so far. Since rows lie one
    after another without padding, an op on `memref<?x384xf32, #kernel.area<token>>` sees one flat [tokens, 384] matrix.

    Ops write into their last operand (destination passing). The work of an op is cut into shares: each thread has a
    part of them and claims what others leave;
    `kernel.barrier` waits until all shares of the ops before it are done. Lowerings never move ops across one.
  }];
  let useDefaultAttributePrinterParser = 1;
}

def Area : I32EnumAttr<"Area", "how a buffer grows with the batch", [
    I32EnumAttrCase<"row", 0>, I32EnumAttrCase<"token", 1>, I32EnumAttrCase<"pair", 2>,
    I32EnumAttrCase<"weight", 3>, I32EnumAttrCase<"page", 4>]> {
  let cppNamespace = "::tfc::kernel";
  let genSpecializedAttr = 0;
}
def AreaAttr : EnumAttr<KernelDialect, Area, "area"> { let assemblyFormat = "`<` $value `>`"; }

def Buffer : Type<And<[MemRefOf<[F32, F64, I32, BF16, F16, I<8>, I<4>]>.predicate, CPred<"::tfc::kernel::isBuffer($_self)">]>,
                  "a memref in an area", "::mlir::MemRefType">;

/// Or what is kept of tokens, perhaps in fewer bits.
def KeptBuffer : Type<Or<[Buffer.predicate, And<[MemRefOf<[BF16]>.predicate, CPred<"::tfc::kernel::isBuffer($_self)">,
                  CPred<"::tfc::kernel::areaOf(::llvm::cast<::mlir::MemRefType>($_self)) == ::tfc::kernel::Area::page">]>]>,
                  "a memref in an area", "::mlir::MemRefType">;

class KernelOp<string mnemonic, list<Trait> traits = []> : Op<KernelDialect, mnemonic, traits>;

#endif
