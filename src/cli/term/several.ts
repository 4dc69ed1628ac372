/** For an option that may be said more than once: all that was said. */
export function several(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
