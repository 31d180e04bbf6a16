import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import {
  Fault,
  type Batch,
  type Connection,
  type Connector,
  type JsonObject,
  type ObjectPart,
  type Part,
} from '@leat/connector-kit'
import type { SourceSession, Tree, Unit, Writer } from '@leat/connector-kit'
import { z } from 'zod'
import { memory, spaceOf } from '../src/index.ts'

/** The memory connector with one defect. */
export interface Mutant {
  readonly law: number
  readonly defect: string
  readonly connector: Connector
  /** Options of the source and the sink that the defect needs to show. */
  readonly source?: JsonObject
  readonly sink?: JsonObject
}

interface Defects {
  readonly spec?: Partial<Connector>
  readonly connection?: (inner: Connection, credentials: JsonObject) => Partial<Connection>
  readonly session?: (inner: SourceSession) => Partial<SourceSession>
  readonly part?: (inner: Part) => Partial<ObjectPart>
  readonly writer?: (inner: Writer, credentials: JsonObject) => Partial<Writer>
}

/** A copy of an object with other members; those that stay still act on the original. */
function over<T extends object>(inner: T, defects: Partial<T> | undefined): T {
  const copy: Record<PropertyKey, unknown> = {}
  for (
    let from: object | null = inner;
    from !== null && from !== Object.prototype;
    from = Object.getPrototypeOf(from) as object | null
  ) {
    for (const key of Reflect.ownKeys(from)) {
      const value: unknown = Reflect.get(inner, key)
      // Not `bind`: `await using` of Node 24 takes a bound function for no function.
      if (!(key in copy))
        copy[key] = typeof value === 'function' ? (...given: unknown[]) => Reflect.apply(value, inner, given) : value
    }
  }
  return Object.assign(copy, defects) as T
}

function mutant({ spec, connection, session, part, writer }: Defects): Connector {
  return {
    ...memory,
    ...spec,
    load: async () => ({
      connect: async (credentials, context) => {
        const driver = await memory.load()
        const inner = await driver.connect(credentials, context)
        const faulty = over<Connection>(inner, connection?.(inner, credentials))
        return over<Connection>(faulty, {
          source: (options) => mutateSession(faulty.source!(options), session, part),
          openWriter: async (request) => {
            const opened = await faulty.openWriter!(request)
            return over(opened, writer?.(opened, credentials))
          },
        })
      },
    }),
  }
}

function mutateSession(inner: SourceSession, session: Defects['session'], part: Defects['part']): SourceSession {
  const faulty = over(inner, session?.(inner))
  if (part === undefined) return faulty
  return over<SourceSession>(faulty, {
    read: async function* (unit, request) {
      for await (const piece of faulty.read(unit, request)) yield over(piece, part(piece)) as Part
    },
  })
}

const open = memory.sink!

