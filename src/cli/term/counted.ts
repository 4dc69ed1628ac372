/** A number with its noun, as people read it. */

/** "1 device", "2 devices"; `many` where an s is not enough. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
