import type { Decoder } from '@leat/formats'
import type { OriginRange } from '../ports.ts'
import { joined } from './byte-streams.ts'
import type { TopNames } from './choose-nexset.ts'

/** The text of one shape in a stretch: one segment. */
export interface LaneText {
  readonly decoder: Decoder
  /** Names at the top of its first records; none where the text does not say them at a glance. */
  names(): Promise<TopNames>
  /** The first complete records, for inference. */
  sample(): Promise<Uint8Array>
  /** Everything, including what `sample` saw. May be called once. */
  text(): AsyncIterable<Uint8Array>
  end(): LaneEnd
}

/** What a lane turned out to hold; complete once its text was read to the end. */
export interface LaneEnd {
  /** Records per origin, in order; `row` counts from the start of the lane. */
  readonly origins: readonly OriginRange[]
  readonly records: number
  readonly firstOrigin: string
}

/** Grows while the text of the stretch is read. */
export class Lane {
  readonly decoder: Decoder
  /** Null until there was text. */
  names: Set<string> | null = null
  bytes = 0
  readonly #records: { readonly origin: string; readonly ordinal: number; records: number }[] = []
  readonly #kept: Uint8Array[] = []

  constructor(decoder: Decoder) {
    this.decoder = decoder
  }

  open(origin: string, ordinal: number): void {
    this.#records.push({ origin, ordinal, records: 0 })
  }

  count(bytes: number, records: number): void {
    this.bytes += bytes
    this.#records.at(-1)!.records += records
  }

  /** For `kept`. A copy: the buffer of the text may be large, or used again. */
  keep(text: Uint8Array): void {
    this.#kept.push(Buffer.from(text))
  }

  /** The text that was set aside; as often as it is asked for. */
  kept(sampleBytes: number): LaneText {
    return new SampledText(this, joined(this.#kept), sampleBytes)
  }

  end(): LaneEnd {
    const origins: OriginRange[] = []
    let row = 0
    for (const { origin, ordinal, records } of this.#records) {
      if (records > 0) origins.push({ origin, row, rows: records, ordinal })
      row += records
    }
    return { origins, records: row, firstOrigin: this.#records[0]?.origin ?? '' }
  }
}

export class SampledText implements LaneText {
  readonly decoder: Decoder
  readonly #lane: Lane
  readonly #source: AsyncGenerator<Uint8Array>
  readonly #sampleBytes: number
  readonly #sampled: Uint8Array[] = []

  constructor(lane: Lane, source: AsyncGenerator<Uint8Array>, sampleBytes: number) {
    this.decoder = lane.decoder
    this.#lane = lane
    this.#source = source
    this.#sampleBytes = sampleBytes
  }

  async names(): Promise<TopNames> {
    if (this.#sampled.length === 0) {
      const next = await this.#source.next()
      if (next.done !== true) this.#sampled.push(next.value)
    }
    return this.#lane.names ?? new Set()
  }

  async sample(): Promise<Uint8Array> {
    let length = this.#sampled.reduce((sum, chunk) => sum + chunk.length, 0)
    while (length < this.#sampleBytes) {
      const next = await this.#source.next()
      if (next.done === true) break
      this.#sampled.push(next.value)
      length += next.value.length
    }
    const sampled = this.#sampled.length === 1 ? this.#sampled[0]! : Buffer.concat(this.#sampled)
    // The pieces may be far larger than what is asked for, and each record that is looked at has its price.
    const cut = this.decoder.lastBoundary(sampled.subarray(0, this.#sampleBytes))
    return cut > 0 ? sampled.subarray(0, cut) : sampled
  }

  async *text(): AsyncGenerator<Uint8Array> {
    yield* this.#sampled
    this.#sampled.length = 0
    yield* this.#source
  }

  end(): LaneEnd {
    return this.#lane.end()
  }
}
