import assert from 'node:assert/strict'
import type { ObjectPart, SourceSession, Tree, Unit } from '../src/index.ts'
import { listUntilAborted, readUntilAborted } from './aborting.ts'
import { hasSource, type Law } from './law.ts'
import { bytesOf, lines, partsOf, readAll, stored, unitNamed, unitsOf } from './reading.ts'
import {
  laterRunsRead,
  pagesHaveNames,
  pagesResume,
  partsOpenAgain,
  partsStayWhatTheyAre,
  samplesMoveNoPage,
  type OnSource,
} from './page-laws.ts'
import {
  abortsStopRows,
  awkwardTablesAreRead,
  everyRunReads,
  rowsResume,
  samplesMoveNoRow,
  tablesOpenAgain,
  treeOfTablesCanBeRead,
} from './table-laws.ts'
import { faultOf, missing, never, within } from './subject.ts'

/** Gives the law a connection and a session, and disposes both. `pages` is the law where objects are no units, `tables` where they are tables; absent: it is the same there. */
function onSource(
  run: (given: OnSource) => Promise<string | void>,
  pages: (given: OnSource) => Promise<string | void> = run,
  tables: (given: OnSource) => Promise<string | void> = run,
): Law['run'] {
  return async (subject) => {
    await using connection = await subject.connect()
    await using session = connection.source?.(subject.sourceOptions()) ?? missing('source')
    const { source } = subject
    const chosen = source.tables !== undefined ? tables : source.pages !== undefined ? pages : run
    // awaited here: a bare return would dispose both before the law has run
    return await chosen({ subject, connection, session })
  }
}

async function firstObject(session: SourceSession, unit: Unit): Promise<ObjectPart | null> {
  for await (const part of session.read(unit, { checkpoint: null, signal: never() }))
    return part.kind === 'object' ? part : null
  throw new assert.AssertionError({ message: `unit "${unit.key}" has no part` })
}

function countNodes(tree: Tree): number {
  return Object.values(tree).reduce(
    (sum, node) => sum + 1 + (Array.isArray(node.value) ? 0 : countNodes(node.value as Tree)),
    0,
  )
}

const samplesMoveNothing: Law = {
  number: 3,
  title: 'a tree and a sample are bounded and move no cursor',
  part: 'source',
  applies: hasSource,
  run: onSource(
    async ({ subject, connection, session }) => {
      for (let n = 0; n < 7; n++) await subject.source.put(`folder-${n % 2}/object-${n}.json`, lines(`object-${n}`, 3))
      const before = await unitsOf(session)
      assert.equal(before.length, 7, 'every object is one unit')
      if (connection.tree !== undefined) {
        const limited = await connection.tree({ depth: 5, path: subject.source.root, limit: 3, signal: never() })
        assert.ok(countNodes(limited) <= 3, `a tree with limit 3 has ${countNodes(limited)} nodes`)
        assert.ok(countNodes(limited) > 0, 'a tree with limit 3 is empty')
        const flat = await connection.tree({ depth: 1, path: subject.source.root, limit: 100, signal: never() })
        assert.equal(countNodes(flat), 2, 'a tree of depth 1 shows the two folders only')
      }
      for await (const part of session.read(before[0] ?? missing('source'), { checkpoint: null, signal: never() })) {
        if (part.kind === 'object') for await (const _ of part.open()) break
        break
      }
      await connection.check()
      await using fresh = await subject.connect()
      await using after = fresh.source?.(subject.sourceOptions()) ?? missing('source')
      assert.deepEqual(await unitsOf(after), before, 'a later listing shows the same units')
      assert.equal(
        [...(await readAll(after)).values()].join('').split('\n').length,
        22,
        'a later read gives all 21 records',
      )
    },
    samplesMoveNoPage,
    samplesMoveNoRow,
  ),
}

