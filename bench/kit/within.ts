/** A bench gives up on what does not answer, says so, and goes on with what it has. */

/** What a task gives within a time; undefined, and a line on stderr, when it takes longer. */
export async function within<T>(ms: number, what: string, task: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      process.stderr.write(`${what}: no answer within ${Math.round(ms / 1000)} s, left out\n`);
      resolve(undefined);
    }, ms);
  });
  try {
    return await Promise.race([task, late]);
  } finally {
    clearTimeout(timer);
    // Its end, whichever it is, concerns nobody any more.
    task.catch(() => undefined);
  }
}
