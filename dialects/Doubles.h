// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A list of doubles in the text of an op, `custom<Doubles>` in its format: read back, it has the
// same bits. A dense array by itself is printed with six digits.

#ifndef TFC_DIALECTS_DOUBLES_H
#define TFC_DIALECTS_DOUBLES_H

#include "mlir/IR/OpImplementation.h"

namespace tfc {

inline mlir::ParseResult parseDoubles(mlir::OpAsmParser &parser, mlir::DenseF64ArrayAttr &list) {
  llvm::SmallVector<double> numbers;
  auto parseOne = [&] { return parser.parseFloat(numbers.emplace_back()); };
  if (parser.parseCommaSeparatedList(mlir::AsmParser::Delimiter::Square, parseOne))
    return mlir::failure();
  list = mlir::DenseF64ArrayAttr::get(parser.getContext(), numbers);
  return mlir::success();
}

inline void printDoubles(mlir::OpAsmPrinter &printer, mlir::Operation *,
                         mlir::DenseF64ArrayAttr list) {
  printer << '[';
  llvm::interleaveComma(list.asArrayRef(), printer,
                        [&](double number) { printer.printFloat(llvm::APFloat(number)); });
  printer << ']';
}

} // namespace tfc

#endif