const readsResume: Law = {
  number: 4,
  title: 'a read resumed from any checkpoint, after a JSON round trip, neither loses nor repeats',
  part: 'source',
  applies: hasSource,
  run: onSource(
    async ({ subject, session }) => {
      const bodies = new Map([
        ['a.json', lines('a', 5)],
        ['deep/er/b.json', lines('b', 1)],
        ['c.json', lines('c', 120)],
      ])
      for (const [name, body] of bodies) await subject.source.put(name, body)
      const units = await unitsOf(session)
      assert.equal(units.length, bodies.size, 'every object is one unit')
      for (const [name, body] of bodies) {
        const unit =
          unitNamed(units, name) ?? assert.fail(`no unit for "${name}" among ${units.map(({ key }) => key).join(', ')}`)
        const parts = await partsOf(session, unit)
        assert.equal(parts.map(({ text }) => text).join(''), Buffer.from(body).toString(), `"${name}" is read as it is`)
        assert.notEqual(
          parts.at(-1)?.checkpoint,
          undefined,
          'the last part carries a checkpoint, or its records can never be committed',
        )
        for (const [index, part] of parts.entries()) {
          if (part.checkpoint === undefined) continue
          const rest = await resume(subject, stored(unit), stored(part.checkpoint))
          const whole = [...parts.slice(0, index + 1).map(({ text }) => text), rest].join('')
          assert.equal(
            whole,
            Buffer.from(body).toString(),
            `"${name}" resumed after part ${index + 1} of ${parts.length}`,
          )
        }
      }
    },
    pagesResume,
    rowsResume,
  ),
}

/** As another process does: its own connection, and nothing but stored values. */
async function resume(
  subject: OnSource['subject'],
  unit: Unit,
  checkpoint: Parameters<typeof partsOf>[2],
): Promise<string> {
  await using connection = await subject.connect()
  await using session = connection.source?.(subject.sourceOptions()) ?? missing('source')
  return (await partsOf(session, unit, checkpoint)).map(({ text }) => text).join('')
}

/** Above every buffer on the way (object stores are read in ranges of 8 MiB), so that stopping in the middle shows. */
const bigRows = 260_000

const abortsStop: Law = {
  number: 5,
  title: 'an aborted read stops, also in the middle of a body, and says cancelled',
  part: 'source',
  applies: hasSource,
  run: onSource(
    async ({ subject, session }) => {
      const body = lines('big', bigRows)
      await subject.source.put('big.json', body)
      await subject.source.put('other.json', lines('other', 3))
      const units = await unitsOf(session)
      const unit =
        (subject.source.pages === undefined ? unitNamed(units, 'big.json') : units[0]) ?? missing('source.put')
      for (const when of ['before', 'in the middle']) {
        const abort = new AbortController()
        if (when === 'before') abort.abort()
        const got = await within(10_000, readUntilAborted(session, unit, abort), `a read aborted ${when}`)
        assert.ok(got < body.length, `a read aborted ${when} went on to the end`)
        if (when === 'before') assert.equal(got, 0, 'a read that was aborted before it began gave bytes')
      }
      const abort = new AbortController()
      const listed = await within(10_000, listUntilAborted(session, abort), 'an aborted listing')
      assert.equal(listed, 1, 'a listing went on after it was aborted')
    },
    undefined,
    abortsStopRows,
  ),
}

