import { setTimeout as delay } from 'node:timers/promises'
import type { FileStore, StoredFile } from './file-store.ts'

/** A file may be waited for as long as this; one that needs longer is left for the next run. */
const patienceMs = 1000
/** Young files that wait together; bounds memory when all files of a large folder are new. */
const waitingLimit = 1000

/**
 * Passes on files whose last change is at least `restMs` ago. A younger one is looked at again after the rest of that time
 * (at most a second) and passed on when it is still the same version and old enough; else the next run takes it.
 */
export async function* settled(
  store: FileStore,
  files: AsyncIterable<StoredFile>,
  restMs: number,
  signal: AbortSignal,
): AsyncIterable<StoredFile> {
  let waiting: StoredFile[] = []
  for await (const file of files) {
    if (ageOf(file) >= restMs) yield file
    else waiting.push(file)
    if (waiting.length < waitingLimit) continue
    yield* resting(store, waiting, restMs, signal)
    waiting = []
  }
  yield* resting(store, waiting, restMs, signal)
}

async function* resting(
  store: FileStore,
  files: readonly StoredFile[],
  restMs: number,
  signal: AbortSignal,
): AsyncIterable<StoredFile> {
  const worthWaiting = files.filter((file) => restMs - ageOf(file) <= patienceMs || ageOf(file) < 0)
  if (worthWaiting.length === 0) return
  const longest = Math.max(...worthWaiting.map((file) => restMs - ageOf(file)))
  await delay(Math.min(Math.max(longest, 0), patienceMs), undefined, { signal })
  for (const file of worthWaiting) {
    const now = await store.stat(file.path, signal)
    if (now?.version === file.version) yield file
  }
}

/** Files without a time count as old. A time in the future (clocks differ) is a negative age: the version decides. */
function ageOf(file: StoredFile): number {
  return file.modifiedAt === undefined ? Number.POSITIVE_INFINITY : Date.now() - file.modifiedAt
}
