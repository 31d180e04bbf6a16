import { Fault } from '@leat/connector-kit'
import { diskFull } from '../compute.ts'

/** What waiting does not change. OpenDAL begins its messages with the kind: `NotFound (permanent) at read, …`. */
const lasting = /^(NotFound|PermissionDenied|ConfigInvalid|Unsupported|InvalidInput)\b/
const patienceMs = 60_000

/**
 * One request to an object store. A store that is away, fails, or takes a request and never answers (a connection whose other end is gone) is a
 * `transient` fault, so that the work is tried again from its last commit; without a limit the worker would hold its job for ever.
 */
export async function asked<T>(work: Promise<T>, waitMs = patienceMs): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(silent(waitMs)), waitMs)
  try {
    return await Promise.race([work, late])
  } catch (thrown) {
    throw storeFault(thrown)
  } finally {
    clearTimeout(timer)
  }
}

/** Chunks of a download, each of which has to come in time. */
export async function* askedFor(chunks: AsyncIterable<Uint8Array>, waitMs = patienceMs): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  for (;;) {
    const next = await asked(iterator.next(), waitMs)
    if (next.done === true) return
    yield next.value
  }
}

export function storeFault(thrown: unknown): unknown {
  if (thrown instanceof Fault) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (lasting.test(message)) return thrown
  return (
    diskFull(thrown) ??
    new Fault({
      kind: 'transient',
      code: 'store.unavailable',
      message: `The segment store (LEAT_STORE) cannot be used at the moment. Nothing was lost; the work is tried again from its last commit. It said: ${withoutQueries(message).slice(0, 300)}`,
      cause: thrown,
    })
  )
}

/** A query may hold a signature or a key. */
export function withoutQueries(text: string): string {
  return text.replaceAll(/\?[^\s,")]*/g, '')
}

function silent(waitMs: number): Fault {
  return new Fault({
    kind: 'transient',
    code: 'store.silent',
    message: `The segment store (LEAT_STORE) did not answer within ${waitMs / 1000} s. Nothing was lost; the work is tried again from its last commit.`,
  })
}
