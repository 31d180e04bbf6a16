import assert from 'node:assert/strict'
import { type Connection, type Part, type Rejection, type Token } from '../src/index.ts'
import type { SourceValues } from './conditions.ts'
import { copyTextRows } from './copy-text-rows.ts'
import { decodeRows, encodeRows } from './encode-rows.ts'
import { hasSink, hasSource, type Law } from './law.ts'
import { wholeText } from './page-laws.ts'
import { bytesOf, textOf, unitsOf } from './reading.ts'
import { canonicalText } from './same-value.ts'
import { faultOf, missing, never, type Subject } from './subject.ts'
import { differenceOf, valueCases, valueRows, valueSchema, type Differences, type ValueCase } from './values.ts'
import { batchOfRows, keepsRows, openWriter, recordsOf, shownAs, visible } from './writing.ts'

const valuesAreKept: Law = {
  number: 11,
  title: 'the value table survives a delivery, and what cannot be held is refused and not changed',
  part: 'sink',
  applies: hasSink,
  run: async (subject) => {
    await using connection = await subject.connect()
    const { differences } = subject.sink
    requireKnown(differences)
    if (!keepsRows(subject)) return await filesAreKept(subject, connection)
    const cases = valueCases.filter((one) => !isRefused(one, 'column', differences))
    await columnsAreRefused(subject, connection)
    const rejections = await deliverCases(subject, connection, cases)
    requireRejections(cases, rejections, differences)
    const shown = new Map((await recordsOf(subject.sink)).map((row) => [canonicalText(idType, row['id']), row]))
    const missed = cases.filter((one, index) => !isRefused(one, 'record', differences) && !shown.has(idOf(index)))
    assert.deepEqual(ids(missed), [], 'every record is there')
    compare(cases, (index) => shown.get(idOf(index)), differences)
  },
}

const idType = { kind: 'scalar', name: 'BIGINT' } as const

function idOf(index: number): string {
  return canonicalText(idType, index + 1)
}

function ids(cases: readonly ValueCase[]): readonly string[] {
  return cases.map(({ id }) => id)
}

function isRefused(one: ValueCase, how: 'record' | 'column', differences?: Differences): boolean {
  const difference = differenceOf(one, differences)
  return difference !== undefined && 'refused' in difference && difference.refused === how
}

/** A difference that names no case would hide a spelling mistake. */
function requireKnown(differences: Differences = {}): void {
  const known = new Set(valueCases.flatMap(({ id, column }) => [id, column]))
  for (const [key, { because }] of Object.entries(differences)) {
    assert.ok(known.has(key), `the difference "${key}" is neither a case nor a column of the value table`)
    assert.notEqual(because.trim(), '', `the difference "${key}" gives no reason`)
  }
}

/** Files are bytes to the connector; which values a format can hold is shown by the tests of the formats. */
async function filesAreKept(subject: Subject, connection: Connection): Promise<void> {
  const schema = valueSchema()
  const batch = await batchOfRows(subject, schema, valueRows(), 'values')
  await using writer = await openWriter(subject, connection, 1, { schema })
  const before = await visible(subject)
  assert.deepEqual(await writer.write(batch), [], 'nothing of a file is rejected')
  await writer.commit(await writer.prepare())
  const expected = [...before, ...(await shownAs(subject, [batch]))].sort()
  assert.deepEqual(await visible(subject), expected, 'the file has the bytes that were written')
}

async function deliverCases(
  subject: Subject,
  connection: Connection,
  cases: readonly ValueCase[],
): Promise<readonly Rejection[]> {
  const schema = valueSchema(cases)
  const options = subject.sinkOptions(subject.sink.valueOptions ?? subject.sink.options)
  await using writer = await openWriter(subject, connection, 1, { schema, options })
  const rejections = await writer.write(await batchOfRows(subject, schema, valueRows(cases), 'values'))
  const token: Token = await writer.prepare()
  await writer.commit(token)
  return rejections
}

function requireRejections(
  cases: readonly ValueCase[],
  rejections: readonly Rejection[],
  differences?: Differences,
): void {
  const refused = rejections.map(({ index, reason }) => `${cases[index]?.id ?? `record ${index}`}: ${reason}`)
  const expected = cases.filter((one) => isRefused(one, 'record', differences))
  assert.deepEqual(
    rejections.map(({ index }) => cases[index]?.id).sort(),
    [...ids(expected)].sort(),
    `the records that it says it refuses, and no other; it refused ${refused.join('; ')}`,
  )
}

