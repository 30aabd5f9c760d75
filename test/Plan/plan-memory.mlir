// RUN: tfc-opt %s --kernel-plan-memory | FileCheck %s
// Buffers that are alive at the same time do not overlap; others may. `at` counts bytes for each unit of the area.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @lifetimes
  func.func @lifetimes() {
    // CHECK: kernel.input "input_ids" limit 9 at 0
    %ids = kernel.input "input_ids" limit 9 : memref<?xi32, #kernel.area<token>>
    // The input is 4 bytes a token and lives on.
    // CHECK: kernel.arena at 4 : memref<?x8xf32, #kernel.area<token>>
    %a = kernel.arena : memref<?x8xf32, #kernel.area<token>>
    // Areas are apart.
    // CHECK: kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    %r = kernel.arena : memref<8xf32, #kernel.area<row>>
    kernel.pool mean %a, %r : memref<?x8xf32, #kernel.area<token>>, memref<8xf32, #kernel.area<row>>
    // %a lives on through its view.
    // CHECK: kernel.slice
    // CHECK: kernel.arena at 36 : memref<?x4xf32, #kernel.area<token>>
    %s = kernel.slice %a : memref<?x8xf32, #kernel.area<token>> to memref<?x4xf32, strided<[8, 1], offset: 4>, #kernel.area<token>>
    %b = kernel.arena : memref<?x4xf32, #kernel.area<token>>
    kernel.reduce softmax %s, %b : memref<?x4xf32, strided<[8, 1], offset: 4>, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
    // %a has been used for the last time: what fits takes its place.
    // CHECK: kernel.arena at 4 : memref<?x4xf32, #kernel.area<token>>
    %c = kernel.arena : memref<?x4xf32, #kernel.area<token>>
    kernel.map %c : memref<?x4xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %0 = kernel.load %b[%i, %j] : memref<?x4xf32, #kernel.area<token>>
      kernel.yield %0 : f32
    }
    // %c is an output and is read after the run: its place stays taken.
    // CHECK: kernel.arena at 20 : memref<?x3xf32, #kernel.area<token>>
    kernel.output %c "out" : memref<?x4xf32, #kernel.area<token>>
    %d = kernel.arena : memref<?x3xf32, #kernel.area<token>>
    kernel.map %d : memref<?x3xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %0 = kernel.load %ids[%i] : memref<?xi32, #kernel.area<token>>
      %1 = arith.sitofp %0 : i32 to f32
      kernel.yield %1 : f32
    }
    return
  }

  // A callee's buffers lie above those of all its callers, whatever their order in the text.
  // CHECK-LABEL: func private @inner
  // CHECK: kernel.arena at 68 : memref<?x2xf32
  func.func private @inner(%x: memref<?x8xf32, #kernel.area<token>>) {
    %0 = kernel.arena : memref<?x2xf32, #kernel.area<token>>
    kernel.map %0 : memref<?x2xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %1 = kernel.load %x[%i, %j] : memref<?x8xf32, #kernel.area<token>>
      kernel.yield %1 : f32
    }
    return
  }
  // CHECK-LABEL: func @caller
  // CHECK: kernel.arena at 0 : memref<?x8xf32
  func.func @caller() {
    %0 = kernel.arena : memref<?x8xf32, #kernel.area<token>>
    call @middle(%0) : (memref<?x8xf32, #kernel.area<token>>) -> ()
    call @inner(%0) : (memref<?x8xf32, #kernel.area<token>>) -> ()
    return
  }
  // CHECK-LABEL: func private @middle
  // CHECK: kernel.arena at 32 : memref<?x9xf32
  func.func private @middle(%x: memref<?x8xf32, #kernel.area<token>>) {
    %0 = kernel.arena : memref<?x9xf32, #kernel.area<token>>
    call @inner(%x) : (memref<?x8xf32, #kernel.area<token>>) -> ()
    return
  }
}
