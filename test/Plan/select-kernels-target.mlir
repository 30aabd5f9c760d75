// RUN: not tfc-opt %s --kernel-select-kernels="targets=x86-64,z80" 2>&1 | FileCheck %s
// A target that no table has is refused, and those that there are are named.

// CHECK: [[#@LINE+1]]:1: error: no such target: z80; there are x86-64, x86-64-v3, x86-64-v4, x86-64-v4-vnni, aarch64, sm_80, sm_90a{{$}}
transformer.model @m attributes {max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "out"}) {
    %table = transformer.weight "table" : tensor<50x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x8xf32>
    return %x : tensor<?x8xf32>
  }
}
