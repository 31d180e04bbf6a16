import type { Decoder } from '@leat/formats'
import type { OriginRange } from '../ports.ts'
import type { TopNames } from './choose-nexset.ts'
import { EndedObjects } from './ended-objects.ts'
import type { Position } from './position.ts'
import type { Spoiled } from './text-events.ts'
import type { SourceObject } from './unit-objects.ts'

/** Stretches are cut here (bytes of normalised text): one segment each. */
export interface StretchLimits {
  readonly bytes: number
  /** Text looked at to infer a schema. */
  readonly sampleBytes: number
  /** Longest time that read records wait for more of their stretch before they are committed. None unless given. */
  readonly ms?: number
}

export interface SpoiledObject extends Spoiled {
  readonly origin: string
  readonly ordinal: number
}

/** What a stretch turned out to hold; complete once its text was read to the end. */
export interface StretchEnd {
  /** Records per origin, in order; `row` counts from the start of the stretch. */
  readonly origins: readonly OriginRange[]
  readonly records: number
  /** Where the next stretch starts. */
  readonly next: Position
  readonly spoiled: readonly SpoiledObject[]
  /** What the objects that were read to their end leave behind. */
  readonly ended: EndedObjects
}

/** Text of one decoder group, long enough for one segment. */
export interface Stretch {
  /** Null: nothing to parse, only progress (empty or unreadable objects). */
  readonly decoder: Decoder | null
  readonly start: Position
  /** See `ObjectPart.fresh_shape`: the same for all of its text. */
  readonly freshShape: boolean
  /** Names at the top of its first records; none where the text does not say them at a glance. */
  names(): Promise<TopNames>
  /** The first complete records, for inference. */
  sample(): Promise<Uint8Array>
  /** Everything, including what `sample` saw. May be called once. */
  text(): AsyncIterable<Uint8Array>
  end(): StretchEnd
}

/** Grows while the stretch's text is read. */
export class StretchState {
  readonly start: Position
  next: Position
  moved = false
  /** Null until there was text. */
  names: Set<string> | null = null
  readonly records: { origin: string; ordinal: number; records: number }[] = []
  readonly spoiled: SpoiledObject[] = []
  readonly ended = new EndedObjects()

  constructor(start: Position) {
    this.start = start
    this.next = start
  }

  /** Something was read to its end, or records of it: worth a commit of its own. */
  get begun(): boolean {
    return this.moved || this.records.some((one) => one.records > 0)
  }

  open(origin: string, at: Position): void {
    this.records.push({ origin, ordinal: at.ordinal, records: 0 })
    this.next = at
  }

  count(records: number, next: Position): void {
    this.records.at(-1)!.records += records
    this.next = next
  }

  close(object: SourceObject, next: Position, spoiled: Spoiled | null, ordinal: number): void {
    this.moved = true
    this.next = next
    this.ended.add(object)
    if (spoiled !== null) this.spoiled.push({ origin: object.origin, ordinal, ...spoiled })
  }

  end(): StretchEnd {
    const origins: OriginRange[] = []
    let row = 0
    for (const { origin, ordinal, records } of this.records) {
      if (records > 0) origins.push({ origin, row, rows: records, ordinal })
      row += records
    }
    return { origins, records: row, next: this.next, spoiled: this.spoiled, ended: this.ended }
  }
}

export class IdleStretch implements Stretch {
  readonly decoder = null
  readonly freshShape = false
  readonly start: Position
  readonly #state: StretchState
  constructor(state: StretchState) {
    this.#state = state
    this.start = state.start
  }
  async names(): Promise<TopNames> {
    return new Set()
  }
  async sample(): Promise<Uint8Array> {
    return new Uint8Array()
  }
  // eslint-disable-next-line require-yield -- a stretch without text
  async *text(): AsyncGenerator<Uint8Array> {}
  end(): StretchEnd {
    return this.#state.end()
  }
}

export class FedStretch implements Stretch {
  readonly decoder: Decoder
  readonly start: Position
  readonly freshShape: boolean
  readonly #state: StretchState
  readonly #limits: StretchLimits
  readonly #source: AsyncGenerator<Uint8Array>
  readonly #sampled: Uint8Array[] = []

  constructor(
    decoder: Decoder,
    state: StretchState,
    limits: StretchLimits,
    source: AsyncGenerator<Uint8Array>,
    freshShape: boolean,
  ) {
    this.decoder = decoder
    this.freshShape = freshShape
    this.start = state.start
    this.#state = state
    this.#limits = limits
    this.#source = source
  }

  async names(): Promise<TopNames> {
    if (this.#sampled.length === 0) {
      const next = await this.#source.next()
      if (next.done !== true) this.#sampled.push(next.value)
    }
    return this.#state.names ?? new Set()
  }

  async sample(): Promise<Uint8Array> {
    let length = this.#sampled.reduce((sum, chunk) => sum + chunk.length, 0)
    while (length < this.#limits.sampleBytes) {
      const next = await this.#source.next()
      if (next.done === true) break
      this.#sampled.push(next.value)
      length += next.value.length
    }
    const sampled = this.#sampled.length === 1 ? this.#sampled[0]! : Buffer.concat(this.#sampled)
    // The pieces may be far larger than what is asked for, and each record that is looked at has its price.
    const cut = this.decoder.lastBoundary(sampled.subarray(0, this.#limits.sampleBytes))
    return cut > 0 ? sampled.subarray(0, cut) : sampled
  }

  async *text(): AsyncGenerator<Uint8Array> {
    yield* this.#sampled
    this.#sampled.length = 0
    yield* this.#source
  }

  end(): StretchEnd {
    return this.#state.end()
  }
}