/** A type that the destination has not: said when it is opened or written to, not found out by a reader later. */
async function columnsAreRefused(subject: Subject, connection: Connection): Promise<void> {
  const refused = valueCases.filter((one) => isRefused(one, 'column', subject.sink.differences))
  for (const column of new Set(refused.map((one) => one.column))) {
    const cases = refused.filter((one) => one.column === column)
    const fault = await faultOf(() => deliverCases(subject, connection, cases), `a delivery of a column of ${column}`)
    assert.ok(['config', 'data', 'unsupported'].includes(fault.kind), `the fault is ${fault.kind} (${fault.code})`)
    assert.ok(fault.message.includes(column), `the fault names the column "${column}": ${fault.message}`)
  }
}

function compare(
  cases: readonly ValueCase[],
  rowOf: (index: number) => Readonly<Record<string, unknown>> | undefined,
  differences?: Differences,
): void {
  const wrong = cases.flatMap((one, index) => {
    const row = rowOf(index)
    const difference = differenceOf(one, differences)
    if (row === undefined || (difference !== undefined && 'refused' in difference)) return []
    const expected = canonicalText(one.type, difference === undefined ? one.value : difference.shown)
    const found = canonicalText(one.type, row[one.column])
    const others = cases.filter(({ column }) => column !== one.column && (row[column] ?? null) !== null)
    if (others.length > 0) return [`${one.id}: ${others[0]?.column} has a value too`]
    return found === expected ? [] : [`${one.id}: ${short(expected)} became ${short(found)}`]
  })
  assert.deepEqual(wrong, [], 'values that changed on the way')
}

function short(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

const valuesAreRead: Law = {
  number: 23,
  title: 'the value table survives a read',
  part: 'source',
  applies: hasSource,
  run: async (subject) => {
    await using connection = await subject.connect()
    const { values } = subject.source
    if (values !== undefined) return await tableIsRead(subject, connection, values)
    return await bytesAreRead(subject, connection)
  },
}

async function tableIsRead(subject: Subject, connection: Connection, values: SourceValues): Promise<void> {
  requireKnown(values.differences)
  const cases = valueCases.filter((one) => !isRefused(one, 'column', values.differences))
  assert.ok(cases.length > valueCases.length / 4, 'most of the value table is tried')
  await values.put(cases, valueSchema(cases))
  await using session = connection.source?.(subject.sourceOptions(values.options)) ?? missing('source')
  const rows = new Map<string, Readonly<Record<string, unknown>>>()
  let count = 0
  for (const unit of await unitsOf(session))
    for await (const part of session.read(unit, { checkpoint: null, signal: never() }))
      for (const row of await (values.records ?? recordsOfPart)(part)) {
        rows.set(canonicalText(idType, row['id']), row)
        count += 1
      }
  assert.equal(count, cases.length, 'every record is read once')
  compare(cases, (index) => rows.get(idOf(index)), values.differences)
}

async function recordsOfPart(part: Part): Promise<readonly Readonly<Record<string, unknown>>[]> {
  if (part.kind === 'rows') return part.rows
  if (part.format === 'copy_text') return await copyTextRows(part)
  const text = await textOf(part)
  return decodeRows(part.format === 'csv' || part.format === 'tsv' ? part.format : 'ndjson', text)
}

/** Objects are bytes to the connector, also where they are no text. */
async function bytesAreRead(subject: Subject, connection: Connection): Promise<void> {
  const { source } = subject
  const lines = valueRows().map((row) => `${JSON.stringify(row)}\n`)
  await source.put('values.json', Buffer.from(lines.join('')))
  await using session = connection.source?.(subject.sourceOptions()) ?? missing('source')
  if (source.pages !== undefined) {
    const text = await wholeText(session)
    assert.deepEqual(text.split('\n'), lines.join('').split('\n'), 'the records are as they were put')
    if (!source.pages.bytes) return
  }
  const [unit = missing('source.put')] = await unitsOf(session)
  const kinds = new Set<Part['kind']>()
  let text = ''
  for await (const part of session.read(unit, { checkpoint: null, signal: never() })) {
    kinds.add(part.kind)
    text += await textOf(part)
  }
  assert.deepEqual(text.split('\n'), lines.join('').split('\n'), 'the records are as they were put')
  if (!kinds.has('object')) return
  await source.put('values.json', noText)
  const [again = missing('source.put')] = await unitsOf(session)
  const pieces: Buffer[] = []
  for await (const part of session.read(again, { checkpoint: null, signal: never() }))
    if (part.kind === 'object') pieces.push(await bytesOf(part.open()))
  assert.ok(noText.equals(Buffer.concat(pieces)), 'bytes that are no text are read as they are')
}

/** Every byte, alone and after those that begin a character of UTF-8, and a file with every value. */
const noText = Buffer.concat([
  Buffer.from([0xef, 0xbb, 0xbf]),
  Buffer.from(Array.from({ length: 1024 }, (_, index) => (index % 2 === 0 ? 0xc3 : index >> 2))),
  encodeRows('csv', valueSchema(), valueRows()),
])

export const valueLaws: readonly Law[] = [valuesAreKept, valuesAreRead]
