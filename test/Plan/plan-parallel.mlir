// RUN: tfc-opt %s --kernel-plan-parallel | FileCheck %s
// RUN: tfc-opt %s --kernel-plan-parallel --kernel-plan-parallel | FileCheck %s
// A barrier follows each op whose work threads share, and no other. It names the weight of the next product, if that stands in
// the same function.

transformer.model @m attributes {max_sequence = 8 : i64} {
  kernel.weight @w panels ["w"] : memref<1x8x32xf32, #kernel.area<weight>>
  kernel.weight @g plain ["g"] : memref<8xf32, #kernel.area<weight>>

  // CHECK-LABEL: func @main
  func.func @main() {
    // CHECK: kernel.arena
    // CHECK-NEXT: kernel.get_weight
    // CHECK-NEXT: kernel.slice
    %x = kernel.arena : memref<?x8xf32, #kernel.area<token>>
    %g = kernel.get_weight @g : memref<8xf32, #kernel.area<weight>>
    %s = kernel.slice %x : memref<?x8xf32, #kernel.area<token>> to memref<?x4xf32, strided<[8, 1], offset: 4>, #kernel.area<token>>
    // CHECK: kernel.layer_norm
    // CHECK-NEXT: kernel.barrier
    // CHECK-NEXT: call @layer
    // CHECK-NEXT: kernel.output
    kernel.layer_norm %x, %g, %g, %x eps 1.0e-5 : memref<?x8xf32, #kernel.area<token>>, memref<8xf32, #kernel.area<weight>>, memref<8xf32, #kernel.area<weight>>, memref<?x8xf32, #kernel.area<token>>
    call @layer(%x) : (memref<?x8xf32, #kernel.area<token>>) -> ()
    kernel.output %x "out" : memref<?x8xf32, #kernel.area<token>>
    // CHECK-NEXT: return
    return
  }

  // CHECK-LABEL: func @products
  func.func @products(%x: memref<?x8xf32, #kernel.area<token>>, %y: memref<?x32xf32, #kernel.area<token>>) {
    // CHECK: %[[W:.*]] = kernel.get_weight @w
    // CHECK: kernel.reduce softmax
    // CHECK-NEXT: kernel.barrier soon %[[W]] : memref<1x8x32xf32, #kernel.area<weight>>
    kernel.reduce softmax %x, %x : memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>
    // CHECK-NEXT: kernel.reduce softmax
    // CHECK-NEXT: kernel.barrier soon %[[W]]
    kernel.reduce softmax %x, %x : memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>
    // CHECK-NEXT: kernel.gemm
    %w = kernel.get_weight @w : memref<1x8x32xf32, #kernel.area<weight>>
    kernel.gemm %x, %w, %y {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } : memref<?x8xf32, #kernel.area<token>>, memref<1x8x32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
    // CHECK: kernel.barrier{{$}}
    // CHECK: kernel.reduce softmax
    // CHECK-NEXT: kernel.barrier{{$}}
    kernel.reduce softmax %x, %x : memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>
    call @layer(%x) : (memref<?x8xf32, #kernel.area<token>>) -> ()
    kernel.gemm %x, %w, %y {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } : memref<?x8xf32, #kernel.area<token>>, memref<1x8x32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
    return
  }

  // CHECK-LABEL: func private @layer
  func.func private @layer(%x: memref<?x8xf32, #kernel.area<token>>) {
    // CHECK: kernel.reduce
    // CHECK-NEXT: kernel.barrier
    // CHECK-NEXT: kernel.map
    kernel.reduce softmax %x, %x : memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>
    // CHECK: kernel.yield
    // CHECK-NEXT: }
    // CHECK-NEXT: kernel.barrier
    kernel.map %x : memref<?x8xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %0 = kernel.load %x[%i, %j] : memref<?x8xf32, #kernel.area<token>>
      kernel.yield %0 : f32
    }
    // There is one already.
    // CHECK-NEXT: kernel.attention
    // CHECK-NEXT: kernel.barrier
    // CHECK-NEXT: return
    kernel.attention %x, %x, %x, %x heads 2 scale 1.0 : memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>, memref<?x8xf32, #kernel.area<token>>
    kernel.barrier
    return
  }
}
