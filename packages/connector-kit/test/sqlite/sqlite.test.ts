import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { conformance, laws, tryLaw, type Conditions } from '../../conformance/index.ts'
import type { Connector, JsonObject, Part, SourceSession } from '../../src/index.ts'
import { sqlite } from './sqlite.connector.ts'
import { tablesIn } from './tables.ts'

for (const [way, options] of [
  ['INSERT', {}],
  ['UPSERT', { load_type: 'merge', key_columns: ['id'] }],
] as const)
  conformance(sqlite, {
    peer: { kind: 'real server', name: `SQLite, ${way}` },
    setup: () => setup({ table: 'out', create_destination: true, ...options }),
    ...(way === 'UPSERT' ? { parts: ['sink' as const] } : {}),
  })

async function setup(options: JsonObject): Promise<Conditions> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leat-sqlite-'))
  const file = path.join(folder, 'database.sqlite')
  const sql = (text: string): Record<string, unknown>[] => {
    const db = new DatabaseSync(file)
    try {
      const statement = db.prepare(text)
      statement.setReadBigInts(true)
      return statement.all()
    } finally {
      db.close()
    }
  }
  const tables = () => sql(`SELECT name FROM sqlite_schema WHERE type = 'table'`).map(({ name }) => String(name))
  sql('PRAGMA journal_mode = WAL')
  const notFinite = { refused: 'record', because: 'SQLite takes NaN for NULL, and its text has no infinity' } as const
  return {
    credentials: { path: file },
    badCredentials: [{ path: path.join(folder, 'no such folder', 'file') }],
    source: tablesIn(file),
    sink: {
      options,
      encoding: 'rows',
      rows: async () => (tables().includes('out') ? sql('SELECT * FROM out') : []),
      differences: {
        'double/nan': notFinite,
        'double/infinity': notFinite,
        'double/minus infinity': notFinite,
      },
      refusedChanges: { widen: 'SQLite never changes a column' },
      badRow: { id: 'no number', name: 'bad' },
      staged: async () => tables().filter((name) => name.startsWith('_leat_stage_')).length,
      elsewhere: { module: import.meta.resolve('./sqlite.connector.ts'), name: 'sqlite' },
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

test('PROMISE-SQL-SMALL a database that is new to the SQL kit needs its driver, a dialect and a bulk path: at most 300 lines', async () => {
  const folder = import.meta.dirname
  let lines = 0
  for (const name of await readdir(folder))
    if (/^sqlite[-.](database|dialect|connector)\.ts$/.test(name))
      lines += (await readFile(path.join(folder, name), 'utf8')).trimEnd().split('\n').length
  assert.ok(lines <= 300, `${lines} lines`)
})

/** The same database with one defect in its source. */
function broken(defects: (inner: SourceSession) => Partial<SourceSession>): Connector {
  return {
    ...sqlite,
    load: async () => ({
      connect: async (credentials, context) => {
        const inner = await (await sqlite.load()).connect(credentials, context)
        const source = (options: JsonObject): SourceSession => {
          const session = inner.source!(options)
          const { units, read } = session
          return { units, read, ...defects(session), [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() }
        }
        return { ...inner, source }
      },
    }),
  }
}

async function* changed(parts: AsyncIterable<Part>, change: (part: Part) => Part): AsyncGenerator<Part> {
  for await (const part of parts) yield change(part)
}

const deaf = new AbortController().signal
const mutants: readonly (readonly [law: number, defect: string, connector: Connector])[] = [
  [
    4,
    'a read that begins at the start again',
    broken((inner) => ({ read: (unit, request) => inner.read(unit, { ...request, checkpoint: null }) })),
  ],
  [
    5,
    'a read that does not hear that it was aborted',
    broken((inner) => ({
      read: (unit, request) =>
        changed(inner.read(unit, { ...request, signal: deaf }), (part) =>
          part.kind === 'object' ? { ...part, open: () => part.open() } : part,
        ),
    })),
  ],
  [
    19,
    'bytes that can be had once',
    broken((inner) => ({
      read: (unit, request) =>
        changed(inner.read(unit, request), (part) => {
          if (part.kind !== 'object') return part
          const bytes = part.open()
          return { ...part, open: () => bytes }
        }),
    })),
  ],
  [
    20,
    'a version that stays while the table changes',
    broken((inner) => ({
      units: async function* (request) {
        for await (const unit of inner.units(request)) yield { ...unit, version: 'same' }
      },
    })),
  ],
]

for (const [number, defect, connector] of mutants)
  test(`MUTANT law ${number} catches, where sources are tables, ${defect}`, async () => {
    const law = laws.find((one) => one.number === number)!
    const conditions = () => setup({ table: 'out', create_destination: true })
    await tryLaw(sqlite, law, conditions)
    await assert.rejects(tryLaw(connector, law, conditions))
  })
