import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Batch, Connection, ConnectorSpec, Token } from '../src/index.ts'
import { commitInherited } from './later-commit.ts'
import { hasSink, stages, type Law } from './law.ts'
import { stored } from './reading.ts'
import { faultOf, missing, type Subject } from './subject.ts'
import {
  batchOf,
  batchOfRows,
  encodingOf,
  fileOf,
  keepsRows,
  openWriter,
  shownAs,
  suiteRows,
  suiteSchema,
  textOfRow,
  visible,
  writerRequest,
} from './writing.ts'

const stagedIsInvisible: Law = {
  number: 6,
  title: 'staged data is invisible until commit, and a repeated commit applies once',
  part: 'sink',
  applies: stages,
  run: async (subject) => {
    await using connection = await subject.connect()
    const before = await visible(subject)
    const batches = [await batchOf(subject, 0, 4), await batchOf(subject, 100, 2)]
    await using writer = await openWriter(subject, connection, 1)
    for (const batch of batches) {
      assert.deepEqual(await writer.write(batch), [], 'a good batch has no rejections')
      assert.deepEqual(await visible(subject), before, 'nothing is visible after write')
    }
    const token = stored(await writer.prepare())
    assert.deepEqual(await visible(subject), before, 'nothing is visible after prepare')
    await writer.commit(token)
    const after = [...before, ...(await shownAs(subject, batches))].sort()
    assert.deepEqual(await visible(subject), after, 'after commit exactly what was written is visible')
    await writer.commit(token)
    assert.deepEqual(await visible(subject), after, 'a second commit changes nothing')
    await commitWithNewWriter(subject, connection, token, 2)
    assert.deepEqual(await visible(subject), after, 'a commit by another writer changes nothing')
    await secondRound(subject, connection, after)
  },
}

/** A later batch comes on top; committing the first token once more does not bring it back or take anything away. */
async function secondRound(subject: Subject, connection: Connection, after: readonly string[]): Promise<void> {
  await using writer = await openWriter(subject, connection, 3)
  const batch = await batchOf(subject, 200, 3)
  await writer.write(batch)
  const token = await writer.prepare()
  await writer.commit(token)
  assert.deepEqual(
    await visible(subject),
    [...after, ...(await shownAs(subject, [batch]))].sort(),
    'a second delivery comes on top',
  )
}

async function commitWithNewWriter(
  subject: Subject,
  connection: Connection,
  token: Token,
  epoch: number,
): Promise<void> {
  await using writer = await openWriter(subject, connection, epoch)
  await writer.commit(token)
}

const tokensOutliveWriters: Law = {
  number: 7,
  title:
    'a token outlives its writer: another connection, and another process, commit it, or learn that it is lost with nothing of it visible',
  part: 'sink',
  applies: stages,
  run: async (subject) => {
    const before = await visible(subject)
    const batches = [await batchOf(subject, 0, 3), await batchOf(subject, 50, 3)]
    const tokens: Token[] = []
    for (const batch of batches) tokens.push(await prepareAndLeave(subject, batch))
    assert.deepEqual(await visible(subject), before, 'nothing is visible after the writer is gone')
    const [first = missing('sink'), second = missing('sink')] = tokens
    const [firstBatch, secondBatch] = batches as [Batch, Batch]
    await using connection = await subject.connect()
    await inherit(subject, connection, 2, { token: first, batch: firstBatch })
    if (subject.sink.elsewhere === undefined || (await commitElsewhere(subject, second, 3)) === 'lost')
      await inherit(subject, connection, 4, { token: second, batch: secondBatch })
    assert.deepEqual(
      await visible(subject),
      [...before, ...(await shownAs(subject, batches))].sort(),
      'both tokens are visible',
    )
  },
}

async function inherit(
  subject: Subject,
  connection: Connection,
  epoch: number,
  given: { readonly token: Token; readonly batch: Batch },
): Promise<void> {
  await using writer = await openWriter(subject, connection, epoch)
  await commitInherited(subject, writer, { ...given, seen: () => visible(subject) })
}

async function prepareAndLeave(subject: Subject, batch: Batch, epoch = 1): Promise<Token> {
  await using connection = await subject.connect()
  await using writer = await openWriter(subject, connection, epoch)
  await writer.write(batch)
  return stored(await writer.prepare())
}

