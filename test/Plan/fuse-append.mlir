// RUN: tfc-opt %s --kernel-fuse-append --split-input-file | FileCheck %s
// Attention keeps what it will see, unless heads share keys, something is computed in between, only
// one of keys and values is kept there, or scales elsewhere.

transformer.model @m attributes {max_sequence = 8 : i64} {
  // CHECK-LABEL: func @step
  // CHECK-SAME: %[[Q:.*]]: memref<?x8xf32, #kernel.area<token>>, %[[K:.*]]: memref<?x8xf32, #kernel.area<token>>, %[[V:.*]]: memref<?x8xf32, #kernel.area<token>>,
  // CHECK-SAME: %[[KEYS:.*]]: memref<2x1x4x32xf32, #kernel.area<page>>, %[[VALUES:.*]]: memref<2x32x4xf32, #kernel.area<page>>
  // CHECK-NOT: kernel.append
  // CHECK: kernel.attention %[[Q]], %[[KEYS]], %[[VALUES]], %[[Q]] append(%[[K]], %[[V]]) heads 2 scale 1.000000e+00 causal
  func.func @step(%q: memref<?x8xf32, #kernel.area<token>>, %k: memref<?x8xf32, #kernel.area<token>>, %v: memref<?x8xf32, #kernel.area<token>>, %keys: memref<2x1x4x32xf32, #kernel.area<page>>, %values: memref<2x32x4xf32, #kernel.area<page>>) {
    kernel.append %k, %keys : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>
    kernel.append %v, %values : memref<?x8xf32, #kernel.area<token>>, memref<2x32x4xf32, #kernel.area<page>>
    kernel.attention %q, %keys, %values, %q heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>>
    return
  }

  // CHECK-LABEL: func @grouped
  // CHECK-COUNT-2: kernel.append
  // CHECK: kernel.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} heads 4
  func.func @grouped(%q: memref<?x16xf32, #kernel.area<token>>, %k: memref<?x8xf32, #kernel.area<token>>, %keys: memref<2x1x4x32xf32, #kernel.area<page>>, %values: memref<2x32x4xf32, #kernel.area<page>>) {
    kernel.append %k, %keys : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>
    kernel.append %k, %values : memref<?x8xf32, #kernel.area<token>>, memref<2x32x4xf32, #kernel.area<page>>
    kernel.attention %q, %keys, %values, %q heads 4 scale 1.0 causal : memref<?x16xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x16xf32, #kernel.area<token>>
    return
  }

  // CHECK-LABEL: func @in_between
  // CHECK: kernel.append
  // CHECK: kernel.append
  // CHECK: kernel.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} heads 2
  func.func @in_between(%q: memref<?x8xf32, #kernel.area<token>>, %g: memref<8xf32, #kernel.area<weight>>, %keys: memref<2x1x4x32xf32, #kernel.area<page>>, %values: memref<2x32x4xf32, #kernel.area<page>>) {
    kernel.append %q, %keys : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>
    kernel.rms_norm %q, %g, %q eps 0.5 : memref<?x8xf32, #kernel.area<token>>, memref<8xf32, #kernel.area<weight>>, memref<?x8xf32, #kernel.area<token>>
    kernel.append %q, %values : memref<?x8xf32, #kernel.area<token>>, memref<2x32x4xf32, #kernel.area<page>>
    kernel.attention %q, %keys, %values, %q heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>>
    return
  }

  // CHECK-LABEL: func @source
  // CHECK: kernel.append
  // CHECK: kernel.append
  // CHECK: kernel.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} heads 2
  func.func @source(%q: memref<?x8xf32, #kernel.area<token>>, %keys: memref<2x1x4x32xf32, #kernel.area<page>>, %values: memref<2x32x4xf32, #kernel.area<page>>) {
    kernel.append %q, %keys : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>
    kernel.append %q, %values : memref<?x8xf32, #kernel.area<token>>, memref<2x32x4xf32, #kernel.area<page>>
    kernel.attention %q, %keys, %values, %q heads 2 scale 1.0 : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>>
    return
  }

  // CHECK-LABEL: func @keys_alone
  // CHECK: kernel.append
  // CHECK: kernel.attention %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} heads 2
  func.func @keys_alone(%q: memref<?x8xf32, #kernel.area<token>>, %keys: memref<2x1x4x32xf32, #kernel.area<page>>, %values: memref<2x32x4xf32, #kernel.area<page>>) {
    kernel.append %q, %keys : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>
    kernel.attention %q, %keys, %values, %q heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xf32, #kernel.area<page>>, memref<2x32x4xf32, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>>
    return
  }
  // CHECK-LABEL: func @codes
  // CHECK-NOT: kernel.append
  // CHECK: kernel.attention %{{.*}} scales(%[[S:.*]], %[[T:.*]]) append(%{{.*}}, %{{.*}}) heads 2
  // CHECK: kernel.append
  // CHECK: kernel.append
  // CHECK: kernel.attention %{{.*}} scales(%[[S]], %[[T]]) heads 2
  func.func @codes(%q: memref<?x8xf32, #kernel.area<token>>, %keys: memref<2x1x4x32xi8, #kernel.area<page>>, %values: memref<2x32x4xi8, #kernel.area<page>>, %s: memref<2x32xf32, #kernel.area<page>>, %t: memref<2x32xf32, #kernel.area<page>>) {
    kernel.append %q, %keys scales(%s) : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xi8, #kernel.area<page>> scales(memref<2x32xf32, #kernel.area<page>>)
    kernel.append %q, %values scales(%t) : memref<?x8xf32, #kernel.area<token>>, memref<2x32x4xi8, #kernel.area<page>> scales(memref<2x32xf32, #kernel.area<page>>)
    kernel.attention %q, %keys, %values, %q scales(%s, %t) heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xi8, #kernel.area<page>>, memref<2x32x4xi8, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>> scales(memref<2x32xf32, #kernel.area<page>>, memref<2x32xf32, #kernel.area<page>>)
    kernel.append %q, %keys scales(%t) : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xi8, #kernel.area<page>> scales(memref<2x32xf32, #kernel.area<page>>)
    kernel.append %q, %values scales(%t) : memref<?x8xf32, #kernel.area<token>>, memref<2x32x4xi8, #kernel.area<page>> scales(memref<2x32xf32, #kernel.area<page>>)
    kernel.attention %q, %keys, %values, %q scales(%s, %t) heads 2 scale 1.0 causal : memref<?x8xf32, #kernel.area<token>>, memref<2x1x4x32xi8, #kernel.area<page>>, memref<2x32x4xi8, #kernel.area<page>>, memref<?x8xf32, #kernel.area<token>> scales(memref<2x32xf32, #kernel.area<page>>, memref<2x32xf32, #kernel.area<page>>)
    return
  }
}
