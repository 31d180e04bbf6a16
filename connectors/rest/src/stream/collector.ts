import type { StreamEvent } from './stream-event.ts'

/** Where a stream goes on. */
export type Place = {
  /** Events since the stream was first read: tells places of one stream apart. */
  readonly events: number
  /** `Last-Event-ID`; null: none was given. */
  readonly id: string | null
  /** Value of `stream_cursor_path` in the last record that had one. */
  readonly cursor: string | null
  /** As the server asked for, ms. */
  readonly retry: number | null
}

/** Events that become one part: lines of JSON, or the beginning of one event that is too large. */
export interface Collected {
  readonly from: Place
  readonly to: Place
  readonly lines: Buffer
  /** Size of the event, which is too large. */
  readonly oversized?: number
}

export interface CollectorSettings {
  readonly from: Place
  /** A part is handed over when it has this many bytes, or `flushMs` after the last one. */
  readonly fullBytes: number
  readonly flushMs: number
  readonly mostEventBytes: number
  /** The cursor in a record, or null. */
  readonly cursorOf: (record: Buffer) => string | null
}

/** An event that comes after a silence does not wait for others; it waits this long for those that came with it. */
const leastMs = 20
/** Parts that wait to be taken; beyond that the server has to wait. */
const mostReady = 2

const lineEnd = Buffer.from('\n')

/** Gathers events into parts by size and time, and keeps each part until it is known to be stored. */
export class Collector {
  readonly #settings: CollectorSettings
  #kept: Collected[] = []
  /** Place up to which parts were handed over. */
  #given: number
  #from: Place
  #place: Place
  #lines: Buffer[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | null = null
  #flushedAt = 0
  #failure: { readonly thrown: unknown } | null = null
  #ended = false
  readonly #waiting = new Set<() => void>()

  constructor(settings: CollectorSettings) {
    this.#settings = settings
    this.#from = this.#place = settings.from
    this.#given = settings.from.events
  }

  /** After the last event that has come. */
  get place(): Place {
    return this.#place
  }

  /** True when reading can go on here without asking the server again. */
  has(events: number): boolean {
    if (this.#failure !== null) return false
    return events === this.#from.events || this.#kept.some((one) => one.from.events === events)
  }

  add(event: StreamEvent, retry: number | undefined): void {
    const { fullBytes, mostEventBytes } = this.#settings
    const tooLarge = event.bytes > mostEventBytes
    if (tooLarge) this.flush()
    this.#place = {
      events: this.#place.events + 1,
      id: event.id ?? this.#place.id,
      cursor: this.#place.cursor,
      retry: retry ?? this.#place.retry,
    }
    if (tooLarge) return this.#hand({ from: this.#from, to: this.#place, lines: event.data, oversized: event.bytes })
    if (event.silent !== true) {
      this.#lines.push(event.data, lineEnd)
      this.#bytes += event.data.length + 1
    }
    if (this.#bytes >= fullBytes) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), this.#wait())
  }

  /** What has come does not wait for more: the connection has ended. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#place === this.#from) return
    const lines = Buffer.concat(this.#lines)
    this.#place = { ...this.#place, cursor: this.#lastCursor() ?? this.#place.cursor }
    this.#hand({ from: this.#from, to: this.#place, lines })
  }

  /** Resolves when there is room for more. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#ready.length >= mostReady) {
      signal.throwIfAborted()
      await this.#change(signal)
    }
  }

  end(): void {
    this.flush()
    this.#ended = true
    this.#wake()
  }

  fail(thrown: unknown): void {
    this.flush()
    this.#failure = { thrown }
    this.#wake()
  }

  /** The parts from a place on. */
  async *parts(events: number, signal: AbortSignal): AsyncGenerator<Collected> {
    this.#given = events
    for (;;) {
      signal.throwIfAborted()
      const [next] = this.#ready
      if (next !== undefined) {
        this.#given = next.to.events
        this.#wake()
        yield next
      } else if (this.#failure !== null) throw this.#failure.thrown
      else if (this.#ended) return
      else await this.#change(signal)
    }
  }

  /** Everything up to this place is stored. */
  stored(events: number): void {
    this.#kept = this.#kept.filter((one) => one.to.events > events)
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  get #ready(): readonly Collected[] {
    return this.#kept.filter((one) => one.from.events >= this.#given)
  }

  #wait(): number {
    return Math.max(leastMs, this.#flushedAt + this.#settings.flushMs - performance.now())
  }

  #hand(part: Collected): void {
    this.#lines = []
    this.#bytes = 0
    this.#from = part.to
    this.#flushedAt = performance.now()
    this.#kept.push(part)
    this.#wake()
  }

  #lastCursor(): string | null {
    for (let at = this.#lines.length - 2; at >= 0; at -= 2) {
      const cursor = this.#settings.cursorOf(this.#lines[at]!)
      if (cursor !== null) return cursor
    }
    return null
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const done = (): void => resolve()
    this.#waiting.add(done)
    signal.addEventListener('abort', done)
    await promise
    signal.removeEventListener('abort', done)
    this.#waiting.delete(done)
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
  }
}
