import assert from 'node:assert/strict'
import type { Connection, DataType, JsonObject, Schema, Token } from '../src/index.ts'
import { commitInherited } from './later-commit.ts'
import { hasSink, stages, type Law } from './law.ts'
import { stored } from './reading.ts'
import { canonicalText } from './same-value.ts'
import { faultOf, type Subject } from './subject.ts'
import { batchOfRows, keepsRows, openWriter, recordsOf, shownAs, visible } from './writing.ts'

type Change = 'add' | 'widen' | 'drop' | 'rename'
type Refused = Readonly<Partial<Record<Change, string>>>

interface Round {
  readonly change: Change | null
  readonly schema: Schema
  readonly rows: readonly JsonObject[]
}

const scalar = (name: 'BIGINT' | 'INTEGER' | 'VARCHAR' | 'DATE'): DataType => ({ kind: 'scalar', name })
const schemaOf = (fields: Readonly<Record<string, DataType>>): Schema => ({
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
})

const wide: DataType = { kind: 'decimal', precision: 38, scale: 4 }

/** The widest type that each column may have had. */
const columns: Readonly<Record<string, DataType>> = {
  id: scalar('BIGINT'),
  name: scalar('VARCHAR'),
  amount: wide,
  day: scalar('DATE'),
  renamed_day: scalar('DATE'),
}

/**
 * Each delivery comes from a nexset whose schema has changed since the last: what it held stays, what it holds now lands. A change that the
 * destination refuses is tried, and the next rounds go on without it.
 */
function roundsFor(refused: Refused): readonly Round[] {
  const names = { id: columns['id']!, name: columns['name']!, amount: scalar('INTEGER') }
  const rounds: Round[] = [
    { change: null, schema: schemaOf(names), rows: [{ id: '1', name: 'before', amount: 2_147_483_647 }] },
  ]
  let fields: Readonly<Record<string, DataType>> = names
  const round = (change: Change, next: Readonly<Record<string, DataType>>, row: JsonObject): void => {
    const rows = [Object.fromEntries(Object.entries(row).filter(([name]) => name in next))]
    rounds.push({ change, schema: schemaOf(next), rows })
    if (refused[change] === undefined) fields = next
  }
  round('add', { ...fields, day: scalar('DATE') }, { id: '2', name: 'added', amount: 2, day: '2026-11-23' })
  round('widen', { ...fields, amount: wide }, { id: '3', name: '', amount: '12345678901234567890.0001', day: null })
  round('drop', without(fields, 'name'), { id: '4', name: 'kept', amount: 5, day: '1999-12-31' })
  round(
    'rename',
    { ...without(fields, 'day'), renamed_day: scalar('DATE') },
    { id: '5', name: 'kept', amount: null, renamed_day: '2024-02-29' },
  )
  return rounds
}

function without(fields: Readonly<Record<string, DataType>>, name: string): Readonly<Record<string, DataType>> {
  return Object.fromEntries(Object.entries(fields).filter(([candidate]) => candidate !== name))
}

const schemasMayChange: Law = {
  number: 12,
  title: 'a schema changes between deliveries (add, widen, drop, rename): old records stay, new ones land',
  part: 'sink',
  applies: hasSink,
  run: async (subject) => {
    await using connection = await subject.connect()
    const { refusedChanges = {} } = subject.sink
    const before = keepsRows(subject) ? [] : await visible(subject)
    const expected: string[] = [...before]
    let epoch = 1
    let last: Round | undefined
    for (const round of roundsFor(refusedChanges)) {
      const refused = round.change === null ? undefined : refusedChanges[round.change]
      if (refused === undefined) {
        await deliver(subject, connection, round, epoch)
        expected.push(...(await shown(subject, round)))
        last = round
      } else await isRefused(subject, connection, round, epoch)
      assert.deepEqual(await seen(subject), expected.toSorted(), `after ${round.change ?? 'the first delivery'}`)
      epoch += 1
    }
    if (last !== undefined && stages(subject.connector))
      await tokenOfOldSchema(subject, connection, { last, expected, epoch, refusedChanges })
  },
}

async function deliver(subject: Subject, connection: Connection, round: Round, epoch: number): Promise<void> {
  await using writer = await openWriter(subject, connection, epoch, requestOf(subject, round))
  const rejections = await writer.write(await batchOfRound(subject, round))
  assert.deepEqual(rejections, [], `no record is rejected after ${round.change ?? 'nothing'}`)
  await writer.commit(await writer.prepare())
}

function requestOf(subject: Subject, { schema }: Round): { schema: Schema; options: JsonObject } {
  return { schema, options: subject.sinkOptions(subject.sink.valueOptions ?? subject.sink.options) }
}

function batchOfRound(subject: Subject, round: Round): ReturnType<typeof batchOfRows> {
  return batchOfRows(subject, round.schema, round.rows, `schema-${String(round.rows[0]?.['id'])}`)
}

async function isRefused(subject: Subject, connection: Connection, round: Round, epoch: number): Promise<void> {
  const fault = await faultOf(() => deliver(subject, connection, round, epoch), `a delivery after ${round.change}`)
  assert.ok(['config', 'data', 'unsupported'].includes(fault.kind), `the fault is ${fault.kind} (${fault.code})`)
}

/** A delivery that died after its token was stored is finished by a writer that already has the next schema. */
async function tokenOfOldSchema(
  subject: Subject,
  connection: Connection,
  given: { last: Round; expected: readonly string[]; epoch: number; refusedChanges: Refused },
): Promise<void> {
  const { last, expected, epoch, refusedChanges } = given
  const late: Round = { ...last, rows: [{ ...last.rows[0], id: '6' }] }
  const token = await prepareOnly(subject, connection, late, epoch)
  assert.deepEqual(await seen(subject), expected.toSorted(), 'a staged delivery is invisible')
  const later = [...last.schema.fields, { name: 'later', type: scalar('VARCHAR') }]
  const next: Round = refusedChanges.add === undefined ? { ...last, schema: { fields: later } } : last
  await using writer = await openWriter(subject, connection, epoch + 1, requestOf(subject, next))
  const batch = await batchOfRound(subject, { ...late, schema: next.schema })
  await commitInherited(subject, writer, { token, batch, seen: () => seen(subject) })
  const after = [...expected, ...(await shown(subject, late))].sort()
  assert.deepEqual(await seen(subject), after, 'a token of the old schema is committed by a writer with the new one')
}

async function prepareOnly(subject: Subject, connection: Connection, round: Round, epoch: number): Promise<Token> {
  await using writer = await openWriter(subject, connection, epoch, requestOf(subject, round))
  await writer.write(await batchOfRound(subject, round))
  return stored(await writer.prepare())
}

async function seen(subject: Subject): Promise<readonly string[]> {
  if (!keepsRows(subject)) return await visible(subject)
  return (await recordsOf(subject.sink)).map(textOf).sort()
}

async function shown(subject: Subject, round: Round): Promise<readonly string[]> {
  return keepsRows(subject) ? round.rows.map(textOf) : await shownAs(subject, [await batchOfRound(subject, round)])
}

/** A column that a record has not is null. */
function textOf(row: Readonly<Record<string, unknown>>): string {
  return Object.entries(columns)
    .map(([name, type]) => `${name}=${canonicalText(type, row[name])}`)
    .join(' ')
}

export const schemaLaws: readonly Law[] = [schemasMayChange]
