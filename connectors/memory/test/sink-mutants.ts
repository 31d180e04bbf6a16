import { stagedLost, type Batch, type JsonObject, type Writer } from '@leat/connector-kit'
import { memory, spaceOf } from '../src/index.ts'
import { map, mutant, type Mutant } from './mutate.ts'

const inTransaction = { spec: { sink: { ...memory.sink!, staging: 'transaction' } } } as const

export const sinkMutants: readonly Mutant[] = [
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
    law: 7,
    defect: 'rows that went with their transaction, and a later commit that does not say so',
    connector: mutant({
      ...inTransaction,
      writer: (inner) => ({
        commit: (token) => inner.commit(token).catch(() => {}),
        [Symbol.asyncDispose]: async () => {
          await inner.sweep?.([])
          await inner[Symbol.asyncDispose]()
        },
      }),
    }),
  },
  {
    law: 7,
    defect: 'a commit that calls lost what it made visible',
    connector: mutant({
      ...inTransaction,
      writer: (inner) => ({
        commit: async (token) => {
          await inner.commit(token)
          throw stagedLost('The rows are lost, so it seems.')
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
      writer: (inner) => ({ write: (batch) => inner.write(withNames(batch, (name) => name.split('#')[0] ?? name)) }),
    }),
  },
  {
    law: 24,
    defect: 'a commit that loses what was written',
    connector: mutant({ writer: () => ({ commit: async () => {} }) }),
  },
  {
    law: 24,
    defect: 'a token that is worth nothing without its writer',
    connector: mutant({
      writer: (inner) => ({
        [Symbol.asyncDispose]: async () => {
          await inner.sweep?.([]).catch(() => {})
          await inner[Symbol.asyncDispose]()
        },
      }),
    }),
  },
  {
    law: 24,
    defect: 'a repeated commit that sends again',
    connector: mutant({
      writer: (inner, credentials) => ({ commit: (token) => commitAgain(inner, token, credentials) }),
    }),
  },
]

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

async function createTarget(credentials: JsonObject): Promise<void> {
  await spaceOf(credentials).change('prepare', (state) => ({ ...state, rows: { 'bucket/out': [], ...state.rows } }))
}