const treeCanBeRead: Law = {
  number: 9,
  title: 'what tree lists can be read',
  part: 'source',
  applies: hasSource,
  run: onSource(
    async ({ subject, connection }) => {
      if (connection.tree === undefined) return 'the connection has no tree'
      const { source } = subject
      const names = ['top.json', 'one/a.json', 'one/two/b.json']
      for (const name of names) await source.put(name, lines(name, 2))
      const tree = await connection.tree({ depth: 9, path: source.root, limit: 1000, signal: never() })
      if (source.pages !== undefined && Object.keys(tree).length === 0)
        return 'its tree is empty: nothing tells what could be asked for'
      const leaves = [...leavesOf(tree, [])]
      assert.deepEqual(leaves.map(({ path }) => path).sort(), [...names].sort(), 'the tree lists every object')
      for (const { path, size } of leaves) {
        if (size !== undefined) assert.equal(size, lines(path, 2).length, `the size of "${path}" in the tree`)
        const full = [source.root, path].filter((piece) => piece !== '').join('/')
        const options = source.optionsAt?.(full) ?? { ...source.options, path: full }
        await using session = connection.source?.(subject.sourceOptions(options)) ?? missing('source')
        assert.deepEqual(
          [...(await readAll(session)).values()],
          [Buffer.from(lines(path, 2)).toString()],
          `"${full}" from the tree is read`,
        )
      }
    },
    undefined,
    treeOfTablesCanBeRead,
  ),
}

function* leavesOf(tree: Tree, above: readonly string[]): Iterable<{ path: string; size: number | undefined }> {
  for (const [name, node] of Object.entries(tree)) {
    const path = [...above, name]
    if (node.type === 'folder' || node.type === 'database') yield* leavesOf(node.value as Tree, path)
    else yield { path: path.join('/'), size: node.size }
  }
}

const acknowledgingTwiceIsHarmless: Law = {
  number: 10,
  title: 'acknowledging twice, or an older checkpoint again, is harmless',
  part: 'source',
  applies: hasSource,
  run: onSource(async ({ subject, session }) => {
    if (session.acknowledge === undefined) return 'the session has no acknowledge'
    await subject.source.put('queue.json', lines('queue', 6))
    const unit = (await unitsOf(session))[0] ?? missing('source.put')
    const parts = await partsOf(session, unit)
    const checkpoints = parts.flatMap(({ checkpoint }) => (checkpoint === undefined ? [] : [stored(checkpoint)]))
    const last = checkpoints.at(-1) ?? assert.fail('no part has a checkpoint')
    for (const checkpoint of [...checkpoints, last, checkpoints[0] ?? last]) await session.acknowledge(unit, checkpoint)
    assert.equal(await resume(subject, unit, last), '', 'nothing comes after the last checkpoint')
    await subject.source.put('queue.json', Buffer.concat([lines('queue', 6), lines('later', 1)]))
    const again =
      unitNamed(await unitsOf(session), 'queue.json') ?? assert.fail('the unit is gone after it was acknowledged')
    const text = (await partsOf(session, again, again.version === null ? last : null)).map((part) => part.text).join('')
    assert.ok(text.endsWith(Buffer.from(lines('later', 1)).toString()), 'what came later is read')
  }),
}

const awkwardNames = [
  'sp ace.json',
  'plus+per%41cent.json',
  'ünïcödé-日本-🎈.json',
  "quote'and&.json",
  '#hash?mark=1.json',
  'UPPER.json',
  'upper2.json',
]

const awkwardNamesAreRead: Law = {
  number: 13,
  title: 'awkward names are read: spaces, percent signs, non-ASCII, characters of URLs',
  part: 'source',
  applies: hasSource,
  run: onSource(
    async ({ subject, session }) => {
      for (const name of awkwardNames) await subject.source.put(`odd names/${name}`, lines(name, 2))
      const texts = await readAll(session)
      for (const name of awkwardNames) {
        const key =
          [...texts.keys()].find((candidate) => candidate.endsWith(`odd names/${name}`)) ??
          assert.fail(`"${name}" is not listed under its name: ${[...texts.keys()].join(', ')}`)
        assert.equal(texts.get(key), Buffer.from(lines(name, 2)).toString(), `"${name}" is read`)
      }
    },
    (given) => pagesHaveNames(given, awkwardNames),
    awkwardTablesAreRead,
  ),
}

/** Nothing can change between the listing and the reading of what only the reading finds. */
const oneStatement = async (): Promise<string> => 'a part is the answer of one statement, at the moment when it is read'

