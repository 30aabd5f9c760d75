// RUN: python3 %root/test/Inputs/exit-code.py tfc %s --emit=plan -o %t.mlir --report | FileCheck %s
// A session whose scores of all pairs of tokens take more bytes than can be counted.
// CHECK: error: --report: the memory of a session is more than can be counted
// CHECK: exit 3

transformer.model @large attributes {max_sequence = 2000000000 : i64} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x8xf32> {transformer.name = "out"}) {
    %table = transformer.sinusoids : tensor<50x8xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<50x8xf32>
    %y = transformer.transpose %x [1, 0] : tensor<?x8xf32>
    %scores = transformer.matmul %x, %y : tensor<?x8xf32>, tensor<8x?xf32>
    %o = transformer.matmul %scores, %x : tensor<?x?xf32>, tensor<?x8xf32>
    return %o : tensor<?x8xf32>
  }
}
