/* board: what the mps2-an385 of qemu has of a board: a UART, milliseconds, and a random generator that is the host's. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void board_start(void);
uint32_t board_milliseconds(void);

/* Octets that wait in the line's buffer; -1 when there is none. Not from an interrupt. */
int board_read(void);
/* Sleeps until the next interrupt; not when an octet has come since it was asked for, whose interrupt is over. */
void board_rest(void);
void board_write(const uint8_t *octets, size_t length);

/* By semihosting from the machine that runs qemu. A chip has its own generator here, and stops when that fails. */
void board_random(uint8_t *octets, size_t length);

/* A file of the machine that runs qemu; how many octets were read from a place on. */
size_t board_load(const char *name, size_t at, uint8_t *octets, size_t room);

/* Written from a place on; from 0 with `whole` the file is new. False when it cannot be. */
bool board_store(const char *name, bool whole, size_t at, const uint8_t *octets, size_t length);

/* A line for whoever watches. */
void board_say(const char *text);

/* It begins anew, as after a loss of power; its power is off. */
void board_restart(void *me);
void board_power_off(void);

/* Goes on with another program, by its table of vectors. */
void board_jump(const uint32_t *vectors);

/* Octets of the stack that were never used. */
size_t board_stack_left(void);

#endif
