/*
 * Classes in C, without their link, on the machine that runs the tests: a class and its values, what is asked of them, what passes. One order a line on standard
 * input, its words parted by tabs; one line of answer for each: the values, what came of it, or why not.
 */
#include "classes.h"
#include "mesh_programme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096, WORDS = 8 };

static const struct mesh_class *class_of;
static struct mesh_values values;

static void show(const char *what) {
  printf("%s", what);
  for (int at = 0; at < class_of->count; at++) {
    const struct mesh_property *property = &class_of->properties[at];
    int number = (int)values.number[at];
    switch (property->type) {
      case MESH_TRUTH: printf("\t%s", number != 0 ? "true" : "false"); break;
      case MESH_WHOLE: printf("\t%d", number); break;
      case MESH_TENTHS: printf("\t%g", number / 10.0); break;
      case MESH_CHOICE: printf("\t%s", property->choices[number]); break;
      case MESH_LABELLED: printf("\t%s", values.label); break;
      case MESH_PROGRAMMED: printf("\t%s", values.programme);
    }
  }
}

static const char *const changes[] = {"unfit", "same", "changed", "event"};

static struct mesh_token token_of(const char *word) {
  char *end;
  long number = strtol(word, &end, 10);
  bool is_truth = strcmp(word, "true") == 0 || strcmp(word, "false") == 0;
  if (is_truth) return (struct mesh_token){.kind = MESH_BOOLEAN, .integer = word[0] == 't'};
  if (*word != 0 && *end == 0) return (struct mesh_token){.kind = MESH_INTEGER, .integer = number};
  return (struct mesh_token){.kind = MESH_TEXT, .octets = (const uint8_t *)word, .length = strlen(word)};
}

static void write_token(struct mesh_writer *writer, struct mesh_token token) {
  if (token.kind == MESH_BOOLEAN) mesh_write_boolean(writer, token.integer);
  else if (token.kind == MESH_INTEGER) mesh_write_integer(writer, token.integer);
  else mesh_write_octets(writer, MESH_TEXT, token.octets, token.length);
}

/* COMMAND NAME VALUE ... */
static void command(int words, char *word[]) {
  static uint8_t octets[MOST];
  struct mesh_values copy = values;
  struct mesh_refusal why = {NULL, NULL};
  struct mesh_writer writer = {.octets = octets, .room = sizeof octets};
  for (int at = 2; at + 1 < words; at += 2) {
    mesh_write_octet(&writer, '{');
    mesh_write_text(&writer, "Name");
    mesh_write_text(&writer, word[at]);
    mesh_write_text(&writer, "Value");
    write_token(&writer, token_of(word[at + 1]));
    mesh_write_octet(&writer, '}');
  }
  mesh_write_octet(&writer, ']');
  if (mesh_values_command(class_of, &copy, word[1], (struct mesh_reader){octets, octets + writer.length}, &why) != MESH_OK) {
    show("no");
    printf("\t%s", why.text);
    return;
  }
  values = copy;
  show("yes");
}

static void start(const char *name) {
  static const struct mesh_class *const known[] = {&blender_class, &oven_class, &thermostat_class};
  for (size_t at = 0; at < sizeof known / sizeof *known; at++)
    if (strcmp(known[at]->name, name) == 0) class_of = known[at];
  mesh_values_begin(class_of, &values);
  show("new");
}

int main(void) {
  static char line[MOST];
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *word[WORDS] = {line};
    int words = 1;
    line[strcspn(line, "\n")] = 0;
    for (char *at = strchr(line, '\t'); at != NULL && words < WORDS; at = strchr(at, '\t')) {
      *at++ = 0;
      word[words++] = at;
    }
    if (strcmp(word[0], "new") == 0) start(word[1]);
    else if (strcmp(word[0], "ask") == 0) command(words, word);
    else if (strcmp(word[0], "set") == 0) show(changes[mesh_values_change(class_of, &values, word[1], token_of(word[2]))]);
    else if (strcmp(word[0], "pass") == 0) show(changes[mesh_values_pass(class_of, &values)]);
    else if (strcmp(word[0], "wake") == 0) {
      class_of->wake(&values);
      show("awake");
    }
    putchar('\n');
    fflush(stdout);
  }
  return 0;
}
