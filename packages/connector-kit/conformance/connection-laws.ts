import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { inspect } from 'node:util'
import { describeConnector, secretValues, type Fault, type Json, type JsonObject } from '../src/index.ts'
import type { Conditions } from './conditions.ts'
import type { Law } from './law.ts'
import { firstPart } from './page-laws.ts'
import { lines, readAll, unitsOf } from './reading.ts'
import { faultOf, missing, never, type Subject } from './subject.ts'
import { batchOf, openWriter } from './writing.ts'

const optionsAreClosed: Law = {
  number: 1,
  title: 'options render as closed JSON Schema with titles',
  part: 'connection',
  applies: () => true,
  run: async ({ connector }) => {
    assert.match(connector.type, /^[a-z][a-z0-9_]*$/, 'the type is a wire name')
    const { credentials, source, sink } = describeConnector(connector) as Record<string, JsonObject | undefined>
    const schemas = { credentials, source: source?.['options'], sink: sink?.['options'] } as Record<
      string,
      JsonObject | undefined
    >
    for (const [part, schema] of Object.entries(schemas)) {
      if (schema === undefined) continue
      const others = schema['additionalProperties']
      const described = part === 'credentials' && isText((others as JsonObject | undefined)?.['description'])
      assert.ok(others === false || described, `${part} is not closed: use z.strictObject`)
      const properties = schema['properties'] as Record<string, JsonObject>
      for (const [key, field] of Object.entries(properties)) {
        assert.ok(isText(field['title']), `${part} field "${key}" has no title`)
        assert.ok(isText(field['description']), `${part} field "${key}" has no description`)
      }
      const aliases = connector.aliases?.[part as 'credentials' | 'source' | 'sink'] ?? {}
      for (const [alias, key] of Object.entries(aliases))
        assert.ok(key in properties, `${part} alias "${alias}" leads to "${key}", which is no field`)
    }
  },
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value !== ''
}

const badCredentialsAreTold: Law = {
  number: 2,
  title: 'bad credentials give an auth or config fault without the secret, the same for a check and a run',
  part: 'connection',
  applies: (spec) => spec.credentials !== undefined,
  run: async (subject) => {
    const { connector, conditions } = subject
    const schema = connector.credentials ?? missing('credentials')
    const all = conditions.badCredentials ?? missing('badCredentials')
    assert.ok(all.length > 0, 'badCredentials is empty')
    for (const credentials of all) {
      const secrets = secretValues(schema, credentials).filter((secret) => secret.length >= 4)
      const checked = await faultOf(() => checkWith(subject, credentials), 'a check with bad credentials')
      const faults = [checked]
      if (conditions.source !== undefined)
        faults.push(await faultOf(() => listWith(subject, credentials), 'a listing with bad credentials'))
      for (const fault of faults) {
        assert.ok(
          ['auth', 'config'].includes(fault.kind),
          `the fault is ${fault.kind} (${fault.code}): ${fault.message}`,
        )
        assert.equal(fault.code, checked.code, 'a check and a run meet the same fault')
        refuseSecrets(fault, secrets)
      }
    }
  },
}

async function checkWith(subject: Subject, credentials: JsonObject): Promise<void> {
  await using connection = await subject.connect(credentials)
  await connection.check()
}

async function listWith(subject: Subject, credentials: JsonObject): Promise<void> {
  await using connection = await subject.connect(credentials)
  await using session = connection.source?.(subject.sourceOptions()) ?? missing('source')
  // Pages are asked for when they are read; a listing of objects is asked for itself.
  if (subject.source.pages !== undefined) await firstPart(session)
  else await unitsOf(session)
}

function refuseSecrets(fault: Fault, secrets: readonly string[]): void {
  const everything = `${inspect(fault, { depth: 12, showHidden: true, maxStringLength: null })}\n${fault.stack ?? ''}`
  for (const secret of secrets)
    assert.ok(!everything.includes(secret), `the fault ${fault.code} shows a secret (message, cause or stack)`)
}

