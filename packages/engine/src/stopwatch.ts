import type { WorkMetrics } from './ports.ts'

/** Milliseconds spent per kind of waiting. Work that overlaps (reading while DuckDB parses) counts for what it waited on. */
export class Stopwatch {
  sourceWaitMs = 0
  transformMs = 0
  destinationWaitMs = 0
  commitMs = 0

  async time<T>(
    part: 'sourceWaitMs' | 'transformMs' | 'destinationWaitMs' | 'commitMs',
    work: () => Promise<T>,
  ): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      this[part] += performance.now() - start
    }
  }

  /** Passes a stream on and counts the time that its consumer waited for it. */
  async *waiting(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let asked = performance.now()
    for await (const chunk of source) {
      this.sourceWaitMs += performance.now() - asked
      yield chunk
      asked = performance.now()
    }
    this.sourceWaitMs += performance.now() - asked
  }

  /** The times since the last call, rounded; the clock goes on from zero. */
  take(): Pick<WorkMetrics, 'sourceWaitMs' | 'transformMs' | 'destinationWaitMs' | 'commitMs'> {
    const times = {
      sourceWaitMs: Math.round(this.sourceWaitMs),
      transformMs: Math.round(this.transformMs),
      destinationWaitMs: Math.round(this.destinationWaitMs),
      commitMs: Math.round(this.commitMs),
    }
    this.sourceWaitMs = this.transformMs = this.destinationWaitMs = this.commitMs = 0
    return times
  }
}
