/** What a run has noted and does not wait for, because a restart finds it out again: step commit does, and the end. */
export class PendingNotes {
  #last: Promise<unknown> = Promise.resolve();

  add(task: Promise<void>): void {
    this.#last = Promise.all([this.#last, task]);
    this.#last.catch(() => undefined);
  }

  /** Errors: the first of those that did not get to the disk. */
  async written(): Promise<void> {
    await this.#last;
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await this.#last.catch(() => undefined);
  }
}
