import assert from 'node:assert/strict'
import type { Connection, Json, Part, SourceSession, Unit } from '../src/index.ts'
import { bytesOf, lines, stored, textOf, unitsOf } from './reading.ts'
import { missing, never, type Subject } from './subject.ts'

/*
 * The laws of sources where objects are no units: pages of an API, which are parts of one unit, and records that were pushed. Same numbers and same
 * promises as in source-laws.ts and value-laws.ts.
 */

export interface OnSource {
  readonly subject: Subject
  readonly connection: Connection
  readonly session: SourceSession
}

interface Page {
  readonly origin: string
  readonly text: string
  readonly checkpoint: Json | undefined
}

async function pagesOf(session: SourceSession, unit: Unit, checkpoint: Json = null): Promise<readonly Page[]> {
  const pages: Page[] = []
  for await (const part of session.read(unit, { checkpoint, signal: never() }))
    pages.push({ origin: part.origin, text: await textOf(part), checkpoint: part.checkpoint })
  return pages
}

async function allPages(session: SourceSession): Promise<readonly Page[]> {
  const pages: Page[] = []
  for (const unit of await unitsOf(session)) pages.push(...(await pagesOf(session, unit)))
  return pages
}

const textsOf = (pages: readonly Page[]): string => pages.map(({ text }) => text).join('')

/** What `units` tells that counts: the payload may hold the moment of the listing. */
const identities = (units: readonly Unit[]) => units.map(({ key, version }) => ({ key, version }))

async function withFresh<T>(subject: Subject, use: (session: SourceSession) => Promise<T>): Promise<T> {
  await using connection = await subject.connect()
  await using session = connection.source?.(subject.sourceOptions()) ?? missing('source')
  return await use(session)
}

export async function samplesMoveNoPage({ subject, connection, session }: OnSource): Promise<void> {
  for (let n = 0; n < 7; n++) await subject.source.put(`folder-${n % 2}/object-${n}.json`, lines(`object-${n}`, 3))
  const before = await unitsOf(session)
  const tree = await connection.tree?.({ depth: 5, path: subject.source.root, limit: 3, signal: never() })
  assert.ok(Object.keys(tree ?? {}).length <= 3, 'a tree with limit 3 has more')
  for await (const part of session.read(before[0] ?? missing('source.put'), { checkpoint: null, signal: never() })) {
    if (part.kind === 'object') for await (const _ of part.open()) break
    break
  }
  await connection.check()
  await withFresh(subject, async (after) => {
    assert.deepEqual(identities(await unitsOf(after)), identities(before), 'a later listing shows the same units')
    assert.equal(textsOf(await allPages(after)).split('\n').length, 22, 'a later read gives all 21 records')
  })
}

export async function pagesResume({ subject, session }: OnSource): Promise<void> {
  const bodies = [lines('a', 5), lines('b', 1), lines('c', 120)]
  for (const [index, body] of bodies.entries()) await subject.source.put(`object-${index}.json`, body)
  const units = await unitsOf(session)
  const read: string[] = []
  for (const unit of units) {
    const pages = await pagesOf(session, unit)
    read.push(textsOf(pages))
    assert.notEqual(pages.at(-1)?.checkpoint, undefined, 'the last part carries a checkpoint')
    for (const [index, { checkpoint }] of pages.entries()) {
      if (checkpoint === undefined) continue
      const rest = await withFresh(subject, (fresh) => pagesOf(fresh, stored(unit), stored(checkpoint)))
      const whole = `${textsOf(pages.slice(0, index + 1))}${textsOf(rest)}`
      assert.equal(whole, textsOf(pages), `"${unit.key}" resumed after part ${index + 1} of ${pages.length}`)
    }
  }
  assert.equal(read.join(''), Buffer.concat(bodies).toString(), 'everything is read once, in order')
}

export async function pagesHaveNames({ subject, session }: OnSource, names: readonly string[]): Promise<string | void> {
  const { nameOf } = subject.source.pages ?? missing('source.pages')
  if (nameOf === undefined) return 'its objects have no names'
  for (const name of names) await subject.source.put(`odd names/${name}`, lines(name, 2))
  const texts = new Map((await allPages(session)).map(({ origin, text }) => [nameOf(origin), text]))
  for (const name of names)
    assert.equal(texts.get(`odd names/${name}`), Buffer.from(lines(name, 2)).toString(), `"${name}" is read`)
}

/** A part is one answer: what comes after it never mixes into it. */
export async function partsStayWhatTheyAre({ subject, session }: OnSource): Promise<string | void> {
  await subject.source.put('growing.json', lines('growing', 3))
  const part = await firstPart(session)
  if (part.kind !== 'object') return 'its parts are rows, not objects'
  const before = await bytesOf(part.open())
  await subject.source.put('growing.json', lines('GROWING', 4))
  await part.verify?.()
  assert.ok(before.equals(await bytesOf(part.open())), 'a part that was read changed with its object')
  assert.ok(before.equals(Buffer.from(lines('growing', 3))), 'the part is what was there when it was read')
}

export async function partsOpenAgain({ subject, session }: OnSource): Promise<string | void> {
  await subject.source.put('body.json', lines('body', 200))
  const seekable = subject.connector.source?.seekable === true
  let bytes = 0
  for (const unit of await unitsOf(session))
    for await (const part of session.read(unit, { checkpoint: null, signal: never() })) {
      if (part.kind !== 'object') return 'its parts are rows, not objects'
      for await (const _ of part.open()) break
      const body = await bytesOf(part.open())
      bytes += body.length
      assert.equal(part.size ?? body.length, body.length, 'the size is the number of bytes')
      const [left, right] = await Promise.all([bytesOf(part.open()), bytesOf(part.open())])
      assert.ok(body.equals(left) && body.equals(right), 'two streams at once give the whole body each')
      for (const offset of seekable ? [0, 1, body.length] : [])
        assert.ok(body.subarray(offset).equals(await bytesOf(part.open({ offset }))), `open() from offset ${offset}`)
    }
  assert.equal(bytes, lines('body', 200).length, 'the parts are the whole body')
}

/** What was read stays known, and what changed is read in the next run: its unit has no version, or another one then. */
export async function laterRunsRead({ subject, session }: OnSource): Promise<void> {
  await subject.source.put('first.json', lines('first', 2))
  const first = await unitsOf(session)
  assert.deepEqual(identities(await unitsOf(session)), identities(first), 'a second listing is the same')
  await subject.source.put('later.json', lines('later', 2))
  const since = Date.now() + 1000
  const next = await Array.fromAsync(session.units({ signal: never(), since }))
  for (const { key } of first)
    assert.ok(
      next.some((unit) => unit.key === key),
      `the key "${key}" stays`,
    )
  const known = new Set(first.flatMap(({ key, version }) => (version === null ? [] : [`${key}\n${version}`])))
  const fresh = next.filter(({ key, version }) => version === null || !known.has(`${key}\n${version}`))
  const texts: string[] = []
  for (const unit of fresh) texts.push(textsOf(await pagesOf(session, unit)))
  const expected = Buffer.from(lines('later', 2)).toString()
  assert.ok(texts.join('').endsWith(expected), 'what came later is not read by the next run')
}

/** For the value table: all text of a source, and all of its bytes. */
export async function wholeText(session: SourceSession): Promise<string> {
  return textsOf(await allPages(session))
}

export async function firstPart(session: SourceSession): Promise<Part> {
  for (const unit of await unitsOf(session))
    for await (const part of session.read(unit, { checkpoint: null, signal: never() })) return part
  throw new assert.AssertionError({ message: 'the source has no part' })
}
