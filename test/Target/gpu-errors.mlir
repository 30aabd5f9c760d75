// What a GPU has no kernel for is named, and what there is; a plan is for the targets that it names.

// REQUIRES: tfc
// RUN: split-file %s %t
// RUN: tfc-opt %t/f64.mlir --kernel-select-kernels="targets=sm_80" --verify-diagnostics
// DEFINE: %{file} =
// DEFINE: %{run} = python3 %root/test/Inputs/exit-code.py tfc %t/%{file} --target=cuda:sm_80 -o %t/out.ptx | FileCheck %s

// The gemm has no row; a map needs none.
//--- f64.mlir
transformer.model @m attributes {max_sequence = 8 : i64} {
  func.func @main(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x4xf64> {transformer.name = "out"}) {
    %t = transformer.weight "t" : tensor<9x4xf64>
    %w = transformer.weight "w" : tensor<4x4xf64>
    %x = transformer.embedding %ids, %t : tensor<?xi32>, tensor<9x4xf64>
    // expected-error @below {{'transformer.linear' op has no kernel for 'f64' on sm_80; there are gemm_f32_sm_80_64x64 rows_f32_sm_80_32}}
    %y = transformer.linear %x, %w : tensor<?x4xf64>, tensor<4x4xf64>
    return %y : tensor<?x4xf64>
  }
}

// REDEFINE: %{file} = map.mlir
// RUN: %{run} --check-prefix=MAP
// MAP: {{.*}}map.mlir:4:5: error: 'kernel.map' op has no kernel for 'f64' on sm_80; there are kernels for 'f32'
// MAP: exit 3
//--- map.mlir
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf64, #kernel.area<row>>
    kernel.map %x : memref<8xf64, #kernel.area<row>> {
    ^bb0(%i: index):
      %0 = kernel.load %x[%i] : memref<8xf64, #kernel.area<row>>
      kernel.yield %0 : f64
    }
    return
  }
}

// REDEFINE: %{file} = append.mlir
// RUN: %{run} --check-prefix=APPEND
// APPEND: {{.*}}append.mlir:5:5: error: 'kernel.append' op has no kernel on sm_80; models that generate are for CPUs
// APPEND: exit 3
//--- append.mlir
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<?x8xf32, #kernel.area<token>>
    %k = kernel.cache "values.0" at 0 : memref<2x32x4xf32, #kernel.area<page>>
    kernel.append %x, %k rows ["rows_f32_sm_80_32"] : memref<?x8xf32, #kernel.area<token>>, memref<2x32x4xf32, #kernel.area<page>>
    return
  }
}

// REDEFINE: %{file} = log.mlir
// RUN: %{run} --check-prefix=LOG
// LOG: {{.*}}log.mlir:5:5: error: 'kernel.reduce' op of log_sum_exp has no kernel on sm_80; there are softmax and normalize
// LOG: exit 3
//--- log.mlir
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    %y = kernel.arena at 32 : memref<f32, #kernel.area<row>>
    kernel.reduce log_sum_exp %x, %y rows ["rows_f32_sm_80_32"] : memref<8xf32, #kernel.area<row>>, memref<f32, #kernel.area<row>>
    return
  }
}

// REDEFINE: %{file} = row.mlir
// RUN: %{run} --check-prefix=ROW
// ROW: {{.*}}row.mlir:4:5: error: 'kernel.reduce' op names the row "rows_f32_avx2_8", which is not for this op and 'f32' on sm_80
// ROW: exit 1
//--- row.mlir
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.reduce softmax %x, %x rows ["rows_f32_avx2_8"] : memref<8xf32, #kernel.area<row>>, memref<8xf32, #kernel.area<row>>
    return
  }
}

// REDEFINE: %{file} = other.mlir
// RUN: %{run} --check-prefix=OTHER
// OTHER: error: --target=cuda:sm_80: {{.*}}other.mlir has been planned without sm_80
// OTHER: exit 1
//--- other.mlir
transformer.model @m attributes {kernel.targets = ["sm_90a"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.reduce softmax %x, %x rows ["rows_f32_sm_90a_32"] : memref<8xf32, #kernel.area<row>>, memref<8xf32, #kernel.area<row>>
    return
  }
}