async function commitElsewhere(subject: Subject, token: Token, epoch: number): Promise<string> {
  const { signal: _, ...request } = writerRequest(subject, epoch)
  const { credentials, context } = subject.conditions
  const job = JSON.stringify({ ...subject.sink.elsewhere, credentials, context: context ?? {}, request, token })
  const script = fileURLToPath(new URL('./commit-elsewhere.ts', import.meta.url))
  const env = { ...process.env, LEAT_CONFORMANCE_JOB: job }
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env })
  return stdout.trim()
}

const olderEpochsAreFenced: Law = {
  number: 8,
  title: 'an older epoch is fenced out',
  part: 'sink',
  applies: (spec: ConnectorSpec) => spec.sink?.fences === true,
  run: async (subject) => {
    await using connection = await subject.connect()
    const before = await visible(subject)
    await using old = await openWriter(subject, connection, 1)
    const batch = await batchOf(subject, 0, 2)
    await old.write(batch)
    const staged = await old.prepare()
    await using writer = await openWriter(subject, connection, 2)
    const commit = await faultOf(() => old.commit(staged), 'a commit by an older epoch')
    assert.equal(commit.kind, 'fenced', `the fault is ${commit.kind} (${commit.code})`)
    const next = await faultOf(
      async () => writeAndCommit(old, await batchOf(subject, 10, 2)),
      'a delivery by an older epoch',
    )
    assert.equal(next.kind, 'fenced', `the fault is ${next.kind} (${next.code})`)
    const reopened = await faultOf(() => openWriter(subject, connection, 1), 'opening a writer with an older epoch')
    assert.equal(reopened.kind, 'fenced', `the fault is ${reopened.kind} (${reopened.code})`)
    assert.deepEqual(await visible(subject), before, 'nothing of the older epoch is visible')
    await commitInherited(subject, writer, { token: staged, batch, seen: () => visible(subject) })
    assert.deepEqual(
      await visible(subject),
      [...before, ...(await shownAs(subject, [batch]))].sort(),
      'the newer epoch commits its token',
    )
  },
}

async function writeAndCommit(writer: Awaited<ReturnType<typeof openWriter>>, batch: Batch): Promise<void> {
  await writer.write(batch)
  await writer.commit(await writer.prepare())
}

const awkwardNamesAreWritten: Law = {
  number: 22,
  title: 'awkward file names are written as they are, and an empty file too',
  part: 'sink',
  applies: (spec) => hasSink(spec) && spec.sink?.accepts.some((encoding) => encoding !== 'rows') === true,
  run: async (subject) => {
    const encoding = encodingOf(subject)
    if (encoding === 'rows' || keepsRows(subject)) return 'it keeps records, and no file names'
    const names = ['sp ace', 'plus+per%41cent', 'ünïcödé-日本-🎈', "quote'and&", '#hash?mark=1', 'deep/er/than/before']
    const files = names.map((name) =>
      fileOf(`odd names/${name}.${encoding}`, encoding, Buffer.from(`body of ${name}\n`), 1),
    )
    files.push(fileOf(`empty.${encoding}`, encoding, new Uint8Array(), 0))
    const batch: Batch = { kind: 'files', files }
    await using connection = await subject.connect()
    const before = await visible(subject)
    await using writer = await openWriter(subject, connection, 1)
    await writer.write(batch)
    await writer.commit(await writer.prepare())
    assert.deepEqual(await visible(subject), [...before, ...(await shownAs(subject, [batch]))].sort())
  },
}

const badRowsAreRejected: Law = {
  number: 14,
  title: 'one bad row is rejected by its index, and the rest land',
  part: 'sink',
  applies: (spec) => spec.sink?.rejects_rows === true,
  run: async (subject) => {
    if (!keepsRows(subject)) return 'it is tried with files here, not with records'
    await using connection = await subject.connect()
    const good = suiteRows(0, 5)
    const rows = [...good.slice(0, 2), subject.sink.badRow ?? missing('sink.badRow'), ...good.slice(2)]
    const before = await visible(subject)
    await using writer = await openWriter(subject, connection, 1)
    const schema = subject.sink.schema ?? suiteSchema
    const rejections = await writer.write(await batchOfRows(subject, schema, rows, 'part-0'))
    assert.deepEqual(
      rejections.map(({ index }) => index),
      [2],
      'only the bad row is rejected',
    )
    assert.match(rejections[0]?.code ?? '', /^[a-z0-9_]+\.[a-z0-9_]+$/, 'the rejection has a code')
    assert.notEqual(rejections[0]?.reason ?? '', '', 'the rejection has a reason')
    await writer.commit(await writer.prepare())
    assert.deepEqual(
      await visible(subject),
      [...before, ...good.map((row) => textOfRow(schema, row))].sort(),
      'the other rows are visible',
    )
  },
}

