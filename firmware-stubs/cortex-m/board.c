#include "board.h"

#include <string.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* CMSDK UART 0, SysTick, NVIC of the ARM MPS2 AN385 (DAI0385D). */
#define UART_DATA REGISTER(0x40004000)
#define UART_STATE REGISTER(0x40004004)
#define UART_CONTROL REGISTER(0x40004008)
#define UART_INTERRUPT REGISTER(0x4000400c)
#define UART_DIVIDER REGISTER(0x40004010)
#define SYSTICK_CONTROL REGISTER(0xe000e010)
#define SYSTICK_RELOAD REGISTER(0xe000e014)
#define SYSTICK_NOW REGISTER(0xe000e018)
#define NVIC_ENABLE REGISTER(0xe000e100)
#define NVIC_DISABLE REGISTER(0xe000e180)
#define VECTORS REGISTER(0xe000ed08)
#define SYSTEM_RESET REGISTER(0xe000ed0c)

enum { TX_FULL = 1, RX_FULL = 2, UART_ENABLE = 1 | 2 | 8, CLOCK_HZ = 25000000, BAUD = 115200, BUFFER = 256, PATTERN = 0xa5a5a5a5 };

extern uint32_t data_start, data_end, data_load, bss_start, bss_end, stack_bottom, stack_top;

int main(void);

static volatile uint32_t milliseconds;
static volatile uint8_t buffer[BUFFER];
static volatile uint32_t written, taken;

static void tick(void) {
  milliseconds++;
}

static void received(void) {
  UART_INTERRUPT = 2;
  while (UART_STATE & RX_FULL) {
    /* What has no room stays in the UART: qemu's line waits, one of copper loses it. */
    if (written - taken == BUFFER) {
      NVIC_DISABLE = 1;
      return;
    }
    buffer[written++ % BUFFER] = (uint8_t)UART_DATA;
  }
}

static void stopped(void) {
  for (;;) __asm__ volatile("wfi");
}

/* What libsodium calls when it is misused: there is nothing to go on with. */
void abort(void) {
  stopped();
  __builtin_unreachable();
}

void reset(void) {
  uint32_t *from = &data_load;
  for (uint32_t *to = &data_start; to < &data_end;) *to++ = *from++;
  for (uint32_t *to = &bss_start; to < &bss_end;) *to++ = 0;
  main();
  stopped();
}

__attribute__((section(".vectors"), used)) static void (*const vectors[48])(void) = {
    [0] = (void (*)(void)) & stack_top,
    [1] = reset,
    [2] = stopped,
    [3] = stopped,
    [4] = stopped,
    [5] = stopped,
    [6] = stopped,
    [15] = tick,
    [16] = received,
};

void board_start(void) {
  uint32_t *here;
  __asm__ volatile("mov %0, sp" : "=r"(here));
  for (uint32_t *word = &stack_bottom; word < here - 16; word++) *word = PATTERN;
  SYSTICK_RELOAD = CLOCK_HZ / 1000 - 1;
  SYSTICK_NOW = 0;
  SYSTICK_CONTROL = 7;
  UART_DIVIDER = CLOCK_HZ / BAUD;
  UART_CONTROL = UART_ENABLE;
  NVIC_ENABLE = 1;
}

uint32_t board_milliseconds(void) {
  return milliseconds;
}

int board_read(void) {
  if (taken == written) return -1;
  int octet = buffer[taken % BUFFER];
  taken++;
  NVIC_ENABLE = 1;
  return octet;
}

void board_rest(void) {
  __asm__ volatile("cpsid i" ::: "memory");
  if (taken == written) __asm__ volatile("wfi");
  __asm__ volatile("cpsie i" ::: "memory");
}

void board_write(const uint8_t *octets, size_t length) {
  for (size_t at = 0; at < length; at++) {
    while (UART_STATE & TX_FULL) continue;
    UART_DATA = octets[at];
  }
}

/* Semihosting (ARM 100863): a call by breakpoint AB. */
static int host_call(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

enum { OPEN = 0x01, CLOSE = 0x02, SAY = 0x04, WRITE = 0x05, READ = 0x06, SEEK = 0x0a, EXIT = 0x18 };
enum { BINARY_READ = 1, BINARY_UPDATE = 3, BINARY_WRITE = 5, APPLICATION_EXIT = 0x20026 };

static intptr_t open_file(const char *name, uintptr_t mode) {
  const uintptr_t opening[] = {(uintptr_t)name, mode, strlen(name)};
  return host_call(OPEN, opening);
}

size_t board_load(const char *name, size_t at, uint8_t *octets, size_t room) {
  const intptr_t file = open_file(name, BINARY_READ);
  const uintptr_t seeking[] = {(uintptr_t)file, at}, reading[] = {(uintptr_t)file, (uintptr_t)octets, room};
  if (file == -1) return 0;
  size_t missing = at > 0 && host_call(SEEK, seeking) != 0 ? room : (size_t)host_call(READ, reading);
  host_call(CLOSE, &file);
  return missing > room ? 0 : room - missing;
}

bool board_store(const char *name, bool whole, size_t at, const uint8_t *octets, size_t length) {
  const intptr_t file = open_file(name, whole ? BINARY_WRITE : BINARY_UPDATE);
  const uintptr_t seeking[] = {(uintptr_t)file, at}, writing[] = {(uintptr_t)file, (uintptr_t)octets, length};
  if (file == -1) return false;
  bool written = (at == 0 || host_call(SEEK, seeking) == 0) && (length == 0 || host_call(WRITE, writing) == 0);
  return host_call(CLOSE, &file) == 0 && written;
}

void board_say(const char *text) {
  host_call(SAY, text);
}

void board_random(uint8_t *octets, size_t length) {
  if (board_load("/dev/urandom", 0, octets, length) != length) stopped();
}

void board_restart(void *me) {
  (void)me;
  SYSTEM_RESET = 0x05fa0004;
  stopped();
}

void board_power_off(void) {
  host_call(EXIT, (const void *)APPLICATION_EXIT);
  stopped();
}

void board_jump(const uint32_t *table) {
  VECTORS = (uint32_t)table;
  __asm__ volatile("msr msp, %0\n bx %1" : : "r"(table[0]), "r"(table[1]));
  __builtin_unreachable();
}

size_t board_stack_left(void) {
  const uint32_t *word = &stack_bottom;
  while (word < &stack_top && *word == PATTERN) word++;
  return (size_t)(word - &stack_bottom) * sizeof *word;
}
