import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '@leat/connector-kit'
import { openSegmentStore, storeName, type StoreSettings } from './open-store.ts'
import { whyUnusable } from './why-unusable.ts'

const patienceMs = 5000
const betweenTriesMs = 250

/**
 * Writes a tiny object into the store, reads it back and deletes it, so that a wrong setting is told at the start and not by the first run. One that
 * cannot be reached is tried again for 5 seconds: it may start together with this process. Throws a `config` fault that names LEAT_STORE, its value
 * without secrets, what is wrong and what to do; the signal's reason when that comes first.
 */
export async function checkStore(settings: StoreSettings, signal: AbortSignal): Promise<void> {
  const end = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  let reason = `It did not answer within ${patienceMs / 1000} s. Check its address, its login, and whether a firewall lies between this machine and it.`
  while (!end.aborted) {
    const thrown = await before(end, roundTrip(settings)).then(
      () => null,
      (error: unknown) => ({ error }),
    )
    if (thrown === null) return
    if (end.aborted) break
    if (thrown.error instanceof Fault && thrown.error.kind === 'config') throw thrown.error
    const why = await whyUnusable(thrown.error, settings)
    reason = why.says
    if (!why.passes) break
    await pause(betweenTriesMs, undefined, { signal: end }).catch(() => undefined)
  }
  signal.throwIfAborted()
  throw new Fault({
    kind: 'config',
    code: 'settings.store',
    field: 'LEAT_STORE',
    message: `The segment store ${storeName(settings.url)} (LEAT_STORE) cannot be used. ${reason}`,
  })
}

async function roundTrip(settings: StoreSettings): Promise<void> {
  const store = await openSegmentStore(settings)
  const name = `check-${randomUUID()}`
  const file = join(settings.cache, name)
  await mkdir(settings.cache, { recursive: true })
  try {
    await writeFile(file, name)
    await store.put(file, name)
    const chunks = await Array.fromAsync(store.open(name))
    await store.remove(name)
    if (Buffer.concat(chunks).toString() !== name) throw new Error('it gives back something else than was written')
  } finally {
    await rm(file, { force: true })
  }
}

/** Rejects when the signal comes first; the work goes on then, and nobody looks at it. */
async function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
