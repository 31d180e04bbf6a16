import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A folder for the temporary files of one job; gone when it is disposed. */
export class Scratch implements AsyncDisposable {
  readonly folder: string
  #files = 0
  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(parent: string): Promise<Scratch> {
    const folder = join(parent, randomUUID())
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return new Scratch(folder)
  }

  file(ending: string): string {
    return join(this.folder, `${++this.#files}.${ending}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}
