// A model written by hand: file names are relative to the file, and stay so where the text is written to another folder.

// REQUIRES: tfc
// RUN: rm -rf %t && mkdir -p %t/a %t/b && cp %s %t/a/model.mlir && cp %root/examples/block.safetensors %t/a
// RUN: tfc %t/a/model.mlir --emit=import -o %t/b/out.mlir && FileCheck %s < %t/b/out.mlir
// RUN: tfc %t/b/out.mlir --emit=import | FileCheck %s --check-prefix=AGAIN
// RUN: tfc %t/a/model.mlir --emit=import --max-seq=3 | FileCheck %s --check-prefix=SHORT

// CHECK: transformer.model @m attributes {max_sequence = 8 : i64, weights = ["../a/block.safetensors"]}
// AGAIN: weights = ["{{.*}}/a/block.safetensors"]
// SHORT: max_sequence = 3
transformer.model @m attributes {weights = ["block.safetensors"], max_sequence = 8 : i64} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x16xf32> {transformer.name = "last_hidden_state"}) {
    // CHECK: transformer.weight "embedding.weight" : tensor<32x16xf32>
    %table = transformer.weight "embedding.weight" : tensor<32x16xf32>
    %h = transformer.embedding %ids, %table : tensor<?xi32>, tensor<32x16xf32>
    return %h : tensor<?x16xf32>
  }
}
