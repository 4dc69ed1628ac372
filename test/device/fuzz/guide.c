/*
 * Guides what is sent by which code it reaches: an input that goes where none went before is kept, and changed further. The compiler calls it at each
 * branch and comparison (gcc's -fsanitize-coverage=trace-pc,trace-cmp). Targets are libFuzzer's, for a machine that has clang.
 *
 *   TARGET --seconds N [--seed N] [--words FILE] [--found FILE]     ends with 0, or with what the sanitizers give; the input is in FILE then
 *   TARGET FILE...                                                  these inputs, once
 */
#include "fuzz.h"

#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

enum { PLACES = 1 << 16, INPUTS = 1 << 14, MOST = 8192, WORDS = 1024, PAIRS = 256, TOO_LONG_MS = 5000, HUNG = 77 };

struct input {
  uint8_t *octets;
  size_t length;
};

static uint8_t reached[PLACES];  /* by the input that runs, how often */
static uint8_t known[PLACES];    /* by all before, in classes */
static uintptr_t before;
static struct input inputs[INPUTS], words[WORDS];
static size_t input_count, word_count, places;
static struct { uint64_t one, other; size_t size; } pairs[PAIRS];
static size_t pair_count;
static uint32_t state;
static uint8_t running[MOST];
static size_t running_length;
static const char *found_file;

/* --- what the compiler calls --- */

void __sanitizer_cov_trace_pc(void) {
  uintptr_t here = (uintptr_t)__builtin_return_address(0) - (uintptr_t)&LLVMFuzzerTestOneInput;
  uintptr_t place = (here * 2654435761u >> 8 ^ before) % PLACES;
  before = here >> 1;
  if (reached[place] < 255) reached[place]++;
}

static void note(uint64_t one, uint64_t other, size_t size) {
  if (one == other) return;
  pairs[pair_count++ % PAIRS].one = one;
  pairs[(pair_count - 1) % PAIRS].other = other;
  pairs[(pair_count - 1) % PAIRS].size = size;
}

#define CALLED(name, type)                                                                          \
  void __sanitizer_cov_trace_##name(type one, type other) { note(one, other, sizeof(type)); }
CALLED(cmp1, uint8_t)
CALLED(cmp2, uint16_t)
CALLED(cmp4, uint32_t)
CALLED(cmp8, uint64_t)
CALLED(const_cmp1, uint8_t)
CALLED(const_cmp2, uint16_t)
CALLED(const_cmp4, uint32_t)
CALLED(const_cmp8, uint64_t)
void __sanitizer_cov_trace_cmpf(float one, float other) { (void)one, (void)other; }
void __sanitizer_cov_trace_cmpd(double one, double other) { (void)one, (void)other; }
void __sanitizer_cov_trace_switch(uint64_t value, uint64_t *cases) {
  for (uint64_t at = 0; at < cases[0]; at++) note(value, cases[2 + at], cases[1] / 8);
}

/* --- changes --- */

static uint32_t draw(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return below == 0 ? 0 : state % below;
}

static size_t put_in(uint8_t *octets, size_t length, size_t at, const uint8_t *piece, size_t size) {
  if (length + size > MOST) return length;
  memmove(octets + at + size, octets + at, length - at);
  memcpy(octets + at, piece, size);
  return length + size;
}

static size_t take_out(uint8_t *octets, size_t length, size_t at, size_t size) {
  memmove(octets + at, octets + at + size, length - at - size);
  return length - size;
}

