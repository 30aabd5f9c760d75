// RUN: tfc-opt %s --kernel-fuse-quantize --split-input-file | FileCheck %s
// Who computes numbers gives their codes, too; a step of its own remains where several shares compute a group, where the
// producer is another function or no kernel that can, where codes were given before, and where
// their place is in use before.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @norm
  func.func @norm(%x: memref<?x40xf32, #kernel.area<token>>, %g: memref<40xf32, #kernel.area<weight>>) {
    %y = kernel.arena : memref<?x40xf32, #kernel.area<token>>
    // CHECK: %[[Y:.*]] = kernel.arena : memref<?x40xf32
    // CHECK: %[[C:.*]] = kernel.arena : memref<?x64xi8
    // CHECK: %[[S:.*]] = kernel.arena : memref<?x2xf32
    // CHECK: %[[N:.*]] = kernel.arena : memref<?x2xi32
    // CHECK: kernel.rms_norm %{{.*}}, %{{.*}}, %[[Y]] codes(%[[C]], %[[S]], %[[N]]) eps
    // CHECK-NOT: kernel.quantize
    kernel.rms_norm %x, %g, %y eps 0.5 : memref<?x40xf32, #kernel.area<token>>, memref<40xf32, #kernel.area<weight>>, memref<?x40xf32, #kernel.area<token>>
    %c = kernel.arena : memref<?x64xi8, #kernel.area<token>>
    %s = kernel.arena : memref<?x2xf32, #kernel.area<token>>
    %n = kernel.arena : memref<?x2xi32, #kernel.area<token>>
    kernel.quantize %y, %c, %s, %n : memref<?x40xf32, #kernel.area<token>>, memref<?x64xi8, #kernel.area<token>>, memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>
    return
  }
}

// -----

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @product
  func.func @product(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<2x4x32xf32, #kernel.area<weight>>, %y: memref<?x40xf32, #kernel.area<token>>) {
    // CHECK: kernel.gemm %{{.*}}, %{{.*}}, %[[Y:.*]] codes(%{{.*}}, %{{.*}}, %{{.*}}) {
    // CHECK: kernel.quantize %[[Y]]
    kernel.gemm %x, %w, %y {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } : memref<?x4xf32, #kernel.area<token>>, memref<2x4x32xf32, #kernel.area<weight>>, memref<?x40xf32, #kernel.area<token>>
    %c = kernel.arena : memref<?x64xi8, #kernel.area<token>>
    %s = kernel.arena : memref<?x2xf32, #kernel.area<token>>
    %n = kernel.arena : memref<?x2xi32, #kernel.area<token>>
    kernel.quantize %y, %c, %s, %n : memref<?x40xf32, #kernel.area<token>>, memref<?x64xi8, #kernel.area<token>>, memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>
    %c2 = kernel.arena : memref<?x64xi8, #kernel.area<token>>
    kernel.quantize %y, %c2, %s, %n : memref<?x40xf32, #kernel.area<token>>, memref<?x64xi8, #kernel.area<token>>, memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>
    return
  }
}

// -----

transformer.model @m attributes {max_sequence = 8 : i64} {
  // Two panels of a product may be a group, four are not.
  // CHECK-LABEL: func @groups_of_panels
  func.func @groups_of_panels(%x: memref<?x4xf32, #kernel.area<token>>, %w: memref<3x4x32xf32, #kernel.area<weight>>, %y: memref<?x96xf32, #kernel.area<token>>) {
    // CHECK: kernel.gemm %{{.*}}, %{{.*}}, %{{.*}} codes(%{{.*}}, %{{.*}}, %{{.*}}) {
    // CHECK-NOT: kernel.quantize
    // CHECK: kernel.gemm
    // CHECK-NOT: codes
    // CHECK: kernel.quantize
    kernel.gemm %x, %w, %y {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } : memref<?x4xf32, #kernel.area<token>>, memref<3x4x32xf32, #kernel.area<weight>>, memref<?x96xf32, #kernel.area<token>>
    %c = kernel.arena : memref<?x128xi8, #kernel.area<token>>
    %s = kernel.arena : memref<?x2xf32, #kernel.area<token>>
    %n = kernel.arena : memref<?x2xi32, #kernel.area<token>>
    kernel.quantize %y, %c, %s, %n : memref<?x96xf32, #kernel.area<token>>, memref<?x128xi8, #kernel.area<token>>, memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>
    kernel.gemm %x, %w, %y {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } : memref<?x4xf32, #kernel.area<token>>, memref<3x4x32xf32, #kernel.area<weight>>, memref<?x96xf32, #kernel.area<token>>
    %s1 = kernel.arena : memref<?x1xf32, #kernel.area<token>>
    %n1 = kernel.arena : memref<?x1xi32, #kernel.area<token>>
    %c1 = kernel.arena : memref<?x128xi8, #kernel.area<token>>
    kernel.quantize %y, %c1, %s1, %n1 : memref<?x96xf32, #kernel.area<token>>, memref<?x128xi8, #kernel.area<token>>, memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>
    return
  }
}