const plansChangeNothing: Law = {
  number: 15,
  title: 'a plan changes nothing',
  part: 'sink',
  applies: hasSink,
  run: async (subject) => {
    await using connection = await subject.connect()
    if (connection.plan === undefined) return 'the connection has no plan'
    const { id, options, schema, signal } = writerRequest(subject, 1)
    const look = async () => ({ visible: await visible(subject), staged: await subject.sink.staged?.() })
    const before = await look()
    const first = await connection.plan({ id, options, schema, signal })
    for (const change of first) assert.notEqual(change.what, '', 'a planned change is said in words')
    assert.deepEqual(await look(), before, 'the destination is as before')
    assert.deepEqual(
      await connection.plan({ id, options, schema, signal }),
      first,
      'a second plan is the same: the first has changed nothing',
    )
  },
}

const sweepsKeepTokens: Law = {
  number: 21,
  title: 'a sweep removes what is staged without a kept token, and nothing else',
  part: 'sink',
  applies: stages,
  run: async (subject) => {
    const [kept, dropped] = [await batchOf(subject, 0, 2), await batchOf(subject, 10, 2)]
    const before = await visible(subject)
    const keep = await prepareAndLeave(subject, kept)
    await prepareAndLeave(subject, dropped)
    await using connection = await subject.connect()
    await using writer = await openWriter(subject, connection, 2)
    if (writer.sweep === undefined) return 'the writer has no sweep'
    const full = await subject.sink.staged?.()
    await writer.sweep([keep])
    await writer.sweep([keep])
    const swept = await subject.sink.staged?.()
    const vanished = subject.connector.sink?.staging === 'transaction' && full === 0
    if (full !== undefined && swept !== undefined && !vanished)
      assert.ok(swept < full, `${full} staged things before the sweep, ${swept} after it`)
    await commitInherited(subject, writer, { token: keep, batch: kept, seen: () => visible(subject) })
    await writer.sweep([])
    assert.deepEqual(
      await visible(subject),
      [...before, ...(await shownAs(subject, [kept]))].sort(),
      'the kept token can be committed, and stays',
    )
  },
}

const sentAtLeastOnce: Law = {
  number: 24,
  title:
    'at least once: what a token stands for is there, a repeated commit sends nothing, and a delivery that is repeated loses nothing',
  part: 'sink',
  applies: (spec) => spec.sink?.delivery === 'at_least_once',
  run: async (subject) => {
    const before = await visible(subject)
    const [first, second, third] = [
      await batchOf(subject, 0, 4),
      await batchOf(subject, 100, 3),
      await batchOf(subject, 200, 2),
    ]
    await using connection = await subject.connect()
    await using writer = await openWriter(subject, connection, 1)
    assert.deepEqual(await writer.write(first), [], 'a good batch has no rejections')
    const token = stored(await writer.prepare())
    await writer.commit(token)
    const after = [...before, ...(await shownAs(subject, [first]))].sort()
    assert.deepEqual(await visible(subject), after, 'after commit exactly what was written is visible')
    await writer.commit(token)
    await commitWithNewWriter(subject, connection, token, 2)
    assert.deepEqual(await visible(subject), after, 'a second commit, by whomever, changes nothing')
    await writeAndLeave(subject, second, 3)
    const inherited = await prepareAndLeave(subject, third, 4)
    await commitWithNewWriter(subject, connection, inherited, 5)
    await using successor = await openWriter(subject, connection, 6)
    await successor.write(second)
    await successor.commit(await successor.prepare())
    const expected = [...after, ...(await shownAs(subject, [second, third]))].sort()
    assert.deepEqual([...new Set(await visible(subject))], expected, 'every record is there in the end, and no other')
  },
}

/** Dies after it wrote: no token is known. */
async function writeAndLeave(subject: Subject, batch: Batch, epoch: number): Promise<void> {
  await using connection = await subject.connect()
  await using writer = await openWriter(subject, connection, epoch)
  await writer.write(batch)
}

export const sinkLaws: readonly Law[] = [
  stagedIsInvisible,
  tokensOutliveWriters,
  olderEpochsAreFenced,
  badRowsAreRejected,
  plansChangeNothing,
  sweepsKeepTokens,
  awkwardNamesAreWritten,
  sentAtLeastOnce,
]
