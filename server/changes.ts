/** Tells whoever watches a company's pages that something there has changed; what it is they look up themselves. */
export class Changes {
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #onClose = new Set<() => void>();

  /** Grows with every change of any company: whoever rendered a page at one version and watches from the next has missed something. */
  version = 0;

  note(company: string): void {
    this.version++;
    const listeners = this.#listeners.get(company);
    if (listeners) for (const listener of listeners) listener();
  }

  /** Calls `changed` after every change and `closed` once, when the process stops. Gives a function that ends both. */
  listen(company: string, changed: () => void, closed: () => void): () => void {
    const listeners = this.#listeners.get(company) ?? new Set();
    this.#listeners.set(company, listeners.add(changed));
    this.#onClose.add(closed);
    return () => {
      listeners.delete(changed);
      if (listeners.size === 0 && this.#listeners.get(company) === listeners) this.#listeners.delete(company);
      this.#onClose.delete(closed);
    };
  }

  get listening(): number {
    return this.#onClose.size;
  }

  close(): void {
    for (const closed of [...this.#onClose]) closed();
  }
}
