import { Fault, type Unit } from '@leat/connector-kit'
import type { SourceNode } from './ports.ts'

/** The units of work that a source has now, as a stream. */
export async function* listUnits(source: SourceNode, request: { since?: number }, signal: AbortSignal): AsyncGenerator<Unit> {
  await using connection = await source.connect(signal)
  if (connection.source === undefined)
    throw new Fault({ kind: 'unsupported', code: 'source.not_readable', message: `"${source.type}" cannot be read from.` })
  await using session = connection.source(source.options)
  yield* session.units({ signal, ...request })
}

export interface GroupLimits {
  /** Expected bytes of one job. */
  readonly bytes: number
  /** Units of one job. */
  readonly units: number
}

/**
 * Groups units into jobs: small ones together until a limit is reached, a big one alone. `of` reads the unit out of what the caller
 * carries (a database row, say).
 */
export async function* groupUnits<T>(
  items: AsyncIterable<T> | Iterable<T>,
  of: (item: T) => { readonly bytes: number },
  limits: GroupLimits,
): AsyncGenerator<readonly T[]> {
  let group: T[] = []
  let bytes = 0
  for await (const item of items) {
    const size = of(item).bytes
    if (group.length > 0 && (bytes + size > limits.bytes || group.length >= limits.units)) {
      yield group
      group = []
      bytes = 0
    }
    group.push(item)
    bytes += size
  }
  if (group.length > 0) yield group
}
