// RUN: tfc-opt %s --verify-roundtrip | FileCheck %s
// Plans are printed as they are read.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK: kernel.weight @w panels ["a", "b"] at 64 : memref<2x4x32xf32, #kernel.area<weight>>
  kernel.weight @w panels ["a", "b"] at 64 : memref<2x4x32xf32, #kernel.area<weight>>
  // CHECK: kernel.weight @t panels transposed ["a", "b"] : memref<2x4x32xf32, #kernel.area<weight>>
  kernel.weight @t panels transposed ["a", "b"] : memref<2x4x32xf32, #kernel.area<weight>>
  // CHECK: kernel.weight @b plain ["c"] : memref<64xf32, #kernel.area<weight>>
  kernel.weight @b plain ["c"] : memref<64xf32, #kernel.area<weight>>
  // CHECK: kernel.weight @codes panels ["c"] codes i4 scales bf16 group 32 : memref<2x8x32xi4, #kernel.area<weight>>
  kernel.weight @codes panels ["c"] codes i4 scales bf16 group 32 : memref<2x8x32xi4, #kernel.area<weight>>
  // CHECK: kernel.weight @scales panels ["c"] codes i4 scales bf16 group 32 search at 64 : memref<2x1x32xbf16, #kernel.area<weight>>
  kernel.weight @scales panels ["c"] codes i4 scales bf16 group 32 search at 64 : memref<2x1x32xbf16, #kernel.area<weight>>
  // CHECK: kernel.weight @s sinusoids [] : memref<8x4xf32, #kernel.area<weight>>
  kernel.weight @s sinusoids [] : memref<8x4xf32, #kernel.area<weight>>
  // CHECK: kernel.weight @r rotary [] frequencies [1.000000e+00, 0.31622776601683794] factor 1.000000e+00 at 0 : memref<8x4xf32, #kernel.area<weight>>
  kernel.weight @r rotary [] frequencies [1.0, 0.31622776601683794] factor 1.0 at 0 : memref<8x4xf32, #kernel.area<weight>>

  // CHECK-LABEL: func @memory
  func.func @memory() {
    // CHECK: kernel.input "input_ids" limit 9 at 0 : memref<?xi32, #kernel.area<token>>
    %0 = kernel.input "input_ids" limit 9 at 0 : memref<?xi32, #kernel.area<token>>
    // CHECK: kernel.input "token_type_ids" optional limit 2 : memref<?xi32, #kernel.area<token>>
    %1 = kernel.input "token_type_ids" optional limit 2 : memref<?xi32, #kernel.area<token>>
    // CHECK: %[[A:.*]] = kernel.arena at 1536 : memref<?x12xf32, #kernel.area<token>>
    %2 = kernel.arena at 1536 : memref<?x12xf32, #kernel.area<token>>
    // CHECK: kernel.arena : memref<2x?x?xf32, #kernel.area<pair>>
    %3 = kernel.arena : memref<2x?x?xf32, #kernel.area<pair>>
    // CHECK: kernel.get_weight @b : memref<64xf32, #kernel.area<weight>>
    %4 = kernel.get_weight @b : memref<64xf32, #kernel.area<weight>>
    // CHECK: kernel.slice %[[A]] : memref<?x12xf32, #kernel.area<token>> to memref<?x4xf32, strided<[12, 1], offset: 8>, #kernel.area<token>>
    %5 = kernel.slice %2 : memref<?x12xf32, #kernel.area<token>>
        to memref<?x4xf32, strided<[12, 1], offset: 8>, #kernel.area<token>>
    // CHECK: kernel.output %[[A]] "last_hidden_state" : memref<?x12xf32, #kernel.area<token>>
    kernel.output %2 "last_hidden_state" : memref<?x12xf32, #kernel.area<token>>
    // CHECK: %[[LOGITS:.*]] = kernel.arena : memref<33xf32
    %logits = kernel.arena : memref<33xf32, #kernel.area<row>>
    // CHECK: %[[LARGEST:.*]] = kernel.arena : memref<2xf32
    %largest = kernel.arena : memref<2xf32, #kernel.area<row>>
    // CHECK: kernel.output %[[LOGITS]] "logits" largest %[[LARGEST]] : memref<33xf32, #kernel.area<row>>, memref<2xf32, #kernel.area<row>>
    kernel.output %logits "logits" largest %largest : memref<33xf32, #kernel.area<row>>, memref<2xf32, #kernel.area<row>>
    return
  }

  // CHECK-LABEL: func @gemm
  // CHECK-SAME: %[[X:[a-z0-9]*]]: memref<?x4xf32, #kernel.area<token>>, %[[Y:[a-z0-9]*]]: memref<?x64xf32, #kernel.area<token>>
  func.func @gemm(%x: memref<?x4xf32, #kernel.area<token>>, %y: memref<?x64xf32, #kernel.area<token>>) {
    %w = kernel.get_weight @w : memref<2x4x32xf32, #kernel.area<weight>>
    %b = kernel.get_weight @b : memref<64xf32, #kernel.area<weight>>
    // CHECK: kernel.gemm %[[X]], %{{.*}}, %[[Y]] extras(%{{.*}}, %[[Y]]) {
    // CHECK-NEXT: ^bb0(%[[SUM:.*]]: f32, %[[BIAS:.*]]: f32, %[[OLD:.*]]: f32):
    // CHECK: kernel.yield %{{.*}} : f32
    // CHECK-NEXT: } rows ["fast", "slow"] : memref<?x4xf32, #kernel.area<token>>, memref<2x4x32xf32, #kernel.area<weight>>, memref<?x64xf32, #kernel.area<token>> extras(memref<64xf32, #kernel.area<weight>>, memref<?x64xf32, #kernel.area<token>>)
    kernel.gemm %x, %w, %y extras(%b, %y) {
    ^bb0(%sum: f32, %bias: f32, %old: f32):
      %0 = arith.addf %sum, %bias : f32
      %1 = arith.addf %0, %old : f32
      kernel.yield %1 : f32
    } rows ["fast", "slow"] : memref<?x4xf32, #kernel.area<token>>, memref<2x4x32xf32, #kernel.area<weight>>,
        memref<?x64xf32, #kernel.area<token>> extras(memref<64xf32, #kernel.area<weight>>, memref<?x64xf32, #kernel.area<token>>)
    // CHECK: kernel.barrier
    // CHECK-NEXT: kernel.barrier soon %{{.*}} : memref<2x4x32xf32, #kernel.area<weight>>
    kernel.barrier
    kernel.barrier soon %w : memref<2x4x32xf32, #kernel.area<weight>>
    // CHECK: kernel.gemm %[[X]], %{{.*}}, %[[Y]] {
    // CHECK: } : memref<?x4xf32
    kernel.gemm %x, %w, %y {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } : memref<?x4xf32, #kernel.area<token>>, memref<2x4x32xf32, #kernel.area<weight>>, memref<?x64xf32, #kernel.area<token>>
    %codes = kernel.get_weight @codes : memref<2x8x32xi4, #kernel.area<weight>>
    %scales = kernel.get_weight @scales : memref<2x1x32xbf16, #kernel.area<weight>>
    // CHECK: kernel.gemm %[[X]], %[[CODES:.*]], %[[Y]] scales(%[[SCALES:.*]]) group 32 extras(%{{.*}}) {
    // CHECK: } : memref<?x4xf32, #kernel.area<token>>, memref<2x8x32xi4, #kernel.area<weight>>, memref<?x64xf32, #kernel.area<token>> scales(memref<2x1x32xbf16, #kernel.area<weight>>) extras(memref<64xf32, #kernel.area<weight>>)
    kernel.gemm %x, %codes, %y scales(%scales) group 32 extras(%b) {
    ^bb0(%sum: f32, %bias: f32):
      kernel.yield %sum : f32
    } : memref<?x4xf32, #kernel.area<token>>, memref<2x8x32xi4, #kernel.area<weight>>, memref<?x64xf32, #kernel.area<token>>
        scales(memref<2x1x32xbf16, #kernel.area<weight>>) extras(memref<64xf32, #kernel.area<weight>>)
    // CHECK: %[[L:.*]] = kernel.arena
    %l = kernel.arena : memref<?x2xf32, #kernel.area<token>>
    // CHECK: kernel.gemm %[[X]], %{{.*}}, %[[Y]] largest(%[[L]]) {
    // CHECK: } : memref<?x4xf32, {{.*}} largest(memref<?x2xf32, #kernel.area<token>>)
    kernel.gemm %x, %w, %y largest(%l) {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } : memref<?x4xf32, #kernel.area<token>>, memref<2x4x32xf32, #kernel.area<weight>>, memref<?x64xf32, #kernel.area<token>>
        largest(memref<?x2xf32, #kernel.area<token>>)
    return
  }

  // CHECK-LABEL: func @vectors
  // CHECK-SAME: %[[X:[a-z0-9]*]]: memref<?x4xf32, #kernel.area<token>>, %[[P:[a-z0-9]*]]: memref<2x?x?xf32, #kernel.area<pair>>, %[[L:[a-z0-9]*]]: memref<2x?xf32, #kernel.area<token>>, %[[V:[a-z0-9]*]]: memref<4xf32, #kernel.area<row>>
  func.func @vectors(%x: memref<?x4xf32, #kernel.area<token>>, %p: memref<2x?x?xf32, #kernel.area<pair>>,
                     %l: memref<2x?xf32, #kernel.area<token>>, %v: memref<4xf32, #kernel.area<row>>,
                     %g: memref<4xf32, #kernel.area<weight>>) {
    // CHECK: kernel.attention %[[X]], %[[X]], %[[X]], %[[X]] heads 2 scale 5.000000e-01 rows ["slow"] : memref<?x4xf32
    kernel.attention %x, %x, %x, %x heads 2 scale 0.5 rows ["slow"] : memref<?x4xf32, #kernel.area<token>>,
        memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
    // CHECK: kernel.attention %[[X]], %[[X]], %[[X]], %[[X]] heads 2 scale 5.000000e-01 softcap 3.000000e+01 slopes [5.000000e-01, 2.500000e-01] causal : memref<?x4xf32
    kernel.attention %x, %x, %x, %x heads 2 scale 0.5 softcap 30.0 slopes [0.5, 0.25] causal : memref<?x4xf32, #kernel.area<token>>,
        memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
    // CHECK: kernel.attention %[[X]], %[[X]], %[[X]], %[[X]] heads 2 scale 5.000000e-01 causal window 3 : memref<?x4xf32
    kernel.attention %x, %x, %x, %x heads 2 scale 0.5 causal window 3 : memref<?x4xf32, #kernel.area<token>>,
        memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>
    %keys = kernel.cache "keys.0" : memref<2x1x4x32xi8, #kernel.area<page>>
    %values = kernel.cache "values.0" : memref<2x32x2xi8, #kernel.area<page>>
    %scales = kernel.cache "scales.0" : memref<2x32xf32, #kernel.area<page>>
    // CHECK: kernel.attention %[[X]], %[[KEYS:.*]], %[[VALUES:.*]], %[[X]] scales(%[[SCALES:.*]], %[[SCALES]]) append(%[[X]], %[[X]]) heads 2 scale 5.000000e-01 causal : memref<?x4xf32, {{.*}} scales(memref<2x32xf32, {{.*}} append(memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>)
    kernel.attention %x, %keys, %values, %x scales(%scales, %scales) append(%x, %x) heads 2 scale 0.5 causal : memref<?x4xf32, #kernel.area<token>>,
        memref<2x1x4x32xi8, #kernel.area<page>>, memref<2x32x2xi8, #kernel.area<page>>, memref<?x4xf32, #kernel.area<token>>
        scales(memref<2x32xf32, #kernel.area<page>>, memref<2x32xf32, #kernel.area<page>>)
        append(memref<?x4xf32, #kernel.area<token>>, memref<?x4xf32, #kernel.area<token>>)
    // CHECK: kernel.rms_norm %[[X]], %{{.*}}, %[[X]] eps 5.000000e-01 : memref<?x4xf32
    kernel.rms_norm %x, %g, %x eps 0.5 : memref<?x4xf32, #kernel.area<token>>, memref<4xf32, #kernel.area<weight>>,
        memref<?x4xf32, #kernel.area<token>>
    // CHECK: kernel.layer_norm %[[X]], %{{.*}}, %{{.*}}, %[[X]] eps 5.000000e-01 : memref<?x4xf32
    kernel.layer_norm %x, %g, %g, %x eps 0.5 : memref<?x4xf32, #kernel.area<token>>, memref<4xf32, #kernel.area<weight>>,
        memref<4xf32, #kernel.area<weight>>, memref<?x4xf32, #kernel.area<token>>
    // CHECK: kernel.layer_norm %[[X]], %{{.*}}, %{{.*}}, %[[X]] codes(%[[C:.*]], %[[S:.*]], %[[N:.*]]) eps 5.000000e-01 : memref<?x4xf32, {{.*}} codes(memref<?x32xi8, #kernel.area<token>>, memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>)
    %c = kernel.arena : memref<?x32xi8, #kernel.area<token>>
    %s = kernel.arena : memref<?x1xf32, #kernel.area<token>>
    %n = kernel.arena : memref<?x1xi32, #kernel.area<token>>
    kernel.layer_norm %x, %g, %g, %x codes(%c, %s, %n) eps 0.5 : memref<?x4xf32, #kernel.area<token>>, memref<4xf32, #kernel.area<weight>>,
        memref<4xf32, #kernel.area<weight>>, memref<?x4xf32, #kernel.area<token>>
        codes(memref<?x32xi8, #kernel.area<token>>, memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>)
    // CHECK: kernel.rms_norm %[[X]], %{{.*}}, %[[X]] codes(%[[C]], %[[S]], %[[N]]) eps 5.000000e-01 offset 1.000000e+00 : memref<?x4xf32
    kernel.rms_norm %x, %g, %x codes(%c, %s, %n) eps 0.5 offset 1.0 : memref<?x4xf32, #kernel.area<token>>, memref<4xf32, #kernel.area<weight>>,
        memref<?x4xf32, #kernel.area<token>>
        codes(memref<?x32xi8, #kernel.area<token>>, memref<?x1xf32, #kernel.area<token>>, memref<?x1xi32, #kernel.area<token>>)
    // CHECK: kernel.reduce softmax %[[P]], %[[P]] : memref<2x?x?xf32
    kernel.reduce softmax %p, %p : memref<2x?x?xf32, #kernel.area<pair>>, memref<2x?x?xf32, #kernel.area<pair>>
    // CHECK: kernel.reduce log_sum_exp %[[P]], %[[L]] : memref<2x?x?xf32
    kernel.reduce log_sum_exp %p, %l : memref<2x?x?xf32, #kernel.area<pair>>, memref<2x?xf32, #kernel.area<token>>
    // CHECK: kernel.reduce normalize %[[V]], %[[V]] {eps = 5.000000e-01 : f64} : memref<4xf32
    kernel.reduce normalize %v, %v {eps = 0.5 : f64} : memref<4xf32, #kernel.area<row>>, memref<4xf32, #kernel.area<row>>
    // CHECK: kernel.pool mean %[[X]], %[[V]] : memref<?x4xf32
    kernel.pool mean %x, %v : memref<?x4xf32, #kernel.area<token>>, memref<4xf32, #kernel.area<row>>
    return
  }

  // CHECK-LABEL: func @map
  // CHECK-SAME: %[[X:.*]]: memref<?x4xf32, #kernel.area<token>>
  func.func @map(%x: memref<?x4xf32, #kernel.area<token>>) {
    // CHECK: kernel.map %[[X]] : memref<?x4xf32, #kernel.area<token>> {
    // CHECK-NEXT: ^bb0(%[[I:.*]]: index, %[[J:.*]]: index):
    // CHECK-NEXT: kernel.load %[[X]][%[[I]], %[[J]]] : memref<?x4xf32, #kernel.area<token>>
    // CHECK-NEXT: kernel.length
    // CHECK-NEXT: kernel.past
    kernel.map %x : memref<?x4xf32, #kernel.area<token>> {
    ^bb0(%i: index, %j: index):
      %0 = kernel.load %x[%i, %j] : memref<?x4xf32, #kernel.area<token>>
      %1 = kernel.length
      %2 = kernel.past
      kernel.yield %0 : f32
    }
    return
  }
}
