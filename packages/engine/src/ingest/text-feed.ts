import { joined } from './byte-streams.ts'
import type { Lane } from './lane.ts'
import { Lanes, type Entry } from './lanes.ts'
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
  /** What is being read; null between entries. */
  #entry: Entry | null = null
  #freshShape = false
  readonly #together: FeedInput['together']
  #origin = ''
  /** What is being read cannot be read again from the middle. */
  #atomic = false
  /** Nothing of the entry was read yet. */
  #untouched = false
  /** Of the text of the entry that came last. */
  #lane: Lane | null = null
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
    // Objects without text (empty, unreadable) may come first; they travel with the stretch.
    while (this.#entry === null) {
      const event = await this.#pullUntil(null, state)
      if (event === null) return state.begun ? new IdleStretch(state) : null
      if (event.kind === 'begin') this.#begin(event, state)
      else if (event.kind === 'done') this.#done(event, state)
    }
    const freshShape = this.#freshShape
    const lanes = new Lanes(this.#entry.decoder, (lane, names) => this.#together?.(lane, names, freshShape) ?? true)
    return new FedStretch(state, lanes, this.#text(lanes, state), this.#limits.sampleBytes, freshShape)
  }

  /** The text of the first lane; what belongs into others is kept there. */
  async *#text(lanes: Lanes, state: StretchState): AsyncGenerator<Uint8Array> {
    const late = new Deadline(this.#limits.ms)
    try {
      yield* joined(this.#textUntil(late, lanes, state))
    } finally {
      late.clear()
    }
  }

  async *#textUntil(late: Deadline, lanes: Lanes, state: StretchState): AsyncGenerator<Uint8Array> {
    for (;;) {
      const event = await this.#pullUntil(late, state)
      if (event === null) return
      if (this.#cutsBefore(event, lanes)) return this.#hold(event)
      if (event.kind === 'text') {
        const lane = this.#laneOf(event.bytes, lanes)
        if (lane === null) return this.#hold(event)
        this.#advance(event.bytes, lane, state)
        if (lane === lanes.first) yield event.bytes
        else lane.keep(event.bytes)
      } else if (event.kind === 'begin') this.#begin(event, state)
      else if (event.kind === 'broken') this.#open = true
      else if (event.kind === 'end') this.#endEntry(event.open, state)
      else this.#done(event, state)
    }
  }

  /** For the next stretch. */
  #hold(event: TextEvent): void {
    this.#held = event
  }

  /** What has begun stays in its lane, unless its records are of several shapes. */
  #laneOf(text: Uint8Array, lanes: Lanes): Lane | null {
    const goesOn = !this.#untouched && lanes.first.names !== null && !this.#entry!.mixed
    return goesOn ? lanes.current : lanes.take(text, this.#entry!)
  }

  /** Long enough already, or what is for another stretch by all means. */
  #cutsBefore(event: TextEvent, lanes: Lanes): boolean {
    const full = lanes.full(this.#limits.bytes)
    if (event.kind === 'text') return full && !this.#atomic
    if (event.kind !== 'begin') return false
    return full || this.#open || event.freshShape !== this.#freshShape || !lanes.mayTake(event)
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

  #begin(event: Extract<TextEvent, { kind: 'begin' }>, state: StretchState): void {
    this.#entry = event
    this.#origin = event.origin
    this.#freshShape = event.freshShape
    this.#atomic = event.atomic
    this.#untouched = true
    this.#position = event.start
    state.next = event.start
  }

  #advance(bytes: Uint8Array, lane: Lane, state: StretchState): void {
    const at = this.#position
    if (this.#untouched || lane !== this.#lane) lane.open(this.#origin, at.ordinal)
    this.#untouched = false
    this.#lane = lane
    const records = lane.decoder.streams ? lane.decoder.countRecords(bytes) : 0
    this.#position = { ...at, offset: at.offset + bytes.length, ordinal: at.ordinal + records }
    lane.count(bytes.length, records)
    state.count(records, this.#position)
  }

  /** What comes next begins behind this entry: a stretch of another decoder must not start inside of the last one. */
  #endEntry(open: boolean, state: StretchState): void {
    this.#open ||= open
    const { unitIndex, source, object, entry } = this.#position
    this.#entry = null
    this.#position = { unitIndex, source, object, entry: entry + 1, offset: 0, ordinal: 0 }
    state.next = this.#position
  }

  #done(event: Extract<TextEvent, { kind: 'done' }>, state: StretchState): void {
    const ordinal = this.#position.ordinal
    this.#entry = null
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
