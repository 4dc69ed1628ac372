/* A boot loader as a process: it becomes the program of one of two slots of the memory, by the record that stands there. */
#define _POSIX_C_SOURCE 200809L

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char *flags[]) {
  enum { MOST_FLAGS = 32 };
  char *given[MOST_FLAGS + 3], path[4096];
  struct mesh_boot boot;
  uint32_t slot;
  const char *image = NULL;
  int kept = 1;
  if (count > MOST_FLAGS) return 2;
  for (int at = 1; at < count; at++) {
    if (strcmp(flags[at], "--image") == 0 && at + 1 < count) image = flags[at + 1];
    /* Where power fails from here on, as the program before has counted. */
    if (strcmp(flags[at], "--power-left") == 0 && at + 1 < count) memory_lose_power(atol(flags[++at]));
    else if (strcmp(flags[at], "--boot") == 0) at++;
    else given[kept++] = flags[at];
  }
  if (image == NULL || !memory_open(image)) {
    fprintf(stderr, "error: no memory\nhint: boot --image DIR and the flags of the program\n");
    return 2;
  }
  memory_boot_load(&boot);
  if (mesh_boot_choose(&boot, &slot)) memory_boot_save(NULL, &boot);
  memory_slot_path(path, sizeof path, slot);
  char left[24];
  snprintf(left, sizeof left, "%ld", memory_power_left());
  given[0] = path;
  given[kept++] = (char[]){"--boot"};
  given[kept++] = flags[0];
  given[kept++] = (char[]){"--power-left"};
  given[kept++] = left;
  given[kept] = NULL;
  execv(path, given);
  /* What does not even start is as good as one that falls over. */
  if (boot.trial == MESH_TRIED && mesh_boot_choose(&boot, &slot)) {
    memory_boot_save(NULL, &boot);
    memory_slot_path(path, sizeof path, slot);
    execv(path, given);
  }
  fprintf(stderr, "error: %s cannot be run\n", path);
  return 70;
}
