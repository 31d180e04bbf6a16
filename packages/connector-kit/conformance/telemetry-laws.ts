import assert from 'node:assert/strict'
import { secretValues, telemetryEvents, type TelemetryEvent, type TelemetryFields } from '../src/index.ts'
import type { Law } from './law.ts'
import { lines, readAll } from './reading.ts'
import { missing, never, type Subject } from './subject.ts'
import { batchOf, encodingOf, openWriter } from './writing.ts'

interface Told {
  readonly event: TelemetryEvent
  readonly fields: TelemetryFields
}

const telemetryIsEmitted: Law = {
  number: 17,
  title: 'the stated telemetry was emitted: every event, no other, with the right bytes and without secrets',
  part: 'connection',
  applies: (spec) => spec.telemetry !== undefined,
  run: async (subject) => {
    const { connector, conditions } = subject
    const stated = connector.telemetry ?? missing('telemetry')
    assert.ok(stated.length > 0, 'telemetry that is stated names an event')
    for (const event of stated) assert.ok(telemetryEvents.includes(event), `there is no event "${event}"`)
    const told: Told[] = []
    const observe = (event: TelemetryEvent, fields: TelemetryFields): void => void told.push({ event, fields })
    await using connection = await subject.connect(conditions.credentials, never(), observe)
    await connection.check()
    if (conditions.source !== undefined) await readOne(subject, connection, told)
    if (conditions.sink !== undefined && connector.sink !== undefined) await deliverOne(subject, connection, told)
    const seen = [...new Set(told.map(({ event }) => event))].sort()
    assert.deepEqual(seen, [...stated].sort(), 'what was emitted is what is stated')
    const secrets = connector.credentials ? secretValues(connector.credentials, conditions.credentials) : []
    const text = JSON.stringify(told)
    for (const secret of secrets.filter((value) => value.length >= 4))
      assert.ok(!text.includes(secret), 'an event shows a secret')
    for (const { event, fields } of told)
      for (const [name, value] of Object.entries(fields))
        assert.ok(['string', 'number'].includes(typeof value), `"${name}" of "${event}" is neither text nor number`)
  },
}

async function readOne(subject: Subject, connection: Awaited<ReturnType<Subject['connect']>>, told: readonly Told[]) {
  const body = lines('telemetry', 5)
  await subject.source.put('telemetry.json', body)
  await using session = connection.source?.(subject.sourceOptions()) ?? missing('source')
  const before = told.length
  await readAll(session)
  const reads = told.slice(before).filter(({ event }) => event === 'object read')
  if (reads.length === 0) return
  assert.equal(
    reads.reduce((sum, { fields }) => sum + Number(fields['bytes']), 0),
    body.length,
    'the bytes of the events are those that were read',
  )
  for (const { fields } of reads) assert.match(String(fields['origin']), /telemetry\.json$/, 'the object is named')
}

async function deliverOne(
  subject: Subject,
  connection: Awaited<ReturnType<Subject['connect']>>,
  told: readonly Told[],
) {
  await using writer = await openWriter(subject, connection, 1)
  const batch = await batchOf(subject, 0, 4)
  await writer.write(batch)
  const token = await writer.prepare()
  const published = (): number => told.filter(({ event }) => event === 'object published').length
  assert.equal(published(), 0, 'nothing is told to be published before the commit')
  const staged = told.filter(({ event }) => event === 'object staged')
  if (batch.kind === 'files' && staged.length > 0)
    assert.equal(
      staged.reduce((sum, { fields }) => sum + Number(fields['bytes']), 0),
      batch.files.reduce((sum, file) => sum + file.bytes, 0),
      `the bytes of the events are those of the ${encodingOf(subject)} files`,
    )
  await writer.commit(token)
  const once = published()
  await writer.commit(token)
  assert.equal(published(), once, 'a repeated commit publishes nothing, and tells of nothing')
}

export const telemetryLaws: readonly Law[] = [telemetryIsEmitted]
