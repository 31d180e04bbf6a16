import assert from 'node:assert/strict'
import type { Json, JsonObject, Part, Tree } from '../src/index.ts'
import { readUntilAborted } from './aborting.ts'
import type { TableConditions } from './conditions.ts'
import { copyTextRows } from './copy-text-rows.ts'
import type { OnSource } from './page-laws.ts'
import { lines, stored, unitsOf } from './reading.ts'
import { missing, never, within, type Subject } from './subject.ts'

/*
 * The laws of sources that read tables. Same numbers and same promises as in source-laws.ts. `put` makes a table of the members of its records, and the
 * source's own options read the one that is called `main`.
 */

type Row = Readonly<Record<string, unknown>>

async function rowsOf(part: Part): Promise<readonly Row[]> {
  return part.kind === 'rows' ? part.rows : await copyTextRows(part)
}

/** One read with these options, by a connection of its own; each part with its records. */
async function read(
  subject: Subject,
  options: JsonObject,
  checkpoints: ReadonlyMap<string, Json> = new Map(),
): Promise<readonly { readonly unit: string; readonly rows: readonly Row[]; readonly checkpoint: Json | undefined }[]> {
  await using connection = await subject.connect()
  await using session = connection.source?.(subject.sourceOptions(options)) ?? missing('source')
  const parts = []
  for (const unit of await unitsOf(session))
    for await (const part of session.read(unit, { checkpoint: checkpoints.get(unit.key) ?? null, signal: never() }))
      parts.push({ unit: unit.key, rows: await rowsOf(part), checkpoint: part.checkpoint })
  return parts
}

