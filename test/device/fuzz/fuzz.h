/* fuzz: one parser of the firmware, fed with octets. A target is a file that defines both; its first function is libFuzzer's. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

/* Inputs that are as they should be, to begin with: how many octets; 0 when there is none of this number. */
size_t fuzz_seed(int which, uint8_t *octets, size_t room);

/* Inputs hold several pieces, with this between them: what is put in or taken out of one moves no other. Gives the next, NULL after the last. */
struct fuzz_pieces {
  const uint8_t *at;
  const uint8_t *end;
};
const uint8_t *fuzz_next(struct fuzz_pieces *pieces, size_t *length);
size_t fuzz_join(uint8_t *out, size_t at, const uint8_t *piece, size_t length);

/* A copy with nothing behind it, so that a reader who goes on is seen; the caller frees it. */
uint8_t *fuzz_copy(const uint8_t *octets, size_t length);

/* What has to be true. */
void fuzz_demand(bool holds, const char *what);

#endif
