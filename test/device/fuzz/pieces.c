#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t between[3] = {0xff, 0xfe, 0xfd};

const uint8_t *fuzz_next(struct fuzz_pieces *pieces, size_t *length) {
  const uint8_t *from = pieces->at, *at = from;
  if (from == NULL) return NULL;
  while ((size_t)(pieces->end - at) >= sizeof between && memcmp(at, between, sizeof between) != 0) at++;
  bool is_last = (size_t)(pieces->end - at) < sizeof between;
  *length = (size_t)((is_last ? pieces->end : at) - from);
  pieces->at = is_last ? NULL : at + sizeof between;
  return from;
}

size_t fuzz_join(uint8_t *out, size_t at, const uint8_t *piece, size_t length) {
  if (at > 0) {
    memcpy(out + at, between, sizeof between);
    at += sizeof between;
  }
  memcpy(out + at, piece, length);
  return at + length;
}

uint8_t *fuzz_copy(const uint8_t *octets, size_t length) {
  uint8_t *copy = malloc(length);
  if (length > 0) memcpy(copy, octets, length);
  return copy;
}

void fuzz_demand(bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "this does not hold: %s\n", what);
  abort();
}