/* What was compared with something becomes that, where it stands. */
static void answer_comparison(uint8_t *octets, size_t length) {
  size_t which = draw((uint32_t)(pair_count < PAIRS ? pair_count : PAIRS)), size = pairs[which].size;
  uint64_t from = pairs[which].one, to = pairs[which].other;
  if (pair_count == 0 || length < size) return;
  if (draw(2) == 0) from = pairs[which].other, to = pairs[which].one;
  size_t begin = draw((uint32_t)(length - size + 1));
  for (size_t step = 0; step + size <= length; step++) {
    size_t at = (begin + step) % (length - size + 1);
    for (int is_big = 0; is_big < 2; is_big++) {
      uint8_t wanted[8], next[8];
      for (size_t octet = 0; octet < size; octet++) {
        size_t shift = 8 * (is_big ? size - 1 - octet : octet);
        wanted[octet] = (uint8_t)(from >> shift);
        next[octet] = (uint8_t)(to >> shift);
      }
      if (memcmp(octets + at, wanted, size) != 0) continue;
      memcpy(octets + at, next, size);
      return;
    }
  }
}

static size_t change(uint8_t *octets, size_t length) {
  static const uint8_t telling[] = {0, 1, 2, 0x7b, 0x7d, 0x5b, 0x5d, 0x7f, 0x80, 0x88, 0xa0, 0xa8, 0xfe, 0xff};
  size_t at = draw((uint32_t)length + 1), left = length - at;
  size_t size = left == 0 ? 0 : 1 + draw((uint32_t)(left < 64 ? left : draw(8) == 0 ? left : 64));
  const struct input *word = word_count == 0 ? NULL : &words[draw((uint32_t)word_count)];
  const struct input *other = &inputs[draw((uint32_t)input_count)];
  uint8_t random[16];
  switch (draw(12)) {
    case 0:
      if (left > 0) octets[at] ^= (uint8_t)(1 << draw(8));
      return length;
    case 1:
      if (left > 0) octets[at] = (uint8_t)draw(256);
      return length;
    case 2:
      if (left > 0) octets[at] = telling[draw(sizeof telling)];
      return length;
    case 3:
      if (left > 0) octets[at] = (uint8_t)(octets[at] + 1 - 2 * draw(2));
      return length;
    case 4:
      return take_out(octets, length, at, size);
    case 5:
      return put_in(octets, length, draw((uint32_t)length + 1), memcpy(running, octets + at, size), size);
    case 6:
      for (size_t which = 0; which < sizeof random; which++) random[which] = (uint8_t)draw(256);
      return put_in(octets, length, at, random, 1 + draw(sizeof random));
    case 7:
      if (word == NULL) return length;
      return put_in(octets, length, at, word->octets, word->length);
    case 8:
      if (word != NULL && word->length <= left) memcpy(octets + at, word->octets, word->length);
      return length;
    case 9: {
      size_t from = draw((uint32_t)other->length + 1), some = other->length - from;
      some = some == 0 ? 0 : 1 + draw((uint32_t)some);
      if (draw(2) == 0) return put_in(octets, length, at, other->octets + from, some);
      if (some <= left) memcpy(octets + at, other->octets + from, some);
      return length;
    }
    case 10:
      /* A length before it. */
      if (left >= 2) octets[at] = (uint8_t)((left - 2) >> 8), octets[at + 1] = (uint8_t)(left - 2);
      return length;
    default:
      answer_comparison(octets, length);
      return length;
  }
}

/* --- runs --- */

static void tell(void) {
  FILE *file = found_file == NULL ? NULL : fopen(found_file, "wb");
  if (file == NULL) return;
  fwrite(running, 1, running_length, file);
  fclose(file);
}

static void hung(int number) {
  (void)number;
  fprintf(stderr, "an input of %zu octets took more than %d ms\n", running_length, TOO_LONG_MS);
  tell();
  _Exit(HUNG);
}

static uint8_t class_of(uint8_t times) {
  static const uint8_t from[] = {1, 2, 3, 4, 8, 16, 32, 128};
  int at = 7;
  while (times < from[at]) at--;
  return (uint8_t)(1 << at);
}

