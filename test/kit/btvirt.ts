/**
 * btvirt of Debian's bluez-test-tools: emulated controllers that share one virtual radio, each connection to its socket one controller.
 * A small library, compiled here, keeps its sockets out of /tmp and answers for the kernel's AF_ALG where there is none.
 */
import { spawn, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "./eventually.ts";

/** Why there is no virtual radio here; undefined when there can be. */
export function missingForBtvirt(): string | undefined {
  const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
  if (!has("btvirt")) return "needs btvirt";
  return has("cc") ? undefined : "needs a C compiler";
}

const shim = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
static const char *moved(const char *path, char *room, size_t size) {
  if (strncmp(path, "/tmp/bt-server-", 15) != 0) return path;
  snprintf(room, size, "%s/%s", getenv("BTVIRT_DIR"), path + 5);
  return room;
}
int socket(int domain, int type, int protocol) {
  int (*real)(int, int, int) = dlsym(RTLD_NEXT, "socket");
  int made = real(domain, type, protocol);
  return domain == AF_ALG && made < 0 ? open("/dev/null", O_RDWR) : made;
}
int bind(int fd, const struct sockaddr *address, socklen_t length) {
  int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
  if (address->sa_family == AF_ALG) return 0;
  if (address->sa_family != AF_UNIX) return real(fd, address, length);
  struct sockaddr_un there = {.sun_family = AF_UNIX};
  char room[108];
  strncpy(there.sun_path, moved(((const struct sockaddr_un *)address)->sun_path, room, sizeof room), sizeof there.sun_path - 1);
  return real(fd, (struct sockaddr *)&there, sizeof there);
}
int unlink(const char *path) {
  int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
  char room[108];
  return real(moved(path, room, sizeof room));
}
`;

/** A virtual radio. */
export interface VirtualAir {
  /** Socket of LE controllers: whoever connects gets a new one. */
  readonly controller: string;
  /** All its controllers go away at once. */
  stop(): Promise<void>;
  /** It is there again. */
  start(): Promise<void>;
}

/** Starts btvirt. */
export async function startBtvirt(): Promise<VirtualAir> {
  const dir = tempDirectory();
  const library = join(dir, "shim.so");
  writeFileSync(join(dir, "shim.c"), shim);
  const compiled = spawnSync("cc", ["-shared", "-fPIC", "-o", library, join(dir, "shim.c"), "-ldl"], { encoding: "utf8" });
  if (compiled.status !== 0) throw new Error(`the library for btvirt does not compile: ${compiled.stderr}`);
  const controller = join(dir, "bt-server-le");
  let end: () => Promise<void> = async () => undefined;
  const start = async (): Promise<void> => {
    rmSync(controller, { force: true });
    const child = spawn("btvirt", ["-s"], { env: { ...process.env, LD_PRELOAD: library, BTVIRT_DIR: dir }, stdio: "ignore" });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    end = async () => {
      child.kill("SIGKILL");
      await ended;
    };
    await eventually("btvirt listens", () => answers(controller));
  };
  onCleanup(() => end());
  await start();
  return { controller, stop: () => end(), start };
}

/** Environment of a hub, or of a radio process, whose adapter is one of them. */
export function environmentOn({ controller }: VirtualAir): Record<string, string | undefined> {
  const hook = packagePath("test/kit/hci-over-btvirt.ts");
  return { ...process.env, NODE_OPTIONS: `--import ${import.meta.resolve("tsx")} --import ${hook}`, NOBLE_BTVIRT_SOCKET: controller };
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
