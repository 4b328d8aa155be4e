/** Work that gathers by itself: whatever is added while `atOnce` flushes are under way goes into the next one. No timer. */
export type NaturalBatches<T> = {
  add(item: T): void;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
};

/** @param flush must not throw; it answers for each item itself */
export function naturalBatches<T>(
  flush: (batch: T[]) => Promise<void>,
  { atOnce, most }: { atOnce: number; most: number },
): NaturalBatches<T> {
  const waiting: T[] = [];
  let underWay = 0;
  let onIdle: (() => void)[] = [];

  function pump(): void {
    while (underWay < atOnce && waiting.length > 0) {
      underWay++;
      flush(waiting.splice(0, most)).finally(() => {
        underWay--;
        pump();
      });
    }
    if (underWay > 0) return;
    for (const done of onIdle) done();
    onIdle = [];
  }

  return {
    add(item) {
      waiting.push(item);
      pump();
    },
    idle() {
      return underWay === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((done) => onIdle.push(done));
    },
  };
}
