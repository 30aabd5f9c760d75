// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Cpu.h"

#include <fenv.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tfc {

struct Level {
  uint32_t level;
  const char *name;
};

#if defined(__x86_64__)
static constexpr Level levels[] = {
    {1, "x86-64"}, {3, "x86-64-v3"}, {4, "x86-64-v4"}, {5, "x86-64-v4-vnni"}};

static bool has(uint32_t value, uint32_t bits) { return (value & bits) == bits; }
static constexpr uint32_t bit(int number) { return 1u << number; }
static constexpr uint32_t osSaves = bit(27); // OSXSAVE

/// Which register files the operating system saves when it switches threads.
static uint32_t savedStates() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

uint32_t levelWith(const CpuFeatures &cpu) {
  // SSE3, SSSE3, FMA, CX16, SSE4.1, SSE4.2, MOVBE, POPCNT, OSXSAVE, AVX, F16C; LAHF, LZCNT; BMI1,
  // AVX2, BMI2; xmm, ymm
  constexpr uint32_t v3 = bit(0) | bit(9) | bit(12) | bit(13) | bit(19) | bit(20) | bit(22) |
                          bit(23) | osSaves | bit(28) | bit(29);
  if (!has(cpu.leaf1c, v3) || !has(cpu.extendedC, bit(0) | bit(5)) ||
      !has(cpu.leaf7b, bit(3) | bit(5) | bit(8)) || !has(cpu.savedStates, 0x06))
    return 1;
  // AVX-512 F, DQ, CD, BW, VL; opmask, zmm
  constexpr uint32_t v4 = bit(16) | bit(17) | bit(28) | bit(30) | bit(31);
  if (!has(cpu.leaf7b, v4) || !has(cpu.savedStates, 0xe6))
    return 3;
  return has(cpu.leaf7c, bit(11)) ? 5 : 4; // AVX-512 VNNI
}

uint32_t cpuLevel() {
  CpuFeatures cpu; // what is not known stays 0
  uint32_t other;
  __get_cpuid(1, &other, &other, &cpu.leaf1c, &other);
  __get_cpuid_count(7, 0, &other, &cpu.leaf7b, &cpu.leaf7c, &other);
  __get_cpuid(0x80000001, &other, &other, &cpu.extendedC, &other);
  if (has(cpu.leaf1c, osSaves)) // else xgetbv is no instruction
    cpu.savedStates = savedStates();
  return levelWith(cpu);
}

int64_t fetchesAhead() {
  uint32_t highest = 0, name[3] = {};
  __get_cpuid(0, &highest, &name[0], &name[2], &name[1]);
  return memcmp(name, "GenuineIntel", sizeof name) == 0 ? 16384 : 0;
}
#elif defined(__aarch64__)
static constexpr Level levels[] = {{1, "aarch64"}};

uint32_t cpuLevel() { return 1; }
int64_t fetchesAhead() { return 0; }
#else
#error "the runtime knows no instruction sets of this architecture"
#endif

const char *levelName(uint32_t level) {
  const char *name = levels[0].name;
  for (const Level &known : levels)
    if (known.level <= level)
      name = known.name;
  return name;
}

tfc_status allowedLevel(uint32_t *level, Message &message) {
  *level = cpuLevel();
  const char *cap = getenv("TFC_CPU");
  if (!cap || !*cap)
    return TFC_OK;
  char names[64] = "";
  for (const Level &known : levels) {
    size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", known.name);
    if (strcmp(cap, known.name) != 0)
      continue;
    if (known.level > *level)
      return message.fail(
          TFC_UNAVAILABLE,
          "TFC_CPU=%s asks for an instruction set that this processor lacks; it has %s", cap,
          levelName(*level));
    *level = known.level;
    return TFC_OK;
  }
  return message.fail(TFC_INVALID_ARGUMENT,
                      "TFC_CPU=%.40s is not a known instruction set; expected one of %s", cap,
                      names);
}

int64_t secondLevelCache() {
  constexpr int64_t usual = 1 << 20, least = 256 << 10, most = 4 << 20;
  int64_t bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  return bytes < least ? usual : bytes > most ? most : bytes;
}

uint32_t coresAvailable() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return static_cast<uint32_t>(CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1);
  long online = sysconf(_SC_NPROCESSORS_ONLN); // more cores than cpu_set_t can name
  return online > 0 ? static_cast<uint32_t>(online) : 1;
}

static_assert(sizeof(fenv_t) <= 64, "FloatingPointScope must hold it");

FloatingPointScope::FloatingPointScope() {
  fenv_t environment;
  fegetenv(&environment);
  memcpy(saved, &environment, sizeof environment);
  fesetenv(FE_DFL_ENV);
}

FloatingPointScope::~FloatingPointScope() {
  fenv_t environment;
  memcpy(&environment, saved, sizeof environment);
  fesetenv(&environment);
}

} // namespace tfc
