import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { badLine, recordOf } from './records.ts'

export interface FileShape {
  readonly records: number
  /** Lines that are not JSON, spread among the records. */
  readonly bad?: number
  readonly withExtra?: boolean
}

/** Where the files of a stream go: a folder, or a bucket. The file is there whole or not at all. */
export type PutFile = (name: string, content: string) => Promise<void>

/** Writes files of records, and remembers how many: all that the judge has to know. */
export class Stream {
  readonly name: string
  readonly #put: PutFile
  #records = 0
  #bad = 0
  #files = 0

  constructor(name: string, put: PutFile) {
    this.name = name
    this.#put = put
  }

  get records(): number {
    return this.#records
  }

  get bad(): number {
    return this.#bad
  }

  get files(): number {
    return this.#files
  }

  /** One more file with the next records: three keys, taking turns. */
  async write({ records, bad = 0, withExtra = false }: FileShape): Promise<void> {
    const file = this.#files++
    const lines: string[] = []
    for (let index = 0; index < records; index++) {
      const key = `${this.name}-${file}-${index % 3}`
      lines.push(JSON.stringify(recordOf(this.name, this.#records++, key, Math.floor(index / 3), withExtra)))
      if (bad > 0 && index % Math.ceil(records / bad) === 0) lines.push(badLine(this.name, this.#bad++))
    }
    await this.#put(`${this.name}-${String(file).padStart(6, '0')}.json`, `${lines.join('\n')}\n`)
  }
}

/** Files appear under their names by a rename, from a folder beside. */
export function folderPut(folder: string): PutFile {
  return async (name, content) => {
    const beside = `${folder}.new`
    await Promise.all([mkdir(folder, { recursive: true }), mkdir(beside, { recursive: true })])
    await writeFile(join(beside, name), content)
    await rename(join(beside, name), join(folder, name))
  }
}
