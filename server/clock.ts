/** Time as the rest of the code sees it; tests put their own in its place and move it. */
export type Clock = {
  now(): Date;
  /** Calls back after `ms`; gives a function that calls it off. */
  after(ms: number, callback: () => void): () => void;
};

const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, longestTimer));
    return () => clearTimeout(timer);
  },
};
