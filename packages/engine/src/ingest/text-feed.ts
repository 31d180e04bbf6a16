import type { Decoder } from '@leat/formats'
import { chunkBuffers } from '../buffer-pool.ts'
import type { Position } from './position.ts'
import { FedStretch, IdleStretch, StretchState, type Stretch, type StretchLimits } from './stretch.ts'
import { textEvents, type FeedInput, type TextEvent } from './text-events.ts'

/** Cuts the text of a job into stretches. A feed started at a stretch's `start` gives the same stretch again. */
export class TextFeed implements AsyncDisposable {
  readonly #events: AsyncGenerator<TextEvent>
  readonly #limits: StretchLimits
  readonly #signal: AbortSignal
  readonly #given = new AbortController()
  #held: TextEvent | null = null
  #position: Position
  #decoder: Decoder | null = null
  #freshShape = false
  readonly #together: FeedInput['together']
  #origin = ''
  /** What is being read cannot be read again from the middle. */
  #atomic = false
  /** Nothing of the entry was read yet. */
  #untouched = false
  #ended = false
  #pending: Promise<IteratorResult<TextEvent>> | null = null
  /** What broke the reading; thrown once everything before it is committed. */
  #failure: { readonly thrown: unknown } | null = null
  /** The last text ended inside of a record: nothing may be put behind it. */
  #open = false

  constructor(input: FeedInput, from: Position, limits: StretchLimits) {
    this.#signal = AbortSignal.any([input.signal, this.#given.signal])
    this.#events = textEvents({ ...input, signal: this.#signal }, from)
    this.#together = input.together
    this.#limits = limits
    this.#position = from
  }

