const usuallyWithinMs = 8_000;

/** Looks again and again until what it sees is right; fails with what it saw last. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  isRight: (seen: T) => boolean,
  what = "the expected state",
  withinMs = usuallyWithinMs,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (isRight(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}; last seen: ${JSON.stringify(seen)?.slice(0, 2_000)}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}
