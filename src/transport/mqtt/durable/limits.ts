/** How much the broker keeps on disk and in memory for its clients. */

/** Bounds of what is kept; beyond them the newest message is refused. */
export interface DurableLimits {
  readonly retainedMessages: number;
  readonly retainedOctets: number;
  readonly sessions: number;
  readonly queuedPerSession: number;
}

export const defaultDurableLimits: DurableLimits = {
  retainedMessages: 10_000,
  retainedOctets: 16 * 1024 * 1024,
  sessions: 256,
  queuedPerSession: 1000,
};