const changesAreNoticed: Law = {
  number: 18,
  title: 'an object that changed after it was listed is noticed before its records are committed',
  part: 'source',
  applies: hasSource,
  run: onSource(
    async ({ subject, session }) => {
      await subject.source.put('growing.json', lines('growing', 3))
      const unit = (await unitsOf(session))[0] ?? missing('source.put')
      const part = await firstObject(session, unit)
      if (part === null) return 'its parts are rows, not objects'
      const verify = part.verify?.bind(part) ?? assert.fail('a part of kind object has a verify()')
      await bytesOf(part.open())
      await verify()
      await subject.source.put('growing.json', lines('growing', 4))
      const fault = await faultOf(() => verify(), 'verify() of a changed object')
      assert.equal(`${fault.kind} ${fault.code}`, 'transient source.object_changed')
    },
    partsStayWhatTheyAre,
    oneStatement,
  ),
}

const bodiesOpenAgain: Law = {
  number: 19,
  title: 'open() can be called twice, and from an offset where the source is seekable',
  part: 'source',
  applies: hasSource,
  run: onSource(
    async ({ subject, session }) => {
      const body = Buffer.from(lines('body', 200))
      await subject.source.put('body.json', body)
      const unit = (await unitsOf(session))[0] ?? missing('source.put')
      const part = await firstObject(session, unit)
      if (part === null) return 'its parts are rows, not objects'
      assert.equal(part.size ?? body.length, body.length, 'the size is the number of bytes')
      for await (const _ of part.open()) break
      assert.ok(body.equals(await bytesOf(part.open())), 'the second open() gives the whole body')
      const [left, right] = await Promise.all([bytesOf(part.open()), bytesOf(part.open())])
      assert.ok(body.equals(left) && body.equals(right), 'two streams at once give the whole body each')
      if (subject.connector.source?.seekable !== true) return undefined
      for (const offset of [0, 1, 777, body.length - 1, body.length])
        assert.ok(body.subarray(offset).equals(await bytesOf(part.open({ offset }))), `open() from offset ${offset}`)
    },
    partsOpenAgain,
    tablesOpenAgain,
  ),
}

const versionsTellChanges: Law = {
  number: 20,
  title: 'keys and versions stay while an object stays, and the version changes with its content',
  part: 'source',
  applies: hasSource,
  run: onSource(
    async ({ subject, session }) => {
      await subject.source.put('same.json', lines('same', 2))
      await subject.source.put('other.json', lines('other', 2))
      const first = await unitsOf(session)
      assert.deepEqual(await unitsOf(session), first, 'a second listing is the same')
      for (const { key, bytes, version } of first)
        if (version !== null)
          assert.equal(
            bytes,
            lines(key.includes('same') ? 'same' : 'other', 2).length,
            `the size of "${key}" in the listing`,
          )
      await subject.source.put('other.json', lines('OTHER', 2)) // the same number of bytes
      const second = await unitsOf(session)
      assert.deepEqual(
        second.map(({ key }) => key),
        first.map(({ key }) => key),
        'the keys stay',
      )
      assert.equal(
        unitNamed(second, 'same.json')?.version,
        unitNamed(first, 'same.json')?.version,
        'the untouched object keeps its version',
      )
      const [before, after] = [unitNamed(first, 'other.json')?.version, unitNamed(second, 'other.json')?.version]
      if (before !== null) assert.notEqual(after, before, 'a changed object has another version')
    },
    laterRunsRead,
    everyRunReads,
  ),
}

export const sourceLaws: readonly Law[] = [
  samplesMoveNothing,
  readsResume,
  abortsStop,
  treeCanBeRead,
  acknowledgingTwiceIsHarmless,
  awkwardNamesAreRead,
  changesAreNoticed,
  bodiesOpenAgain,
  versionsTellChanges,
]
