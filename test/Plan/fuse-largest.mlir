// RUN: tfc-opt %s --kernel-fuse-largest --split-input-file | FileCheck %s
// The product that computes a step's output gives the largest of each panel, unless others use its buffer, it computes in
// f64 or for tokens, or the function is no step.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @step
  // CHECK: %[[Y:.*]] = kernel.arena : memref<70xf32, #kernel.area<row>>
  // CHECK: %[[L:.*]] = kernel.arena : memref<3xf32, #kernel.area<row>>
  // CHECK: kernel.gemm %{{.*}}, %{{.*}}, %[[Y]] largest(%[[L]]) {
  // CHECK: } : {{.*}}, memref<70xf32, #kernel.area<row>> largest(memref<3xf32, #kernel.area<row>>)
  // CHECK: kernel.output %[[Y]] "logits" largest %[[L]] : memref<70xf32, #kernel.area<row>>, memref<3xf32, #kernel.area<row>>
  func.func @step(%x: memref<4xf32, #kernel.area<row>>, %w: memref<3x4x32xf32, #kernel.area<weight>>) attributes {transformer.step} {
    %y = kernel.arena : memref<70xf32, #kernel.area<row>>
    kernel.gemm %x, %w, %y {
    ^bb0(%s: f32):
      kernel.yield %s : f32
    } : memref<4xf32, #kernel.area<row>>, memref<3x4x32xf32, #kernel.area<weight>>, memref<70xf32, #kernel.area<row>>
    kernel.output %y "logits" : memref<70xf32, #kernel.area<row>>
    return
  }

  // CHECK-LABEL: func @changed
  // CHECK-NOT: largest
  func.func @changed(%x: memref<4xf32, #kernel.area<row>>, %w: memref<3x4x32xf32, #kernel.area<weight>>) attributes {transformer.step} {
    %y = kernel.arena : memref<70xf32, #kernel.area<row>>
    kernel.gemm %x, %w, %y {
    ^bb0(%s: f32):
      kernel.yield %s : f32
    } : memref<4xf32, #kernel.area<row>>, memref<3x4x32xf32, #kernel.area<weight>>, memref<70xf32, #kernel.area<row>>
    kernel.reduce softmax %y, %y : memref<70xf32, #kernel.area<row>>, memref<70xf32, #kernel.area<row>>
    kernel.output %y "logits" : memref<70xf32, #kernel.area<row>>
    return
  }

  // CHECK-LABEL: func @doubles
  // CHECK-NOT: largest
  func.func @doubles(%x: memref<4xf64, #kernel.area<row>>, %w: memref<3x4x32xf64, #kernel.area<weight>>) attributes {transformer.step} {
    %y = kernel.arena : memref<70xf64, #kernel.area<row>>
    kernel.gemm %x, %w, %y {
    ^bb0(%s: f64):
      kernel.yield %s : f64
    } : memref<4xf64, #kernel.area<row>>, memref<3x4x32xf64, #kernel.area<weight>>, memref<70xf64, #kernel.area<row>>
    kernel.output %y "logits" : memref<70xf64, #kernel.area<row>>
    return
  }

  // CHECK-LABEL: func @tokens
  // CHECK-NOT: largest
  func.func @tokens(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<3x4x32xf32, #kernel.area<weight>>) attributes {transformer.step} {
    %y = kernel.arena : memref<?x70xf32, #kernel.area<token>>
    kernel.gemm %x, %w, %y {
    ^bb0(%s: f32):
      kernel.yield %s : f32
    } : memref<?x4xf32, #kernel.area<token>>, memref<3x4x32xf32, #kernel.area<weight>>, memref<?x70xf32, #kernel.area<token>>
    kernel.output %y "logits" : memref<?x70xf32, #kernel.area<token>>
    return
  }

  // CHECK-LABEL: func @rows
  // CHECK-NOT: largest
  func.func @rows(%x: memref<4xf32, #kernel.area<row>>, %w: memref<3x4x32xf32, #kernel.area<weight>>) {
    %y = kernel.arena : memref<70xf32, #kernel.area<row>>
    kernel.gemm %x, %w, %y {
    ^bb0(%s: f32):
      kernel.yield %s : f32
    } : memref<4xf32, #kernel.area<row>>, memref<3x4x32xf32, #kernel.area<weight>>, memref<70xf32, #kernel.area<row>>
    kernel.output %y "logits" : memref<70xf32, #kernel.area<row>>
    return
  }
}
