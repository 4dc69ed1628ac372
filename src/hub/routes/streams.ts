/** Answers that go on: the lines of an onboarding, and what happens in the house as server-sent events. Each ends with whoever reads, and with the hub. */
import type { Context, Hono } from "hono";
import { stream, streamSSE } from "hono/streaming";
import type { HubEvent } from "../../api/index.ts";
import { operations } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import type { HubFacade } from "./facade.ts";
import { read } from "./route.ts";

/** What the streams work with. */
export interface StreamOptions {
  /** The hub with the rights of whoever asks. */
  readonly hubOf: (c: Context) => HubFacade;
  readonly clock: Clock;
  /** Ends the streams of whoever asks. */
  readonly endOf: (c: Context) => AbortSignal;
}

/** A reader that is behind by more events than this is cut off. */
const mostBehind = 1024;
const keepAliveMs = 15_000;

/** Adds them. */
export function addStreams(app: Hono, options: StreamOptions): void {
  addOnboarding(app, options);
  addEvents(app, options);
}

function addOnboarding(app: Hono, { hubOf, endOf }: StreamOptions): void {
  app.post(operations.onboard.path, async (c) => {
    const request = await read(operations.onboard.request, c.req.raw);
    c.header("Content-Type", "application/x-ndjson");
    const closing = endOf(c);
    return stream(c, async (out) => {
      const gone = new AbortController();
      const end = (): void => gone.abort();
      out.onAbort(end);
      closing.addEventListener("abort", end, { once: true });
      try {
        for await (const line of hubOf(c).onboard(request, gone.signal)) await out.write(`${JSON.stringify(line)}\n`);
      } finally {
        closing.removeEventListener("abort", end);
      }
    });
  });
}

function addEvents(app: Hono, { hubOf, clock, endOf }: StreamOptions): void {
  app.get(operations.events.path, (c) => {
    const closing = endOf(c);
    return streamSSE(c, async (out) => {
      const waiting: HubEvent[] = [];
      const gone = new AbortController();
      let news = new AbortController();
      const end = (): void => {
        gone.abort();
        news.abort();
      };
      const undo = hubOf(c).onEvent((event) => {
        if (waiting.push(event) > mostBehind) end();
        news.abort();
      });
      out.onAbort(end);
      closing.addEventListener("abort", end, { once: true });
      try {
        // Whoever listens knows from here on that nothing passes unseen.
        await out.write(": listening\n\n");
        while (!gone.signal.aborted && !closing.aborted) {
          for (let event = waiting.shift(); event; event = waiting.shift()) await out.writeSSE({ event: event.kind, data: JSON.stringify(event) });
          news = new AbortController();
          if (waiting.length > 0 || gone.signal.aborted) continue;
          const isQuiet = await clock.sleep(keepAliveMs, news.signal).then(
            () => true,
            () => false,
          );
          if (isQuiet) await out.writeSSE({ event: "here", data: JSON.stringify({ kind: "here", at: dateTime(clock.now()) } satisfies HubEvent) });
        }
      } finally {
        undo();
        closing.removeEventListener("abort", end);
      }
    });
  });
}