function ids(parts: readonly { readonly rows: readonly Row[] }[], column = 'n'): readonly number[] {
  return parts.flatMap(({ rows }) => rows.map((row) => Number(row[column]))).sort((left, right) => left - right)
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

function tablesOf({ source }: Subject): TableConditions {
  return source.tables ?? missing('source.tables')
}

export async function samplesMoveNoRow({ subject, connection, session }: OnSource): Promise<void> {
  for (const name of ['main', 'second', 'third']) await subject.source.put(name, lines(name, 21))
  const tree = await connection.tree?.({ depth: 5, limit: 2, signal: never() })
  assert.ok(tree !== undefined && countNodes(tree) <= 2 && countNodes(tree) > 0, 'a tree with limit 2')
  for (const unit of await unitsOf(session))
    for await (const part of session.read(unit, { checkpoint: null, signal: never() })) {
      if (part.kind === 'object') for await (const _ of part.open()) break
      break
    }
  await connection.check()
  const { whole, since } = tablesOf(subject)
  for (const options of [whole('main'), since('main')])
    assert.deepEqual(ids(await read(subject, options)), upTo(21), 'a later read gives every record')
}

function countNodes(tree: Tree): number {
  return Object.values(tree).reduce(
    (sum, node) => sum + 1 + (node.type === 'table' || Array.isArray(node.value) ? 0 : countNodes(node.value as Tree)),
    0,
  )
}

/** What is new is read once: from any checkpoint on, and in later reads, also when it shares the last value. */
export async function rowsResume({ subject }: OnSource): Promise<void> {
  const { whole, since, add } = tablesOf(subject)
  await subject.source.put('main', lines('main', 50))
  for (const options of [whole('main'), since('main')]) {
    const parts = await read(subject, options)
    assert.deepEqual(ids(parts), upTo(50), 'every record is read once')
    assert.notEqual(parts.at(-1)?.checkpoint, undefined, 'the last part carries a checkpoint')
  }
  const first = lastCheckpoint(await read(subject, since('main')))
  assert.deepEqual(ids(await read(subject, since('main'), first)), [], 'nothing comes after the last checkpoint')
  const added = [48, 49, 50, 5000, 5001, 9000]
  await add('main', Buffer.from(added.map((n) => `${JSON.stringify({ from: 'later', n, word: '' })}\n`).join('')))
  const later = await read(subject, since('main'), first)
  const found = ids(later)
  // The row below the last value is read where the source knows, or looks back for, what came late.
  assert.deepEqual(
    found.filter((n) => n !== 48),
    added.filter((n) => n !== 48),
  )
  for (const [index, { unit, checkpoint }] of later.entries()) {
    if (checkpoint === undefined) continue
    const rest = await read(subject, since('main'), new Map([[unit, stored(checkpoint)]]))
    assert.deepEqual(ids([...later.slice(0, index + 1), ...rest]), found, `resumed after part ${index + 1}`)
  }
  await wholeResumes(subject)
}

async function wholeResumes(subject: Subject): Promise<void> {
  await using connection = await subject.connect()
  await using session = connection.source?.(subject.sourceOptions(tablesOf(subject).whole('main'))) ?? missing('source')
  for (const unit of await unitsOf(session)) {
    const parts = []
    for await (const part of session.read(unit, { checkpoint: null, signal: never() })) parts.push(part.checkpoint)
    const last = parts.at(-1) ?? assert.fail('the last part carries a checkpoint')
    let rows = 0
    for await (const part of session.read(stored(unit), { checkpoint: stored(last), signal: never() }))
      rows += (await rowsOf(part)).length
    assert.equal(rows, 0, 'a read that has ended repeats nothing')
  }
}

function lastCheckpoint(parts: Awaited<ReturnType<typeof read>>): ReadonlyMap<string, Json> {
  return new Map(
    parts.flatMap(({ unit, checkpoint }) => (checkpoint === undefined ? [] : [[unit, stored(checkpoint)]])),
  )
}

const bigRows = 260_000

export async function abortsStopRows({ subject, session }: OnSource): Promise<void> {
  await tablesOf(subject).fill('main', bigRows)
  const [unit = missing('source.tables.fill')] = await unitsOf(session)
  for (const when of ['before', 'in the middle']) {
    const abort = new AbortController()
    if (when === 'before') abort.abort()
    const bytes = await within(10_000, readUntilAborted(session, unit, abort), `a read aborted ${when}`)
    assert.ok(bytes < bigRows * 8, `a read aborted ${when} went on to the end`)
    if (when === 'before') assert.equal(bytes, 0, 'a read that was aborted before it began gave bytes')
  }
}

export async function treeOfTablesCanBeRead({ subject, connection }: OnSource): Promise<string | void> {
  if (connection.tree === undefined) return 'the connection has no tree'
  const names = ['main', 'second', 'Third One']
  for (const [index, name] of names.entries()) await subject.source.put(name, lines(name, index + 2))
  const tree = await connection.tree({ depth: 9, path: subject.source.root, limit: 1000, signal: never() })
  assert.deepEqual(Object.keys(tree).sort(), [...names].sort(), 'the tree lists every table, and nothing else')
  for (const [name, { value }] of Object.entries(tree)) {
    const columns = (value as readonly { readonly name: string }[]).map((column) => column.name)
    const parts = await read(subject, tablesOf(subject).whole(name))
    assert.deepEqual(ids(parts), upTo(names.indexOf(name) + 2), `"${name}" from the tree is read`)
    assert.deepEqual(Object.keys(parts[0]?.rows[0] ?? {}), columns, `the columns of "${name}" in the tree`)
  }
}

const awkward = [
  'sp ace',
  'UPPER',
  'lower',
  'Mixed',
  'quote"d',
  "it's",
  'ünï-日本',
  'a.b',
  '50%',
  'select',
  '\\back',
  '$1',
]

export async function awkwardTablesAreRead({ subject }: OnSource): Promise<void> {
  const record = Object.fromEntries(awkward.map((name, index) => [name, index === 0 ? 7 : `in ${name}`]))
  const { refusedNames = {} } = tablesOf(subject)
  for (const name of awkward.filter((one) => refusedNames[one] === undefined)) {
    await subject.source.put(name, Buffer.from(`${JSON.stringify(record)}\n`))
    const rows = (await read(subject, tablesOf(subject).whole(name))).flatMap((part) => part.rows)
    assert.deepEqual(
      rows.map((row) => ({ ...row, 'sp ace': Number(row['sp ace']) })),
      [record],
      `the table "${name}" is read`,
    )
  }
}

export async function tablesOpenAgain({ subject, session }: OnSource): Promise<void> {
  await subject.source.put('main', lines('main', 200))
  for (const unit of await unitsOf(session))
    for await (const part of session.read(unit, { checkpoint: null, signal: never() })) {
      if (part.kind === 'object') for await (const _ of part.open()) break
      const [first, ...others] = [await rowsOf(part), ...(await Promise.all([rowsOf(part), rowsOf(part)]))]
      assert.deepEqual(ids([{ rows: first ?? [] }]), upTo(200))
      for (const other of others) assert.deepEqual(ids([{ rows: other }]), upTo(200), 'open() gives the whole again')
    }
}

/** A table has no version that could be asked for: each run reads it, under the same key. */
export async function everyRunReads({ subject, session }: OnSource): Promise<void> {
  await subject.source.put('main', lines('main', 3))
  const [first, second] = [await unitsOf(session), await unitsOf(session)]
  assert.deepEqual(
    second.map(({ key }) => key),
    first.map(({ key }) => key),
    'the keys stay',
  )
  for (const [index, { version }] of first.entries())
    if (version !== null) assert.notEqual(second[index]?.version, version, 'a later run reads the table again')
}
