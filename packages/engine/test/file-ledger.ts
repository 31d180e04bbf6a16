import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { MemoryLedger } from './memory-ledger.ts'

export const ledgerCalls = ['claim', 'stage', 'settle', 'commitIngest', 'commitDerive'] as const
export type LedgerCall = (typeof ledgerCalls)[number]

/** Where the process dies, by SIGKILL: around the nth call. `after`: the transaction is done, the caller does not know. */
export interface LedgerDeath {
  readonly when: 'before' | 'after'
  readonly call: LedgerCall
  readonly nth: number
}

/** A ledger in a file: each call is one atomic change of it, so it outlives a process that is killed anywhere. */
export class FileLedger extends MemoryLedger {
  readonly #file: string
  readonly #death: LedgerDeath | null
  #calls = 0

  constructor(file: string, death: LedgerDeath | null = null) {
    super()
    this.#file = file
    this.#death = death
    if (existsSync(file)) this.restore(JSON.parse(readFileSync(file, 'utf8')) as ReturnType<MemoryLedger['dump']>)
  }

  override claim(...args: Parameters<MemoryLedger['claim']>): ReturnType<MemoryLedger['claim']> {
    return this.#durably('claim', () => super.claim(...args))
  }

  override stage(...args: Parameters<MemoryLedger['stage']>): ReturnType<MemoryLedger['stage']> {
    return this.#durably('stage', () => super.stage(...args))
  }

  override settle(...args: Parameters<MemoryLedger['settle']>): ReturnType<MemoryLedger['settle']> {
    return this.#durably('settle', () => super.settle(...args))
  }

  override commitIngest(...args: Parameters<MemoryLedger['commitIngest']>): ReturnType<MemoryLedger['commitIngest']> {
    return this.#durably('commitIngest', () => super.commitIngest(...args))
  }

  override commitDerive(...args: Parameters<MemoryLedger['commitDerive']>): ReturnType<MemoryLedger['commitDerive']> {
    return this.#durably('commitDerive', () => super.commitDerive(...args))
  }

  async #durably<T>(call: LedgerCall, change: () => Promise<T>): Promise<T> {
    const dies = this.#death?.call === call && ++this.#calls === this.#death.nth
    if (dies && this.#death?.when === 'before') await die()
    const result = await change()
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.dump()))
    renameSync(`${this.#file}.new`, this.#file)
    if (dies) await die()
    return result
  }
}

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}