// What a CPU leaves to libm has no code on a GPU: in a map, and in the epilogue of a product.
// REDEFINE: %{file} = cbrt.mlir
// RUN: %{run} --check-prefix=CBRT
// CBRT: {{.*}}cbrt.mlir:7:12: error: 'math.cbrt' op has no code on sm_80; there is code for arith (not remf), scf, math.absf, {{.*}}, math.trunc of f32, index and integers up to 64 bits
// CBRT: exit 3
// RUN: sed s/math.cbrt/math.log/ %t/cbrt.mlir > %t/logarithm.mlir
// REDEFINE: %{file} = logarithm.mlir
// RUN: %{run} --check-prefix=LOGARITHM
// LOGARITHM: error: 'math.log' op has no code on sm_80
// LOGARITHM: exit 3
// What arithmetic covers is in the PTX, and nothing else is called.
// RUN: sed s/math.cbrt/math.exp/ %t/cbrt.mlir > %t/exp.mlir && tfc %t/exp.mlir --target=cuda --emit=asm | FileCheck %s --check-prefix=EXP --implicit-check-not=.extern
// EXP: .visible .entry map_
//--- cbrt.mlir
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.map %x : memref<8xf32, #kernel.area<row>> {
    ^bb0(%i: index):
      %0 = kernel.load %x[%i] : memref<8xf32, #kernel.area<row>>
      %1 = math.cbrt %0 : f32
      kernel.yield %1 : f32
    }
    return
  }
}

// REDEFINE: %{file} = wide.mlir
// RUN: %{run} --check-prefix=WIDE
// WIDE: {{.*}}wide.mlir:7:12: error: 'arith.extf' op has no code on sm_80
// WIDE: exit 3
//--- wide.mlir
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<8xf32, #kernel.area<row>>
    kernel.map %x : memref<8xf32, #kernel.area<row>> {
    ^bb0(%i: index):
      %0 = kernel.load %x[%i] : memref<8xf32, #kernel.area<row>>
      %1 = arith.extf %0 : f32 to f64
      %2 = math.exp %1 : f64
      %3 = arith.truncf %2 : f64 to f32
      kernel.yield %3 : f32
    }
    return
  }
}

// RUN: cp %root/examples/block.safetensors %t
// REDEFINE: %{file} = epilogue.mlir
// RUN: %{run} --check-prefix=EPILOGUE
// EPILOGUE: {{.*}}epilogue.mlir:9:12: error: 'arith.remf' op has no code on sm_80
// EPILOGUE: exit 3
//--- epilogue.mlir
transformer.model @m attributes {weights = ["block.safetensors"], kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  kernel.weight @w panels ["attention.query.weight"] at 0 : memref<1x16x32xf32, #kernel.area<weight>>
  func.func @main() {
    %x = kernel.arena at 0 : memref<?x16xf32, #kernel.area<token>>
    %y = kernel.arena at 64 : memref<?x16xf32, #kernel.area<token>>
    %w = kernel.get_weight @w : memref<1x16x32xf32, #kernel.area<weight>>
    kernel.gemm %x, %w, %y {
    ^bb0(%sum: f32):
      %0 = arith.remf %sum, %sum : f32
      kernel.yield %0 : f32
    } rows ["gemm_f32_sm_80_64x64"] : memref<?x16xf32, #kernel.area<token>>, memref<1x16x32xf32, #kernel.area<weight>>, memref<?x16xf32, #kernel.area<token>>
    return
  }
}

// A planned text says what it is for where the command line asks for something else.
// RUN: tfc %root/examples/block.mlir --target=cuda --emit=plan -o %t/planned.mlir
// DEFINE: %{planned} = python3 %root/test/Inputs/exit-code.py tfc %t/planned.mlir --emit=asm | FileCheck %s --check-prefix=PLANNED
// RUN: %{planned}
// PLANNED: error: {{.*}}planned.mlir has been planned for sm_80: use --target=cuda:sm_80
// PLANNED: exit 1
// RUN: tfc %t/planned.mlir --target=cuda:sm_80 -o %t/planned.ptx

// REDEFINE: %{file} = codes.mlir
// RUN: %{run} --check-prefix=CODES
// CODES: {{.*}}codes.mlir:7:5: error: 'kernel.rms_norm' op names the row "rows_f32_sm_80_32", which gives no codes
// CODES: exit 1
//--- codes.mlir
transformer.model @m attributes {kernel.targets = ["sm_80"], max_sequence = 8 : i64} {
  func.func @main() {
    %x = kernel.arena at 0 : memref<32xf32, #kernel.area<row>>
    %c = kernel.arena at 128 : memref<32xi8, #kernel.area<row>>
    %s = kernel.arena at 160 : memref<1xf32, #kernel.area<row>>
    %n = kernel.arena at 164 : memref<1xi32, #kernel.area<row>>
    kernel.rms_norm %x, %x, %x codes(%c, %s, %n) eps 0.5 rows ["rows_f32_sm_80_32"] : memref<32xf32, #kernel.area<row>>, memref<32xf32, #kernel.area<row>>, memref<32xf32, #kernel.area<row>>
        codes(memref<32xi8, #kernel.area<row>>, memref<1xf32, #kernel.area<row>>, memref<1xi32, #kernel.area<row>>)
    return
  }
}
