import { Fault, type JsonObject, type ObjectPart, type SourceSession, type Tree, type Unit } from '@leat/connector-kit'
import { spaceOf } from '../src/index.ts'
import { map, mutant, over, type Mutant } from './mutate.ts'

export const sourceMutants: readonly Mutant[] = [
  {
    law: 3,
    defect: 'a tree without a limit',
    connector: mutant({ connection: (inner) => ({ tree: (request) => inner.tree!({ ...request, limit: 10_000 }) }) }),
  },
  {
    law: 3,
    defect: 'a listing that shows each unit once only',
    connector: mutant({
      connection: (inner, credentials) => ({
        source: (options) => listingOnce(inner.source!(options), spaceOf(credentials)),
      }),
    }),
  },
  {
    law: 4,
    defect: 'a checkpoint that is ignored',
    connector: mutant({
      session: (inner) => ({ read: (unit, request) => inner.read(unit, { ...request, checkpoint: null }) }),
    }),
  },
  {
    law: 4,
    defect: 'a checkpoint that skips a row',
    source: { deliver_as: 'rows' },
    connector: mutant({
      part: (inner) => ({ checkpoint: { next_row: 1 + Number((inner.checkpoint as JsonObject)['next_row']) } }),
    }),
  },
  {
    law: 4,
    defect: 'a checkpoint that is not JSON',
    source: { deliver_as: 'rows' },
    connector: mutant({
      part: (inner) => ({ checkpoint: { next_row: undefined, valueOf: () => inner.checkpoint } as never }),
    }),
  },
  {
    law: 5,
    defect: 'a body that does not hear of the abort',
    connector: mutant({
      session: (inner) => ({ read: (unit, request) => inner.read(unit, { ...request, signal: deaf() }) }),
      part: (inner) => ({ open: (request) => (inner as ObjectPart).open({ ...request, signal: deaf() }) }),
    }),
  },
  {
    law: 5,
    defect: 'an abort that is reported as a network failure',
    connector: mutant({
      part: (inner) => ({ open: (request) => callsItTransient((inner as ObjectPart).open(request)) }),
    }),
  },
  {
    law: 9,
    defect: 'a tree that shows names that cannot be read',
    connector: mutant({ connection: (inner) => ({ tree: async (request) => renamed(await inner.tree!(request)) }) }),
  },
  {
    law: 9,
    defect: 'a tree that leaves objects out',
    connector: mutant({
      connection: (inner) => ({
        tree: async (request) => Object.fromEntries(Object.entries(await inner.tree!(request)).slice(1)),
      }),
    }),
  },
  {
    law: 10,
    defect: 'an acknowledgement that fails the second time',
    source: { deliver_as: 'rows' },
    connector: mutant({ session: (inner) => ({ acknowledge: acknowledgeOnce(inner) }) }),
  },
  {
    law: 13,
    defect: 'keys that are percent-encoded',
    connector: mutant({
      session: (inner) => ({
        units: (request) => map(inner.units(request), (unit) => ({ ...unit, key: encodeURI(unit.key) })),
      }),
    }),
  },
  {
    law: 18,
    defect: 'a verify that looks at nothing',
    connector: mutant({ part: () => ({ verify: async () => {} }) }),
  },
  {
    law: 19,
    defect: 'a body that can be opened once only',
    connector: mutant({ part: (inner) => ({ open: openOnce(inner as ObjectPart) }) }),
  },
  {
    law: 19,
    defect: 'an offset that is ignored',
    connector: mutant({ part: (inner) => ({ open: () => (inner as ObjectPart).open() }) }),
  },
  {
    law: 20,
    defect: 'a version that is the size only',
    connector: mutant({
      session: (inner) => ({
        units: (request) => map(inner.units(request), (unit) => ({ ...unit, version: String(unit.bytes) })),
      }),
    }),
  },
  {
    law: 20,
    defect: 'a version that changes with every listing',
    connector: mutant({
      session: (inner) => ({
        units: (request) =>
          map(inner.units(request), (unit) => ({ ...unit, version: String(process.hrtime.bigint()) })),
      }),
    }),
  },
]

const seenBySpace = new WeakMap<object, Set<string>>()

function listingOnce(inner: SourceSession, space: object): SourceSession {
  const seen = seenBySpace.get(space) ?? new Set<string>()
  seenBySpace.set(space, seen)
  return over<SourceSession>(inner, {
    units: async function* (request) {
      for await (const unit of inner.units(request)) {
        if (!seen.has(unit.key)) yield unit
        seen.add(unit.key)
      }
    },
  })
}

function deaf(): AbortSignal {
  return new AbortController().signal
}

async function* callsItTransient(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* stream
  } catch (cause) {
    throw new Fault({ kind: 'transient', code: 'network.reset', message: 'The connection was reset.', cause })
  }
}

function renamed(tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([name, node]) => [node.type === 'file' ? name.toUpperCase() : name, node]),
  )
}

function acknowledgeOnce(inner: SourceSession): NonNullable<SourceSession['acknowledge']> {
  const done = new Set<string>()
  return async (unit: Unit, checkpoint) => {
    const id = `${unit.key} ${JSON.stringify(checkpoint)}`
    if (done.has(id))
      throw new Fault({ kind: 'data', code: 'memory.unknown_receipt', message: 'This was acknowledged before.' })
    done.add(id)
    await inner.acknowledge?.(unit, checkpoint)
  }
}

function openOnce(inner: ObjectPart): ObjectPart['open'] {
  let opened = false
  return (request) => {
    if (opened) return map(inner.open(request), (chunk) => chunk.subarray(chunk.length))
    opened = true
    return inner.open(request)
  }
}