export const mutants: readonly Mutant[] = [
  {
    law: 1,
    defect: 'options that allow any key',
    connector: mutant({ spec: { source: { ...memory.source!, options: z.looseObject({}) } } }),
  },
  {
    law: 1,
    defect: 'a field without a title',
    connector: mutant({
      spec: { credentials: z.strictObject({ ...memory.credentials!.shape, extra: z.string().optional() }) },
    }),
  },
  {
    law: 1,
    defect: 'an alias that leads nowhere',
    connector: mutant({ spec: { aliases: { sink: { folder: 'no_such_key' } } } }),
  },
  {
    law: 2,
    defect: 'a check that looks at nothing',
    connector: mutant({ connection: () => ({ check: async () => {} }) }),
  },
  {
    law: 2,
    defect: 'a fault that shows the password in its cause',
    connector: mutant({
      connection: (inner, { password }) => ({
        check: () =>
          inner.check().catch((cause: Fault) => {
            throw leaking(cause, password)
          }),
      }),
    }),
  },
  {
    law: 2,
    defect: 'a refused login that is called transient',
    connector: mutant({
      connection: () => ({
        check: async () => {
          throw new Fault({ kind: 'transient', code: 'memory.password_wrong', message: 'no' })
        },
      }),
    }),
  },
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
    law: 6,
    defect: 'rows that are visible before commit',
    connector: mutant({
      writer: (inner) => ({
        prepare: async () => {
          const token = await inner.prepare()
          await inner.commit(token)
          return token
        },
      }),
    }),
  },
  {
    law: 6,
    defect: 'a repeated commit that applies twice',
    connector: mutant({
      writer: (inner, credentials) => ({ commit: (token) => commitAgain(inner, token, credentials) }),
    }),
  },
  {
    law: 6,
    defect: 'a file that lost its last byte',
    sink: { data_format: 'parquet' },
    connector: mutant({ writer: (inner) => ({ write: (batch) => inner.write(shortened(batch)) }) }),
  },
  {
    law: 7,
    defect: 'staged data that go when their writer goes',
    connector: mutant({
      writer: (inner) => ({
        [Symbol.asyncDispose]: async () => {
          await inner.sweep?.([])
          await inner[Symbol.asyncDispose]()
        },
      }),
    }),
  },
  {
    law: 8,
    defect: 'epochs that count for nothing',
    connector: mutant({
      connection: (inner) => ({ openWriter: (request) => inner.openWriter!({ ...request, epoch: 1 }) }),
    }),
  },
  {
    law: 8,
    defect: 'a fenced writer that pretends to have committed',
    connector: mutant({ writer: (inner) => ({ commit: (token) => inner.commit(token).catch(() => {}) }) }),
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
    law: 14,
    defect: 'a bad row that spoils its batch',
    connector: mutant({
      writer: (inner) => ({
        write: async (batch) => {
          const refused = await inner.write(batch)
          return refused.length === 0 || batch.kind !== 'rows'
            ? refused
            : batch.rows.map((_, index) => ({ ...refused[0]!, index }))
        },
      }),
    }),
  },
  {
    law: 14,
    defect: 'a bad row that is lost in silence',
    connector: mutant({
      writer: (inner) => ({
        write: async (batch) => {
          await inner.write(batch)
          return []
        },
      }),
    }),
  },
  {
    law: 15,
    defect: 'a plan that creates the target',
    connector: mutant({
      connection: (inner, credentials) => ({
        plan: async (request) => {
          const changes = await inner.plan!(request)
          await createTarget(credentials)
          return changes
        },
      }),
    }),
  },
  {
    law: 16,
    defect: 'a temporary file that stays',
    connector: mutant({
      connection: (inner) => ({
        check: async () => {
          await inner.check()
          await mkdtemp(join(tmpdir(), 'left-'))
        },
      }),
    }),
  },
  {
    law: 16,
    defect: 'a handle that stays open',
    connector: mutant({
      connection: (inner) => ({
        check: async () => {
          await inner.check()
          leakedPorts.push(listening())
        },
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
  {
    law: 21,
    defect: 'a sweep that sweeps everything',
    connector: mutant({ writer: (inner) => ({ sweep: () => inner.sweep!([]) }) }),
  },
  {
    law: 21,
    defect: 'a sweep that sweeps nothing',
    connector: mutant({ writer: () => ({ sweep: async () => {} }) }),
  },
  {
    law: 22,
    defect: 'file names that are cut at a special character',
    sink: { data_format: 'parquet' },
    connector: mutant({
      spec: { sink: open },
      writer: (inner) => ({ write: (batch) => inner.write(withNames(batch, (name) => name.split('#')[0] ?? name)) }),
    }),
  },
]

function leaking(fault: Fault, password: unknown): Fault {
  return new Fault({
    kind: fault.kind,
    code: fault.code,
    message: fault.message,
    cause: new Error(`login with ${String(password)}`),
  })
}

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

/** Stages the same blobs under another name, as a writer does that keeps no list of applied tokens. */
async function commitAgain(inner: Writer, token: JsonObject, credentials: JsonObject): Promise<void> {
  const space = spaceOf(credentials)
  const { applied } = await space.state()
  if (!applied.includes(String(token['stage']))) return inner.commit(token)
  await space.change('commit', (state) => ({
    ...state,
    rows: Object.fromEntries(Object.entries(state.rows).map(([path, keys]) => [path, [...keys, ...keys]])),
  }))
}

function shortened(batch: Batch): Batch {
  if (batch.kind === 'rows') return batch
  const files = batch.files.map((file) => ({
    ...file,
    bytes: file.bytes - 1,
    open: () => map(file.open(), (chunk, index) => (index === 1 ? chunk.subarray(0, -1) : chunk)),
  }))
  return { ...batch, files }
}

function withNames(batch: Batch, rename: (name: string) => string): Batch {
  return batch.kind === 'rows'
    ? batch
    : { ...batch, files: batch.files.map((file) => ({ ...file, name: rename(file.name) })) }
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

async function createTarget(credentials: JsonObject): Promise<void> {
  await spaceOf(credentials).change('prepare', (state) => ({ ...state, rows: { 'bucket/out': [], ...state.rows } }))
}

function openOnce(inner: ObjectPart): ObjectPart['open'] {
  let opened = false
  return (request) => {
    if (opened) return map(inner.open(request), (chunk) => chunk.subarray(chunk.length))
    opened = true
    return inner.open(request)
  }
}

async function* map<T, R>(stream: AsyncIterable<T>, change: (value: T, index: number) => R): AsyncIterable<R> {
  let index = 0
  for await (const value of stream) yield change(value, index++)
}

const leakedPorts: MessagePort[] = []

function listening(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  port1.on('message', () => {})
  leakedPorts.push(port2)
  return port1
}

/** Closes what the leaking mutants left, so that the test process can end. */
export function closeLeaks(): void {
  for (const port of leakedPorts.splice(0)) port.close()
}
