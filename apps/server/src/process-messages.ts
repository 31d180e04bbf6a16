import type { JobRef } from '@leat/control-plane/work'
import type { LogFormat, LogLevel } from './settings.ts'

/** What a worker process is told once. It comes over the IPC channel: arguments and environments can be read by others. */
export interface WorkerOrder {
  readonly databaseUrl: string
  readonly store: string
  readonly data: string
  readonly masterKey: string | undefined
  readonly localFolders: readonly string[]
  readonly leaseSeconds: number
  readonly memoryMb: number
  readonly threads: number
  /** Of text out of a pipe: the cores shared among the workers of this machine. */
  readonly parsingThreads: number
  readonly logFormat: LogFormat | undefined
  readonly logLevel: LogLevel
  readonly name: string
}

export type ToWorker =
  { readonly kind: 'work'; readonly order: WorkerOrder } | { readonly kind: 'drain'; readonly graceMs: number }

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'held'; readonly job: JobRef; readonly held: boolean }
  /** The worker cannot work and says why; restarting it would not help until the operator has done something. */
  | { readonly kind: 'failed'; readonly message: string }
