import { availableParallelism } from 'node:os'
import type { WorkerOrder } from './process-messages.ts'
import type { Settings } from './settings.ts'

/** What each of `workers` workers of this process is told; its name comes with it. */
export function workerOrder(settings: Settings, databaseUrl: string, workers: number): Omit<WorkerOrder, 'name'> {
  const cores = availableParallelism()
  return {
    databaseUrl,
    store: settings.store,
    data: settings.data,
    masterKey: settings.masterKey,
    localFolders: settings.localFolders,
    leaseSeconds: settings.leaseSeconds,
    memoryMb: settings.workerMemoryMb,
    threads: cores,
    parsingThreads: Math.max(1, Math.ceil(cores / workers)),
    logFormat: settings.log,
    logLevel: settings.logLevel,
  }
}
