/** Work that was begun before its turn, by key. What nobody takes is aborted in the end. */
export class Prefetch<T> implements AsyncDisposable {
  readonly #begun = new Map<string, Promise<T>>()
  readonly #abort = new AbortController()

  start(key: string, work: (signal: AbortSignal) => Promise<T>): void {
    if (this.#begun.has(key)) return
    const promise = work(this.#abort.signal)
    promise.catch(() => undefined) // reported when its turn comes
    this.#begun.set(key, promise)
  }

  /** What was begun under this key, or the work itself. */
  async take(keyOf: () => string, work: () => Promise<T>): Promise<T> {
    if (this.#begun.size === 0) return work()
    const key = keyOf()
    const begun = this.#begun.get(key)
    this.#begun.delete(key)
    return begun ?? work()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await Promise.allSettled(this.#begun.values())
  }
}