// -----

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @heads
  func.func @heads(%x: memref<?x64xf32, #kernel.area<token>>, %y: memref<?x64xf32, #kernel.area<token>>) {
    // CHECK: kernel.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} codes(%{{.*}}, %{{.*}}, %{{.*}}) heads 2
    kernel.attention %x, %x, %x, %y heads 2 scale 1.0 : memref<?x64xf32, #kernel.area<token>>, memref<?x64xf32, #kernel.area<token>>, memref<?x64xf32, #kernel.area<token>>, memref<?x64xf32, #kernel.area<token>>
    %c = kernel.arena : memref<?x64xi8, #kernel.area<token>>
    %s = kernel.arena : memref<?x2xf32, #kernel.area<token>>
    %n = kernel.arena : memref<?x2xi32, #kernel.area<token>>
    kernel.quantize %y, %c, %s, %n : memref<?x64xf32, #kernel.area<token>>, memref<?x64xi8, #kernel.area<token>>, memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>
    // CHECK: kernel.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} heads 4
    // CHECK: kernel.quantize
    kernel.attention %x, %x, %x, %y heads 4 scale 1.0 : memref<?x64xf32, #kernel.area<token>>, memref<?x64xf32, #kernel.area<token>>, memref<?x64xf32, #kernel.area<token>>, memref<?x64xf32, #kernel.area<token>>
    kernel.quantize %y, %c, %s, %n : memref<?x64xf32, #kernel.area<token>>, memref<?x64xi8, #kernel.area<token>>, memref<?x2xf32, #kernel.area<token>>, memref<?x2xi32, #kernel.area<token>>
    return
  }
}

// -----

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @others
  func.func @others(%x: memref<?x32xf32, #kernel.area<token>>, %g: memref<32xf32, #kernel.area<weight>>, %wide: memref<?x64xf32, #kernel.area<token>>, %g64: memref<64xf32, #kernel.area<weight>>) {
    %c = kernel.arena : memref<?x32xi8, #kernel.area<token>>
    %s = kernel.arena : memref<?x1xf32, #kernel.area<token>>
    %n = kernel.arena : memref<?x1xi32, #kernel.area<token>>
    %c2 = kernel.arena : memref<?x32xi8, #kernel.area<token>>
    %s2 = kernel.arena : memref<?x1xf32, #kernel.area<token>>
    %n2 = kernel.arena : memref<?x1xi32, #kernel.area<token>>
    %y = kernel.arena : memref<?x32xf32, #kernel.area<token>>
    // What computes the argument is not known.
    // CHECK: kernel.quantize
    kernel.quantize %x, %c, %s, %n : memref<?x32xf32, #kernel.area<token>>, memref<?x32xi8, #kernel.area<token>>, memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>
    // CHECK: call @norm
    // CHECK: kernel.quantize
    kernel.rms_norm %x, %g, %x eps 0.5 : memref<?x32xf32, #kernel.area<token>>, memref<32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
    call @norm(%x) : (memref<?x32xf32, #kernel.area<token>>) -> ()
    kernel.quantize %x, %c, %s, %n : memref<?x32xf32, #kernel.area<token>>, memref<?x32xi8, #kernel.area<token>>, memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>
    // CHECK: kernel.reduce softmax
    // CHECK: kernel.quantize
    kernel.reduce softmax %x, %x : memref<?x32xf32, #kernel.area<token>>, memref<?x32xf32, #kernel.area<token>>
    kernel.quantize %x, %c, %s, %n : memref<?x32xf32, #kernel.area<token>>, memref<?x32xi8, #kernel.area<token>>, memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>
    // The codes of before are read once more.
    // CHECK: kernel.rms_norm {{.*}} codes(
    // CHECK: kernel.rms_norm
    // CHECK-NOT: codes
    // CHECK: kernel.map
    // CHECK: kernel.quantize
    kernel.rms_norm %x, %g, %x eps 0.5 : memref<?x32xf32, #kernel.area<token>>, memref<32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
    kernel.quantize %x, %c2, %s2, %n2 : memref<?x32xf32, #kernel.area<token>>, memref<?x32xi8, #kernel.area<token>>, memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>
    kernel.rms_norm %x, %g, %x eps 0.5 : memref<?x32xf32, #kernel.area<token>>, memref<32xf32, #kernel.area<weight>>, memref<?x32xf32, #kernel.area<token>>
    kernel.map %y : memref<?x32xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %code = kernel.load %c2[%i, %j] : memref<?x32xi8, #kernel.area<token>>
      %number = arith.sitofp %code : i8 to f32
      kernel.yield %number : f32
    }
    kernel.quantize %x, %c2, %s2, %n2 : memref<?x32xf32, #kernel.area<token>>, memref<?x32xi8, #kernel.area<token>>, memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>
    %c3 = kernel.arena : memref<?x32xi8, #kernel.area<token>>
    %s3 = kernel.arena : memref<?x1xf32, #kernel.area<token>>
    %n3 = kernel.arena : memref<?x1xi32, #kernel.area<token>>
    // Of a part of what is computed.
    // CHECK: kernel.rms_norm
    // CHECK-NOT: codes
    // CHECK: kernel.slice
    // CHECK: kernel.quantize
    kernel.rms_norm %wide, %g64, %wide eps 0.5 : memref<?x64xf32, #kernel.area<token>>, memref<64xf32, #kernel.area<weight>>, memref<?x64xf32, #kernel.area<token>>
    %part = kernel.slice %wide : memref<?x64xf32, #kernel.area<token>> to memref<?x32xf32, strided<[64, 1]>, #kernel.area<token>>
    kernel.quantize %part, %c3, %s3, %n3 : memref<?x32xf32, strided<[64, 1]>, #kernel.area<token>>, memref<?x32xi8, #kernel.area<token>>, memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>
    return
  }
  func.func private @norm(%x: memref<?x32xf32, #kernel.area<token>>) {
    return
  }
}
