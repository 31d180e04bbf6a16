import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Fault, requireConfig, type Connection, type JsonObject, type ObjectPart } from '@leat/connector-kit'
import { memorySpace, visibleRows, FolderSpace } from '@leat/connector-memory'
import { chaos } from '../src/index.ts'

const never = new AbortController().signal

async function connect(credentials: JsonObject, signal: AbortSignal = never): Promise<Connection> {
  const driver = await chaos.load()
  return driver.connect(requireConfig(chaos.credentials!, undefined, credentials), { allowedFolders: [], signal })
}

async function firstObject(connection: Connection): Promise<ObjectPart> {
  const session = connection.source!({ path: 'in', chunk_bytes: 4 })
  for await (const unit of session.units({ signal: never }))
    for await (const part of session.read(unit, { checkpoint: null, signal: never })) return part as ObjectPart
  throw new Error('nothing to read')
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString()
}

test('a failure happens at the nth time, as often as told, then no more', async () => {
  const space = randomUUID()
  const failures = [
    { at: 'check', nth: 2, times: 2, action: 'fail', kind: 'rate_limited', code: 'test.busy', retry_after_ms: 70 },
  ]
  await using connection = await connect({ space, failures })
  await connection.check()
  for (let time = 0; time < 2; time++)
    await assert.rejects(
      connection.check(),
      (error: unknown) => error instanceof Fault && error.code === 'test.busy' && error.retryAfterMs === 70,
    )
  await connection.check()
})

test('counts go on across connections of the same space', async () => {
  const space = randomUUID()
  const failures = [{ at: 'check', nth: 2, action: 'fail' }]
  await (await connect({ space, failures })).check()
  await assert.rejects((await connect({ space, failures })).check())
  await (await connect({ space, failures })).check()
})

test('a listing fails after k units', async () => {
  const space = randomUUID()
  for (const name of ['a', 'b', 'c']) await memorySpace(space).put(`in/${name}`, name)
  await using connection = await connect({ space, failures: [{ at: 'list_unit', nth: 3, action: 'fail' }] })
  const seen: string[] = []
  await assert.rejects(async () => {
    for await (const unit of connection.source!({ path: 'in' }).units({ signal: never })) seen.push(unit.key)
  })
  assert.deepEqual(seen, ['in/a', 'in/b'])
})

test('a body can end early, change while it is read, and have another size than listed', async () => {
  const space = randomUUID()
  await memorySpace(space).put('in/a', '0123456789')
  assert.equal(
    await textOf(
      (
        await firstObject(await connect({ space, failures: [{ at: 'read_chunk', nth: 2, action: 'truncate' }] }))
      ).open(),
    ),
    '0123',
  )

  const changing = await firstObject(await connect({ space, failures: [{ at: 'read', nth: 2, action: 'change' }] }))
  await assert.rejects(
    changing.verify!(),
    (error: unknown) => error instanceof Fault && error.code === 'source.object_changed',
  )

  const resized = await firstObject(
    await connect({ space, failures: [{ at: 'list_unit', nth: 3, action: 'wrong_size' }] }),
  )
  assert.notEqual(resized.size, (await textOf(resized.open())).length)
})

test('what hangs ends when it is aborted', async () => {
  const abort = new AbortController()
  const connection = await connect({ space: randomUUID(), failures: [{ at: 'check', action: 'hang' }] }, abort.signal)
  const checked = connection.check()
  abort.abort()
  await assert.rejects(checked, { name: 'AbortError' })
})

test('an error after applying: the rows are there although commit failed', async () => {
  const space = randomUUID()
  await using connection = await connect({ space, failures: [{ at: 'after_commit', action: 'fail' }] })
  await using writer = await connection.openWriter!({
    id: 'sink-1',
    epoch: 1,
    options: { path: 'out' },
    schema: { fields: [] },
    signal: never,
  })
  await writer.write({ kind: 'rows', schema: { fields: [] }, rows: [{ id: '1' }] })
  const token = await writer.prepare()
  await assert.rejects(writer.commit(token))
  assert.deepEqual(await visibleRows(memorySpace(space), 'out'), [{ id: '1' }])
  await writer.commit(token)
  assert.deepEqual(await visibleRows(memorySpace(space), 'out'), [{ id: '1' }])
})

test('a failure with an id in a folder happens once ever, also for another process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leat-chaos-'))
  try {
    await new FolderSpace(folder).put('in/a', 'x')
    const failures = [{ at: 'check', id: 'once', action: 'fail' }]
    await assert.rejects((await connect({ folder, failures })).check())
    await (await connect({ folder, failures })).check()
  } finally {
    await rm(folder, { recursive: true })
  }
})