const nothingLeaks: Law = {
  number: 16,
  title: 'nothing leaks after dispose: handles, sockets, temporary files',
  part: 'connection',
  applies: () => true,
  run: async (subject) => {
    const { conditions } = subject
    if (conditions.source !== undefined)
      await conditions.source.put(conditions.source.tables === undefined ? 'leak/a.json' : 'main', lines('a', 3))
    await useEverything(subject) // the driver is loaded and its pools are warm before anything is counted
    const scratch = await mkdtemp(join(tmpdir(), 'leat-law16-'))
    const before = { resources: resources(), handles: await settledHandles(conditions), tmp: process.env['TMPDIR'] }
    process.env['TMPDIR'] = scratch
    try {
      for (let round = 0; round < 3; round++) await useEverything(subject)
    } finally {
      if (before.tmp === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before.tmp
    }
    const files = await readdir(scratch)
    await rm(scratch, { recursive: true, force: true })
    assert.deepEqual(files, [], 'temporary files are left')
    assert.equal(await settledHandles(conditions), before.handles, 'handles are left open')
    await settleTo(before.resources)
  },
}

/** Handles close a moment after they were told to: the count that stays the same for a while. */
async function settledHandles(conditions: Conditions): Promise<number | undefined> {
  let count = await conditions.openHandles?.()
  for (let same = 0, attempt = 0; same < 4 && attempt < 50 && count !== undefined; attempt++) {
    await setTimeout(25)
    const now = await conditions.openHandles?.()
    same = now === count ? same + 1 : 0
    count = now
  }
  return count
}

/** Sockets close a moment after they were told to: waits for it, and fails when they stay. */
async function settleTo(before: ReadonlyMap<string, number>): Promise<void> {
  let more: string[] = []
  for (let attempt = 0; attempt < 50; attempt++) {
    more = [...resources()]
      .filter(([type, count]) => count > (before.get(type) ?? 0))
      .map(([type, count]) => `${count} ${type}`)
    if (more.length === 0) return
    await setTimeout(100)
  }
  assert.fail(`more resources are active than before: ${more.join(', ')}`)
}

function resources(): ReadonlyMap<string, number> {
  const counted = process
    .getActiveResourcesInfo()
    .filter((type) => !/^(Timeout|Immediate|TickObject|Microtask)$/.test(type))
  return new Map(Object.entries(Object.groupBy(counted, (type) => type)).map(([type, all]) => [type, all?.length ?? 0]))
}

/** One round of everything that the connector can do, a read left in the middle included. */
async function useEverything(subject: Subject): Promise<void> {
  const { conditions, connector } = subject
  await using connection = await subject.connect()
  await connection.check()
  if (conditions.source !== undefined && connection.source !== undefined) {
    await connection.tree?.({ depth: 3, limit: 100, signal: never() })
    await using session = connection.source(subject.sourceOptions())
    await readAll(session)
    await leaveInTheMiddle(session)
  }
  if (conditions.sink !== undefined && connector.sink !== undefined) {
    await using writer = await openWriter(subject, connection, 1)
    await writer.write(await batchOf(subject, 0, 3))
    await writer.commit(await writer.prepare())
    await writer.write(await batchOf(subject, 10, 3)) // never prepared: disposed with something written
  }
}

async function leaveInTheMiddle(
  session: ReturnType<NonNullable<Awaited<ReturnType<Subject['connect']>>['source']>>,
): Promise<void> {
  for (const unit of await unitsOf(session)) {
    for await (const part of session.read(unit, { checkpoint: null, signal: never() })) {
      if (part.kind !== 'object') break
      for await (const _ of part.open()) break
      break
    }
  }
}

export const connectionLaws: readonly Law[] = [optionsAreClosed, badCredentialsAreTold, nothingLeaks]
