import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '@leat/connector-kit'
import type { LedgerDeath } from './file-ledger.ts'
import type { Limits } from './engine-fixture.ts'

/** What a process of its own does with a flow until it dies. */
export interface Order {
  readonly folder: string
  readonly work: 'ingest' | 'derive' | 'deliver'
  /** The nexset that is derived or delivered. */
  readonly nexset: number
  /** The nexset that derive writes. */
  readonly child?: number
  readonly options?: JsonObject
  readonly limits?: Limits
  readonly stepLimit?: number
  readonly failures?: readonly JsonObject[]
  readonly death?: LedgerDeath
}

const script = fileURLToPath(new URL('./work.process.ts', import.meta.url))

/** Runs the order in a process of its own; gives the signal that ended it and what it wrote to stderr. */
export function workInProcess(order: Order): Promise<{ signal: string | null; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, JSON.stringify(order)], (error, _stdout, stderr) =>
      resolve({ signal: error?.signal ?? null, stderr }),
    )
  })
}
