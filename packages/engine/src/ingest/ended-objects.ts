import type { Json, Verdict } from '@leat/connector-kit'
import type { SourceObject } from './unit-objects.ts'

/** What objects that were read to their end leave for the commit. The objects go: thousands of pages would keep their bytes in memory until then. */
export class EndedObjects {
  readonly notices: string[] = []
  readonly #verifications: (() => Promise<void>)[] = []
  readonly #checkpoints = new Map<number, Json>()
  readonly #verdicts = new Map<number, Verdict>()
  #firstOrigin: string | undefined

  add({ unitIndex, origin, verify, checkpoint, verdict, notices }: SourceObject): void {
    this.#firstOrigin ??= origin
    if (verify !== undefined) this.#verifications.push(verify)
    if (checkpoint !== undefined) this.#checkpoints.set(unitIndex, checkpoint)
    if (verdict !== undefined) this.#verdicts.set(unitIndex, verdict)
    this.notices.push(...notices)
  }

  get firstOrigin(): string | undefined {
    return this.#firstOrigin
  }

  /** Throws when an object is not any more what was read. */
  async verify(): Promise<void> {
    await Promise.all(this.#verifications.map((verify) => verify()))
  }

  /** Of the last object of a unit that had one. */
  checkpoint(unitIndex: number): Json | undefined {
    return this.#checkpoints.get(unitIndex)
  }

  verdict(unitIndex: number): Verdict | undefined {
    return this.#verdicts.get(unitIndex)
  }
}
