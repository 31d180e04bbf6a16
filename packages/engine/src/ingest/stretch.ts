import { EndedObjects } from './ended-objects.ts'
import { SampledText, type LaneText } from './lane.ts'
import type { Lanes } from './lanes.ts'
import type { Position } from './position.ts'
import type { Spoiled } from './text-events.ts'
import type { SourceObject } from './unit-objects.ts'

/** Stretches are cut here (bytes of normalised text): one segment for each shape in them. */
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

/** What a stretch turned out to hold besides records; complete once the text of its first lane was read to the end. */
export interface StretchEnd {
  /** Where the next stretch starts. */
  readonly next: Position
  readonly spoiled: readonly SpoiledObject[]
  /** What the objects that were read to their end leave behind. */
  readonly ended: EndedObjects
}

/** A piece of a job's input: what one commit brings in. */
export interface Stretch {
  readonly start: Position
  /** See `ObjectPart.fresh_shape`: the same for all of its text. */
  readonly freshShape: boolean
  /** The text that streams by. Null: nothing to parse, only progress (empty or unreadable objects). */
  readonly first: LaneText | null
  /** Texts of other shapes that were met on the way; complete once that of `first` was read to the end. Each call gives them from their start. */
  aside(): readonly LaneText[]
  end(): StretchEnd
}

/** Grows while the stretch's text is read. */
export class StretchState {
  readonly start: Position
  next: Position
  /** Something was read to its end, or records of it: worth a commit of its own. */
  begun = false
  readonly spoiled: SpoiledObject[] = []
  readonly ended = new EndedObjects()

  constructor(start: Position) {
    this.start = start
    this.next = start
  }

  count(records: number, next: Position): void {
    this.begun ||= records > 0
    this.next = next
  }

  close(object: SourceObject, next: Position, spoiled: Spoiled | null, ordinal: number): void {
    this.begun = true
    this.next = next
    this.ended.add(object)
    if (spoiled !== null) this.spoiled.push({ origin: object.origin, ordinal, ...spoiled })
  }

  end(): StretchEnd {
    return { next: this.next, spoiled: this.spoiled, ended: this.ended }
  }
}

export class IdleStretch implements Stretch {
  readonly freshShape = false
  readonly first = null
  readonly start: Position
  readonly #state: StretchState
  constructor(state: StretchState) {
    this.#state = state
    this.start = state.start
  }
  aside(): readonly LaneText[] {
    return []
  }
  end(): StretchEnd {
    return this.#state.end()
  }
}

export class FedStretch implements Stretch {
  readonly start: Position
  readonly freshShape: boolean
  readonly first: LaneText
  readonly #state: StretchState
  readonly #lanes: Lanes
  readonly #sampleBytes: number

  constructor(
    state: StretchState,
    lanes: Lanes,
    source: AsyncGenerator<Uint8Array>,
    sampleBytes: number,
    freshShape: boolean,
  ) {
    this.start = state.start
    this.freshShape = freshShape
    this.first = new SampledText(lanes.first, source, sampleBytes)
    this.#state = state
    this.#lanes = lanes
    this.#sampleBytes = sampleBytes
  }

  aside(): readonly LaneText[] {
    return this.#lanes.aside.map((lane) => lane.kept(this.#sampleBytes))
  }

  end(): StretchEnd {
    return this.#state.end()
  }
}
