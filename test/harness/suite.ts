/**
 * The one way to write a test: uvu with its gaps closed.
 * Plain uvu passes when `.run()` is forgotten, passes when a `before` hook throws, has no timeouts and hangs on open handles.
 * Here a suite always runs, each test has a time limit, a skip says what it needs, and a process that stays open names its handles.
 * Results go to the file named by MESH_TEST_REPORT, where test/harness/run.ts counts them.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ErrorCode } from "../../src/base/errors.ts";
import { MeshError } from "../../src/base/errors.ts";

export { assert };

/** What a test does; it fails when this throws, rejects or takes longer than its limit. */
export type TestBody = () => void | Promise<void>;

/** Registers tests in a suite. */
export interface It {
  /** Adds a test; the limit is two minutes unless `timeoutMs` says what it takes on a quiet machine: it gets four times as long. */
  (name: string, body: TestBody, options?: { readonly timeoutMs?: number }): void;
  /** Runs once before the first test of the suite; when it fails, all tests of the suite fail. */
  before(body: TestBody): void;
  /** Runs once after the last test of the suite. */
  after(body: TestBody): void;
}

/** What a test process hands to the runner. */
export interface TestReport {
  passed: number;
  failed: number;
  skipped: number;
  /** Tests that were announced but never settled. */
  lost: number;
}

/** Limits are for what hangs; what a test says it takes is meant for a quiet machine. */
const defaultTimeoutMs = 120_000;
const patience = 4;
const hookTimeoutMs = 240_000;
/** Shorter than the runner's limit for a file, so that a hanging file can still say where. */
const processLimitMs = Number(process.env.MESH_TEST_LIMIT_MS ?? 1_185_000);
const lingerMs = Number(process.env.MESH_TEST_LINGER_MS ?? 30_000);

const report: TestReport = { passed: 0, failed: 0, skipped: 0, lost: 0 };
const directories: string[] = [];
let cleanups: TestBody[] = [];
let registered = 0;
let running = "";
let linger: NodeJS.Timeout | undefined;

class Skip extends Error {}

/** Defines and runs a suite. */
export function describe(name: string, define: (it: It) => void): void {
  const tests = suite(name);
  let broken: unknown;
  const it = ((title: string, body: TestBody, options: { readonly timeoutMs?: number } = {}) => {
    registered++;
    tests(title, async () => {
      clearTimeout(linger);
      running = `${name} > ${title}`;
      if (broken !== undefined) {
        settle("failed");
        throw asError(broken);
      }
      await runTest(body, options.timeoutMs === undefined ? defaultTimeoutMs : patience * options.timeoutMs);
    });
  }) as It;
  it.before = (body) =>
    tests.before(async () => {
      running = `${name} > before`;
      await within(hookTimeoutMs, Promise.resolve().then(body)).catch((error: unknown) => {
        broken = error ?? new Error("the before hook failed");
      });
    });
  it.after = (body) =>
    tests.after(async () => {
      await within(hookTimeoutMs, Promise.resolve().then(body)).catch((error: unknown) => {
        report.failed++;
        console.error(`FAIL ${name} > after: ${asError(error).stack}`);
      });
    });
  define(it);
  tests.run();
}

async function runTest(body: TestBody, timeoutMs: number): Promise<void> {
  try {
    await within(timeoutMs, Promise.resolve().then(body));
    await runCleanups();
    settle("passed");
  } catch (error) {
    await runCleanups().catch((second: unknown) => console.error(asError(second)));
    if (error instanceof Skip) {
      console.log(`skipped: ${error.message} (${running})`);
      settle("skipped");
      return;
    }
    settle("failed");
    throw asError(error);
  }
}

function settle(outcome: "passed" | "failed" | "skipped"): void {
  report[outcome]++;
  if (report.passed + report.failed + report.skipped < registered) return;
  // Unreferenced: it fires only when something else keeps the process alive.
  linger = setTimeout(() => giveUp(`the process stays open after its tests`), lingerMs).unref();
}

async function runCleanups(): Promise<void> {
  const pending = cleanups.reverse();
  cleanups = [];
  for (const body of pending) await within(hookTimeoutMs, Promise.resolve().then(body));
}

/** Runs `body` after the current test, whether it passed or not; the last one registered runs first. */
export function onCleanup(body: TestBody): void {
  cleanups.push(body);
}

/** Skips the current test unless `condition` holds; `need` reads "needs X". */
export function skipUnless(condition: unknown, need: string): asserts condition {
  if (!condition) throw new Skip(need);
}

/** A fresh empty directory, removed when the process ends. */
export function tempDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "mesh-test-"));
  directories.push(path);
  return path;
}

/** Result of `promise`, or a failure when it takes longer than `ms`. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${ms} ms; open: ${openHandles()}`)), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asserts that a function or promise fails with a MeshError of the code given, and gives that error. */
export async function throwsMesh(subject: (() => unknown) | Promise<unknown>, code: ErrorCode): Promise<MeshError> {
  let value: unknown;
  try {
    value = await (typeof subject === "function" ? subject() : subject);
  } catch (error) {
    if (error instanceof MeshError && error.code === code) return error;
    if (error instanceof MeshError) throw new Error(`expected ${code}, got ${error.code}: ${error.message}`, { cause: error });
    throw new Error(`expected ${code}, got ${asError(error).stack}`, { cause: error });
  }
  throw new Error(`expected ${code}, but nothing was thrown; got ${inspect(value, { depth: 1 })}`);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(`thrown value: ${String(error)}`);
}

interface UvHandle {
  readonly type: string;
  readonly is_active: boolean;
  readonly is_referenced: boolean;
  readonly fd?: number;
  readonly pid?: number;
  readonly filename?: string;
  readonly localEndpoint?: { readonly host?: string; readonly port?: number };
  readonly repeat?: number;
}

/** Names what keeps the process alive, with ports, files and child process ids where the platform knows them. */
function openHandles(): string {
  const state = process.report.getReport() as unknown as { readonly libuv: readonly UvHandle[] };
  const names = state.libuv
    .filter((handle) => handle.is_active && handle.is_referenced && !(handle.fd !== undefined && handle.fd <= 2))
    .map((handle) => {
      const place = handle.localEndpoint?.port ?? handle.filename ?? handle.pid;
      return place === undefined ? handle.type : `${handle.type} ${place}`;
    });
  return [...names, ...process.getActiveResourcesInfo().filter((name) => name !== "TTYWrap" && name !== "PipeWrap")].join(", ") || "nothing";
}

/** Removes a directory that is written into meanwhile: what came into it after it was looked through is found by the next look. */
function removeWritten(directory: string, left = 10): void {
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (left === 0) throw error;
    removeWritten(directory, left - 1);
  }
}

function giveUp(why: string): void {
  console.error(`FAIL ${running}: ${why}; open: ${openHandles()}`);
  report.failed++;
  process.exit(1);
}

setTimeout(() => giveUp(`no end after ${processLimitMs} ms`), processLimitMs).unref();

process.on("exit", (code) => {
  report.lost = Math.max(0, registered - report.passed - report.failed - report.skipped);
  if (report.lost > 0) console.error(`FAIL ${running}: ${report.lost} test(s) never settled`);
  if (report.failed > 0 || report.lost > 0) process.exitCode = code === 0 ? 1 : code;
  const path = process.env.MESH_TEST_REPORT;
  if (path !== undefined && path !== "") writeFileSync(path, JSON.stringify(report));
  // Processes that end with this one may write until then.
  for (const directory of directories) removeWritten(directory);
});
