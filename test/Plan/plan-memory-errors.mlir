// RUN: tfc-opt %s --kernel-plan-memory --split-input-file --verify-diagnostics
// A function that calls itself has no end to its memory.

// expected-error @below {{has functions that call each other in a circle}}
transformer.model @circle attributes {max_sequence = 8 : i64} {
  func.func private @a() {
    call @b() : () -> ()
    return
  }
  func.func private @b() {
    call @a() : () -> ()
    return
  }
}
