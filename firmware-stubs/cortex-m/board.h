/* board: what the mps2-an385 of qemu has of a board: a UART, milliseconds, and a random generator that is the host's. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

void board_start(void);
uint32_t board_milliseconds(void);

/* Octets that wait in the line's buffer; -1 when there is none. Not from an interrupt. */
int board_read(void);
void board_write(const uint8_t *octets, size_t length);

/* By semihosting from the machine that runs qemu. A chip has its own generator here, and stops when that fails. */
void board_random(uint8_t *octets, size_t length);

/* A file of the machine that runs qemu, in the place of flash; how many octets were read. A write is whole, or the board stops. */
size_t board_load(const char *name, uint8_t *octets, size_t room);
void board_store(const char *name, const uint8_t *octets, size_t length);

/* A line for whoever watches. */
void board_say(const char *text);

/* Octets of the stack that were never used. */
size_t board_stack_left(void);

#endif