  async next(): Promise<Stretch | null> {
    if (this.#failure !== null) throw this.#failure.thrown
    this.#open = false
    const state = new StretchState(this.#position)
    let decoder = this.#decoder
    // Objects without text (empty, unreadable) may come first; they travel with the stretch.
    while (decoder === null) {
      const event = await this.#pullUntil(null, state)
      if (event === null) return state.moved ? new IdleStretch(state) : null
      if (event.kind === 'begin') decoder = this.#begin(event, state)
      else if (event.kind === 'done') this.#done(event, state)
    }
    if (state.records.length === 0) state.open(this.#origin, this.#position)
    return new FedStretch(decoder, state, this.#limits, this.#text(decoder, state), this.#freshShape)
  }

  async *#text(decoder: Decoder, state: StretchState): AsyncGenerator<Uint8Array> {
    const late = new Deadline(this.#limits.ms)
    try {
      yield* joined(this.#textUntil(late, decoder, state))
    } finally {
      late.clear()
    }
  }

  async *#textUntil(late: Deadline, decoder: Decoder, state: StretchState): AsyncGenerator<Uint8Array> {
    let bytes = 0
    for (;;) {
      const event = await this.#pullUntil(late, state)
      if (event === null) return
      if (
        this.#cutsBefore(event, decoder, bytes) ||
        (event.kind === 'text' && !this.#joins(event.bytes, decoder, state))
      ) {
        this.#held = event
        return
      }
      if (event.kind === 'begin') this.#begin(event, state)
      else if (event.kind === 'text') {
        bytes += event.bytes.length
        this.#untouched = false
        this.#advance(event.bytes, decoder, state)
        yield event.bytes
      } else if (event.kind === 'broken') this.#open = true
      else if (event.kind === 'end') this.#endEntry(event.open, state)
      else this.#done(event, state)
    }
  }

  /** Long enough already, or text that another decoder reads. A file that DuckDB must seek in is never cut. */
  #cutsBefore(event: TextEvent, decoder: Decoder, bytes: number): boolean {
    const full = decoder.streams && bytes >= this.#limits.bytes
    if (event.kind === 'text') return full && !this.#atomic
    if (event.kind !== 'begin') return false
    const other = event.decoder.groupKey !== decoder.groupKey || event.freshShape !== this.#freshShape
    return full || this.#open || decoder.groupKey === null || other
  }

  /** False for the first text of an entry whose records belong into another nexset than those before it. */
  #joins(text: Uint8Array, decoder: Decoder, state: StretchState): boolean {
    if (decoder.topNames === undefined || this.#together === undefined) return true
    if (state.names === null) {
      state.names = new Set(decoder.topNames(text, lookedAt))
      return true
    }
    if (!this.#untouched) return true
    // One record is enough almost always. Only where it says otherwise, or nothing, it may be an odd one.
    let names = decoder.topNames(text, 1)
    if (names.size === 0 || !this.#together(state.names, names, this.#freshShape)) {
      names = decoder.topNames(text, lookedAt)
      if (!this.#together(state.names, names, this.#freshShape)) return false
    }
    for (const name of names) state.names.add(name)
    return true
  }

  /** The next event; null at the end, when the time of the stretch is over, and where the reading broke after something was read. */
  async #pullUntil(late: Deadline | null, state: StretchState): Promise<TextEvent | null> {
    if (this.#held !== null) {
      const event = this.#held
      this.#held = null
      return event
    }
    if (this.#ended) return null
    this.#pending ??= this.#events.next()
    try {
      const next = await (late === null || !state.begun || this.#atomic ? this.#pending : late.orReached(this.#pending))
      if (next === null) return null
      this.#pending = null
      this.#ended = next.done === true
      return next.done === true ? null : next.value
    } catch (thrown) {
      if (this.#signal.aborted || !state.begun || this.#atomic) throw thrown
      this.#failure = { thrown }
      return null
    }
  }

  #begin(event: Extract<TextEvent, { kind: 'begin' }>, state: StretchState): Decoder {
    this.#decoder = event.decoder
    this.#origin = event.origin
    this.#freshShape = event.freshShape
    this.#atomic = event.atomic
    this.#untouched = true
    this.#position = event.start
    state.open(event.origin, event.start)
    return event.decoder
  }

  #advance(bytes: Uint8Array, decoder: Decoder, state: StretchState): void {
    const records = decoder.streams ? decoder.countRecords(bytes) : 0
    const at = this.#position
    this.#position = { ...at, offset: at.offset + bytes.length, ordinal: at.ordinal + records }
    state.count(records, this.#position)
  }

  /** What comes next begins behind this entry: a stretch of another decoder must not start inside of the last one. */
  #endEntry(open: boolean, state: StretchState): void {
    this.#open ||= open
    const { unitIndex, source, object, entry } = this.#position
    this.#decoder = null
    this.#position = { unitIndex, source, object, entry: entry + 1, offset: 0, ordinal: 0 }
    state.next = this.#position
  }

  #done(event: Extract<TextEvent, { kind: 'done' }>, state: StretchState): void {
    const ordinal = this.#position.ordinal
    this.#decoder = null
    this.#atomic = false
    this.#position = event.next
    state.close(event.object, event.next, event.spoiled, ordinal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pending?.catch(() => undefined)
    if (this.#pending !== null) this.#given.abort() // a source that is waited for may be silent for long
    await this.#events.return(undefined)
  }
}

/** Records that say what shape a text has. */
const lookedAt = 20

/** Small pieces cost more on their way than in their bytes: thousands of pages or little files go on as larger ones. */
const joinedBytes = 256 << 10

async function* joined(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let buffer: Buffer | null = null
  let size = 0
  for await (const piece of pieces) {
    // A large piece goes on as it is, whatever waits before it: a copy would keep its buffer from being used again.
    const large = piece.length >= joinedBytes / 4
    if (buffer !== null && (large || size + piece.length > joinedBytes)) {
      yield buffer.subarray(0, size)
      buffer = null
      size = 0
    }
    if (large) {
      yield piece
      continue
    }
    buffer ??= chunkBuffers.take(joinedBytes)
    buffer.set(piece, size)
    size += piece.length
  }
  if (buffer !== null) yield buffer.subarray(0, size)
}

/** One timer for all waits of a stretch, of which one goes on at a time. */
class Deadline {
  readonly #timer: NodeJS.Timeout | undefined
  #reached = false
  #wake: ((nothing: null) => void) | null = null

  constructor(ms: number | undefined) {
    if (ms === undefined) return
    this.#timer = setTimeout(() => {
      this.#reached = true
      this.#wake?.(null)
    }, ms)
  }

  /** What is waited for, or null when the time is over first. A race with one promise would keep all that ever came in memory. */
  orReached<T>(pending: Promise<T>): Promise<T | null> {
    if (this.#timer === undefined) return pending
    if (this.#reached) return Promise.race([pending, Promise.resolve(null)])
    const { promise, resolve, reject } = Promise.withResolvers<T | null>()
    this.#wake = resolve
    pending.then(resolve, reject)
    return promise
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#wake = null
  }
}
