import type { Decoder } from '@leat/formats'
import type { TopNames } from './choose-nexset.ts'
import { Lane } from './lane.ts'

/** Texts of other shapes wait in memory, all of a stretch together, until the one that streams by has ended. */
const mostAsideBytes = 16 << 20
/** Shapes of one stretch: each is a segment, and all of them one transaction. */
const mostLanes = 64
/** Changes of lanes inside of entries: where the records of a segment came from is kept for each of them. */
const mostTurns = 10_000
/** Records that say what shape a text has. */
const lookedAt = 20

/** What begins in a stretch. */
export interface Entry {
  readonly decoder: Decoder
  /** Size of its object; 0: unknown. */
  readonly bytes: number
  /** It cannot be read again from the middle. */
  readonly atomic: boolean
  /** Each text of it may be of another shape: it changes lanes in its middle. */
  readonly mixed: boolean
}

/**
 * The lanes of a stretch. Files of several shapes may alternate: the text of the first shape streams by, that of the others is set aside, so that
 * a stretch is one segment for each shape and not one for each file. Where the progress of a unit stands is one position for all of them, which is why
 * a stretch with too many or too much ends as a whole.
 */
export class Lanes {
  readonly first: Lane
  readonly #all: Lane[]
  readonly #together: (lane: TopNames, names: TopNames) => boolean
  #current: Lane
  #turns = 0

  constructor(decoder: Decoder, together: (lane: TopNames, names: TopNames) => boolean) {
    this.first = new Lane(decoder)
    this.#all = [this.first]
    this.#current = this.first
    this.#together = together
  }

  /** Of the text that came last. */
  get current(): Lane {
    return this.#current
  }

  get aside(): readonly Lane[] {
    return this.#all.slice(1)
  }

  /** Long enough for segments of `bytes`. A file that DuckDB must seek in is never cut. */
  full(bytes: number): boolean {
    if (!this.first.decoder.streams) return false
    const aside = this.aside.reduce((sum, lane) => sum + lane.bytes, 0)
    return this.first.bytes >= bytes || aside >= Math.min(bytes, mostAsideBytes) || this.#turns >= mostTurns
  }

  /** False: whatever the text of this entry turns out to be, it is for another stretch. */
  mayTake(entry: Entry): boolean {
    if (this.first.decoder.groupKey === null || entry.decoder.groupKey === null) return false
    return entry.decoder.groupKey === this.first.decoder.groupKey || mayWait(entry)
  }

  /** The lane of an entry that begins with this text, a new one where its shape is new; null: it is for another stretch. */
  take(text: Uint8Array, entry: Entry): Lane | null {
    const lane = this.#laneOf(text, entry)
    if (lane === null) return null
    if (lane !== this.#current && entry.mixed) this.#turns++
    this.#current = lane
    return lane
  }

  #laneOf(text: Uint8Array, entry: Entry): Lane | null {
    const { decoder } = entry
    if (this.first.names === null) {
      // The entry that began the stretch had no text at all, and this one is of another format.
      if (decoder.groupKey !== this.first.decoder.groupKey) return null
      this.first.names = new Set(namesIn(text, decoder, lookedAt))
      return this.first
    }
    // One record is enough almost always. Only where it says otherwise, or nothing, it may be an odd one.
    let names = namesIn(text, decoder, 1)
    let lane = names.size === 0 ? null : this.#agreeing(names)
    if (lane === null) {
      names = namesIn(text, decoder, lookedAt)
      lane = this.#agreeing(names)
    }
    if (lane !== this.first && !mayWait(entry)) return null
    if (lane === null) return this.#opened(decoder, names)
    // Another format with the same names is for the same nexset, whose records keep their order: a segment behind this one.
    if (lane.decoder.groupKey !== decoder.groupKey) return null
    for (const name of names) lane.names!.add(name)
    return lane
  }

  #agreeing(names: TopNames): Lane | null {
    const agrees = (lane: Lane): boolean => this.#together(lane.names!, names)
    return agrees(this.#current) ? this.#current : (this.#all.find(agrees) ?? null)
  }

  #opened(decoder: Decoder, names: TopNames): Lane | null {
    if (this.#all.length >= mostLanes) return null
    const lane = new Lane(decoder)
    lane.names = new Set(names)
    this.#all.push(lane)
    return lane
  }
}

/** What is cut in its middle while it waits is read again from there; what is far too long for waiting streams by in a stretch of its own. */
function mayWait({ atomic, bytes, mixed }: Entry): boolean {
  return !atomic && (mixed || bytes <= mostAsideBytes)
}

function namesIn(text: Uint8Array, decoder: Decoder, records: number): TopNames {
  return decoder.topNames?.(text, records) ?? new Set()
}