/* True when it went where none went before. */
static int run(const uint8_t *octets, size_t length) {
  static const struct itimerval most = {.it_value = {.tv_sec = TOO_LONG_MS / 1000}};
  int is_new = 0;
  memcpy(running, octets, length);
  running_length = length;
  memset(reached, 0, sizeof reached);
  before = 0;
  setitimer(ITIMER_VIRTUAL, &most, NULL);
  LLVMFuzzerTestOneInput(octets, length);
  for (size_t at = 0; at < PLACES; at++) {
    if (at % 8 == 0) {
      uint64_t eight;
      memcpy(&eight, reached + at, sizeof eight);
      if (eight == 0) at += 7;
    }
    if (reached[at] == 0) continue;
    uint8_t seen = class_of(reached[at]);
    if ((known[at] & seen) != 0) continue;
    if (known[at] == 0) places++;
    known[at] |= seen;
    is_new = 1;
  }
  return is_new;
}

static void keep(const uint8_t *octets, size_t length) {
  struct input *input = &inputs[input_count < INPUTS ? input_count++ : draw(INPUTS)];
  free(input->octets);
  *input = (struct input){memcpy(malloc(length + 1), octets, length), length};
}

/* Names, a line each, as they are and as texts of JSON-B. */
static void read_words(const char *path) {
  char line[128];
  FILE *file = fopen(path, "r");
  while (file != NULL && word_count + 2 <= WORDS && fgets(line, sizeof line, file) != NULL) {
    size_t length = strcspn(line, "\n");
    uint8_t *plain = memcpy(malloc(length + 1), line, length), *text = malloc(length + 2);
    text[0] = 0x80;
    text[1] = (uint8_t)length;
    memcpy(text + 2, line, length);
    words[word_count++] = (struct input){plain, length};
    words[word_count++] = (struct input){text, length + 2};
  }
  if (file != NULL) fclose(file);
}

static int run_file(const char *path) {
  static uint8_t octets[MOST];
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 2;
  size_t length = fread(octets, 1, sizeof octets, file);
  fclose(file);
  run(octets, length);
  return 0;
}

const char *__asan_default_options(void) {
  return "handle_abort=1:detect_leaks=0:allocator_may_return_null=1";
}

int main(int count, char *flags[]) {
  static uint8_t octets[MOST];
  long seconds = 0;
  unsigned long runs = 0;
  size_t length;
  state = 1;
  words[word_count++] = (struct input){(uint8_t *)"\xff\xfe\xfd", 3};
  signal(SIGVTALRM, hung);
  __sanitizer_set_death_callback(tell);
  for (int at = 1; at < count; at++) {
    const char *value = at + 1 < count ? flags[at + 1] : "";
    if (flags[at][0] != '-') {
      if (run_file(flags[at]) != 0) return 2;
      continue;
    }
    if (strcmp(flags[at], "--seconds") == 0) seconds = atol(value);
    else if (strcmp(flags[at], "--seed") == 0) state = (uint32_t)strtoul(value, NULL, 10) | 1;
    else if (strcmp(flags[at], "--words") == 0) read_words(value);
    else if (strcmp(flags[at], "--found") == 0) found_file = value;
    else return 2;
    at++;
  }
  if (seconds == 0) return 0;
  for (int which = 0; (length = fuzz_seed(which, octets, sizeof octets)) > 0; which++) {
    run(octets, length);
    keep(octets, length);
  }
  size_t seeds = input_count, from_seeds = places;
  for (time_t end = time(NULL) + seconds; time(NULL) < end;) {
    for (int round = 0; round < 256; round++, runs++) {
      /* The newest more often. */
      size_t newest = input_count / 4 + 1, which = draw(2) == 0 ? draw((uint32_t)input_count) : input_count - 1 - draw((uint32_t)newest);
      length = inputs[which].length;
      memcpy(octets, inputs[which].octets, length);
      for (uint32_t changes = 1 + draw(6); changes > 0; changes--) length = change(octets, length);
      if (run(octets, length)) keep(octets, length);
    }
  }
  printf("{\"runs\":%lu,\"seeds\":%zu,\"inputs\":%zu,\"placesOfSeeds\":%zu,\"places\":%zu}\n", runs, seeds, input_count, from_seeds, places);
  return 0;
}
