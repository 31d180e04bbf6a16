import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { FailureMemory } from './plan.ts'

/** Counts in this process only. */
export class ProcessFailureMemory implements FailureMemory {
  readonly #spent = new Map<string, number>()

  async spend(id: string, times: number): Promise<boolean> {
    const spent = this.#spent.get(id) ?? 0
    this.#spent.set(id, Math.min(times, spent + 1))
    return spent < times
  }
}

/** Counts with one file per time that it happened, made before it happens. */
export class FolderFailureMemory implements FailureMemory {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = join(folder, 'failures')
  }

  async spend(id: string, times: number): Promise<boolean> {
    await mkdir(this.#folder, { recursive: true })
    for (let time = 1; time <= times; time++) {
      try {
        await using _ = await open(join(this.#folder, `${encodeURIComponent(id)}-${time}`), 'wx')
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
    }
    return false
  }
}
