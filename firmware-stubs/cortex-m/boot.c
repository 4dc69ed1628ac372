/* The boot loader: which of two programs runs, by the record that stands in the flash; a new one runs once, until it has been kept. */
#include "board.h"
#include "flash.h"

static bool run(uint32_t slot) {
  size_t length = flash_program(slot, FLASH_RUNS_AT, FLASH_SLOT);
  if (length < 2 * sizeof(uint32_t)) return false;
  board_jump((const uint32_t *)(const void *)FLASH_RUNS_AT);
  return true;
}

int main(void) {
  struct mesh_boot boot;
  uint32_t slot;
  flash_start();
  flash_boot_load(&boot);
  if (mesh_boot_choose(&boot, &slot)) flash_boot_save(NULL, &boot);
  run(slot);
  /* What is no program at all is as good as one that falls over. */
  if (boot.trial == MESH_TRIED && mesh_boot_choose(&boot, &slot)) {
    flash_boot_save(NULL, &boot);
    run(slot);
  }
  return 1;
}
