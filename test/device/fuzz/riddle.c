/* Not of the firmware: a fault behind conditions that no draw meets by itself, to show that whoever guides finds what is behind branches and comparisons. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length) {
  if (length < 12 || octets[0] != 'm') return 0;
  if (octets[1] != 'e' || octets[2] != 's' || octets[3] != 'h') return 0;
  uint32_t number;
  memcpy(&number, octets + 4, sizeof number);
  if (number != 0x7e57ab1eu) return 0;
  for (int at = 8; at < 12; at++)
    if (octets[at] != octets[at - 8]) return 0;
  fuzz_demand(false, "nobody knows the answer");
  return 0;
}

size_t fuzz_seed(int which, uint8_t *octets, size_t room) {
  (void)room;
  if (which > 0) return 0;
  memset(octets, ' ', 16);
  return 16;
}
