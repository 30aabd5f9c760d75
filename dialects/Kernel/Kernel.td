// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole dialect, for the generators.

include "mlir/Interfaces/ControlFlowInterfaces.td"
include "dialects/Kernel/Compute.td"
include "dialects/Kernel/Memory.td"
