import type { Clock } from '../src/clock.ts'

/** A clock for tests: a sleep passes at once and is written down. */
export class FakeClock implements Clock {
  readonly slept: number[] = []
  readonly #random: number
  #now = 0

  constructor(random = 1) {
    this.#random = random
  }

  now(): number {
    return this.#now
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.slept.push(ms)
    this.#now += ms
  }

  random(): number {
    return this.#random
  }

  advance(ms: number): void {
    this.#now += ms
  }
}
