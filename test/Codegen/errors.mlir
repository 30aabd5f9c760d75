// What codegen relies on and a text of the plan may lack.

// REQUIRES: tfc
// RUN: split-file %s %t
// RUN: not tfc %t/place.mlir -o %t/out.so 2>&1 | FileCheck %s --check-prefix=PLACE
// RUN: not tfc %t/rows.mlir -o %t/out.so 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not tfc %t/table.mlir -o %t/out.so 2>&1 | FileCheck %s --check-prefix=TABLE
// RUN: not tfc %t/kind.mlir -o %t/out.so 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not tfc %t/element.mlir -o %t/out.so 2>&1 | FileCheck %s --check-prefix=ELEMENT
// RUN: not tfc %t/targets.mlir -o %t/out.so 2>&1 | FileCheck %s --check-prefix=TARGETS
// RUN: not tfc %t/step.mlir -o %t/out.so 2>&1 | FileCheck %s --check-prefix=STEP
// RUN: not tfc %t/stored.mlir -o %t/out.so 2>&1 | FileCheck %s --check-prefix=STORED
// RUN: not tfc %t/barrier.mlir -o %t/out.so 2>&1 | FileCheck %s --check-prefix=BARRIER

// PLACE: {{.*}}place.mlir:3:10: error: {{.*}}has no place: run the plan passes first
//--- place.mlir
transformer.model @m attributes {kernel.targets = ["x86-64"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena : memref<8xf32, #kernel.area<row>>
    kernel.output %x "out" : memref<8xf32, #kernel.area<row>>
    return
  }
}

// ROWS: {{.*}}rows.mlir:4:5: error: {{.*}}expects a row for target number 0
//--- rows.mlir
transformer.model @m attributes {kernel.targets = ["x86-64"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.reduce softmax %x, %x : memref<8xf32, #kernel.area<row>>, memref<8xf32, #kernel.area<row>>
    kernel.output %x "out" : memref<8xf32, #kernel.area<row>>
    return
  }
}

// TABLE: {{.*}}table.mlir:4:5: error: {{.*}}names the row "rows_f32_77", which is in no table
//--- table.mlir
transformer.model @m attributes {kernel.targets = ["x86-64"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.reduce softmax %x, %x rows ["rows_f32_77"] : memref<8xf32, #kernel.area<row>>, memref<8xf32, #kernel.area<row>>
    kernel.output %x "out" : memref<8xf32, #kernel.area<row>>
    return
  }
}

// KIND: {{.*}}kind.mlir:4:5: error: {{.*}}names the row "gemm_f32_onednn", which is not for this op and 'f32'
//--- kind.mlir
transformer.model @m attributes {kernel.targets = ["x86-64"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.reduce softmax %x, %x rows ["gemm_f32_onednn"] : memref<8xf32, #kernel.area<row>>, memref<8xf32, #kernel.area<row>>
    kernel.output %x "out" : memref<8xf32, #kernel.area<row>>
    return
  }
}

// ELEMENT: {{.*}}element.mlir:4:5: error: {{.*}}names the row "rows_f32_4", which is not for this op and 'f64'
//--- element.mlir
transformer.model @m attributes {kernel.targets = ["x86-64"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf64, #kernel.area<row>>
    kernel.reduce softmax %x, %x rows ["rows_f32_4"] : memref<8xf64, #kernel.area<row>>, memref<8xf64, #kernel.area<row>>
    kernel.output %x "out" : memref<8xf64, #kernel.area<row>>
    return
  }
}

// TARGETS: error: {{.*}}kernel.targets is missing
//--- targets.mlir
transformer.model @m attributes {max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.output %x "out" : memref<8xf32, #kernel.area<row>>
    return
  }
}

// STEP: {{.*}}step.mlir:4:10: error: 'math.log' op is no step of a plan
//--- step.mlir
transformer.model @m attributes {kernel.targets = ["x86-64"], max_sequence = 8 : i64} {
  func.func @main(%number: f32) {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    %y = math.log %number : f32
    kernel.output %x "out" : memref<8xf32, #kernel.area<row>>
    return
  }
}

// STORED: error: {{.*}}names the row "gemm_f32_onednn", which multiplies with weights of 'f32', found 'bf16'
//--- stored.mlir
transformer.model @m attributes {kernel.targets = ["x86-64"], max_sequence = 8 : i64} {
  func.func @main(%w: memref<1x8x32xbf16, #kernel.area<weight>>) {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.gemm %x, %w, %x {
    ^bb0(%sum: f32):
      kernel.yield %sum : f32
    } rows ["gemm_f32_onednn"] : memref<8xf32, #kernel.area<row>>, memref<1x8x32xbf16, #kernel.area<weight>>,
        memref<8xf32, #kernel.area<row>>
    kernel.output %x "out" : memref<8xf32, #kernel.area<row>>
    return
  }
}

// BARRIER: {{.*}}barrier.mlir:6:5: error: {{.*}}has no barrier behind it: run the plan passes first
//--- barrier.mlir
transformer.model @m attributes {kernel.targets = ["x86-64"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.reduce softmax %x, %x rows ["rows_f32_4"] : memref<8xf32, #kernel.area<row>>, memref<8xf32, #kernel.area<row>>
    kernel.barrier
    kernel.reduce softmax %x, %x rows ["rows_f32_4"] : memref<8xf32, #kernel.area<row>>, memref<8xf32, #kernel.area<row>>
    kernel.output %x "out" : memref<8xf32, #kernel.area<row>>
    return
  }
}
