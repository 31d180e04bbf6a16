import { type LookupEntry, toFault } from '@leat/connector-kit'
import { restFault } from '../faults.ts'
import type { Scope } from '../templates.ts'
import type { Iteration } from './iteration.ts'

/** Where the entries of a lookup come from: those whose key is `from` or follows it, from the first when it is null. */
type ReadEntries = (from: string | null) => Promise<readonly LookupEntry[]>

/**
 * One request per entry of a lookup of the platform, whose columns fill the macros. The entries are read some hundred at a time, in the order of their
 * keys. A reading goes on at the key at which it stopped: each entry that is there all the time is asked for once, whatever comes and goes around it.
 */
export function lookupKeyQueue(step: string, id: number, field: string): Iteration {
  return {
    ...queueOf([], async () => []),
    async open(scope, at) {
      const read = reader(scope, { step, id, field })
      return queueOf(await read(at === null ? null : String(at['key'])), read)
    },
  }
}

function queueOf(begun: readonly LookupEntry[], read: ReadEntries): Iteration {
  let page = begun
  let places = placesOf(page)
  const stateOf = (entry: LookupEntry | undefined) => (entry === undefined ? null : { key: entry.key })
  const after = (key: unknown): LookupEntry | undefined => {
    const place = places.get(String(key))
    return place === undefined ? undefined : page[place + 1]
  }
  return {
    first: () => stateOf(page[0]),
    scope: (scope, state) => ({ ...scope, row: page[places.get(String(state?.['key'])) ?? -1]?.entry ?? {} }),
    request: (draft) => draft,
    async next(_page, { key }) {
      let following = stateOf(after(key))
      if (following === null) {
        // Its own entry comes again, unless it was deleted meanwhile.
        page = (await read(String(key))).filter((entry) => entry.key !== key)
        places = placesOf(page)
        following = stateOf(page[0])
      }
      return following === null ? { end: 'Every key of the lookup was asked for.' } : { state: following }
    },
    ahead: ({ key }) => stateOf(after(key)),
    repeats: true,
  }
}

function placesOf(page: readonly LookupEntry[]): ReadonlyMap<string, number> {
  return new Map(page.map(({ key }, place) => [key, place]))
}

function reader(
  { lookup }: Scope,
  place: { readonly step: string; readonly id: number; readonly field: string },
): ReadEntries {
  const { step, id, field } = place
  if (lookup === undefined) throw restFault('lookup_unsupported', { step, id }, { field })
  return async (from) => {
    try {
      return await lookup(id, from)
    } catch (thrown) {
      const { kind, message } = toFault(thrown)
      if (kind !== 'config') throw thrown
      throw restFault('lookup_refused', { step, id, why: message }, { field, cause: thrown })
    }
  }
}
